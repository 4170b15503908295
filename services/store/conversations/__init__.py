"""Conversations with the chat, their turns, and what they remember."""

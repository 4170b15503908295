"""Conversations with customers: how good they were, and how they flow. Pure."""

"""Summaries of a text."""

"""Tickets: what customers ask for, what is found out about it, and how it was settled."""

"""Connections to Redis and the store, and the names and forms of what lies there."""

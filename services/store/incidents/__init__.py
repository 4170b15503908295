"""Incidents: many people telling of the same thing (B10)."""

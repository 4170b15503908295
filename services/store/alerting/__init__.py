"""Alerts: rules over statistics, evaluated by one process at a time, told to watchers and webhooks."""

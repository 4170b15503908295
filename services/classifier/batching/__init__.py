"""Batching: which waiting texts travel together in a model run, and who waits how long."""

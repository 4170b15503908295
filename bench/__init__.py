"""Benchmarks: one script per claim, side by side in one run, one JSON line each."""

"""Date phrases to half-open ranges in the caller's zone."""

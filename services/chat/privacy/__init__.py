"""Personal data that never leaves to a language model, and comes back in its answer."""

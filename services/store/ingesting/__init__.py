"""How messages come in: one by one, in batches, by import; stored exactly once."""

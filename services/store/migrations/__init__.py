"""The schema as plain SQL files, applied in the order of their numbers, and the runner that applies them."""

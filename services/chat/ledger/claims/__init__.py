"""Claims of an answer beyond its numbers: direction, rank, comparison, and which row a number belongs to."""

"""What a statistics result means beyond its cells: derived numbers, names of rows, how they are written. Pure."""

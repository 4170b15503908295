"""Text: what of it is read, its sentences, its language."""

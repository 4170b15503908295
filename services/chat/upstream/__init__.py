"""The language model that may read questions and write answers: what is asked of it, and how its answers are read."""

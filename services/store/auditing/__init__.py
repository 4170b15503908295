"""Who did what: which calls are written down, by whom they were made, and how none of them is lost."""

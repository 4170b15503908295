"""The numerals of a text: what they may say, and where they are."""

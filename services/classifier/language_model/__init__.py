"""The language model that may be asked, and how it is asked."""

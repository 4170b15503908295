"""How an answer is told: by the built-in narrator, and by a language model that is sent the numbers. Pure."""

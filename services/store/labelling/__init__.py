"""Labels and embeddings for every stored message, made by the classifier in the background."""

"""The taxonomy of a workspace: custom categories and proposals as values, and the clustering behind proposals."""

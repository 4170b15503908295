"""Scoring: a model on disk and in ONNX Runtime, what its scores say of a text, and whether texts have changed."""

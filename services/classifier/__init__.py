"""Classifier: a pure function of (text, model) behind gRPC."""

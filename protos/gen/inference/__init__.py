"""Generated from protos/third_party/inference by `make protos`. Never edited."""

"""Generated from protos/earshot by `make protos`. Never edited."""

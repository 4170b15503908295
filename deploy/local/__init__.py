"""Everything on one machine: what `make run` and the tests start."""

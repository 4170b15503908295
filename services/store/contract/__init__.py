"""The contract's side: requests read and checked, and conversion between its messages and the domain."""

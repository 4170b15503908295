"""The contract's side: servicers, and conversion between its messages and the domain."""

"""The contracts, and what is generated from them."""

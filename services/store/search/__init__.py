"""Search: questions, the fusion of rankings, and requests of the contract."""

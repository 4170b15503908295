"""Custom categories: fitted from a name, a description and a few examples."""

"""How Earshot is deployed."""

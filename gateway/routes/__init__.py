"""HTTP routes, one file per resource; each handler is one RPC."""

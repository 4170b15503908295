"""Chat: turns a question into a typed query, runs it in the store and streams a grounded answer."""

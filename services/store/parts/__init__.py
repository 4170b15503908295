"""What a store consists of: each part is wired in one file, and `services.store.server` puts them together."""

"""Store: owns Postgres; messages, append-only labels, statistics, users, conversations."""

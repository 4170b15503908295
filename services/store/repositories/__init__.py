"""The only modules that speak SQL to Postgres: one per group of tables."""

"""SQL over Postgres' own settings."""

from collections.abc import Iterable

from services.store.pool import DatabaseOptions, connect, database_errors


async def read(options: DatabaseOptions, names: Iterable[str]) -> dict[str, str]:
    """The settings as a new session of ours has them. Raises UnavailableError."""
    connection = await connect(options)
    try:
        with database_errors():
            rows = await connection.fetch(
                "SELECT name, setting FROM pg_settings WHERE name = ANY($1::text[])", list(names)
            )
    finally:
        await connection.close()
    return {row["name"]: row["setting"] for row in rows}

"""The connections of one process, in pools that do not wait for one another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from prometheus_client import CollectorRegistry, Gauge

from services.store.auditing.call_event import write_with_change
from services.store.pool import Database, DatabaseOptions
from services.store.settings import StoreSettings

_DUTY_CONNECTIONS: Final = 11
"""Those of alerts and tickets, which hold one while they count or wait for others."""
_WORKER_CONNECTIONS: Final = 7
"""Those of the background beside the enricher's workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pools:
    """`calls` answer callers, `workers` hold a connection while the classifier thinks, `duties` while they count."""

    calls: Database
    workers: Database
    duties: Database

    @classmethod
    def of(cls, settings: StoreSettings) -> Self:
        """As large as the settings say, not yet open."""
        worker_connections = settings.enricher_concurrency + _WORKER_CONNECTIONS
        return cls(
            calls=Database(database_options(settings), before_commit=write_with_change),
            workers=Database(database_options(settings, max_size=worker_connections)),
            duties=Database(database_options(settings, max_size=_DUTY_CONNECTIONS)),
        )

    def __iter__(self) -> Iterator[Database]:
        return iter((self.calls, self.workers, self.duties))

    def show(self, registry: CollectorRegistry) -> None:
        """Shows how many connections each has."""
        gauge = Gauge(
            "earshot_database_connections",
            "Connections to Postgres by pool: open, idle.",
            ("pool", "state"),
            registry=registry,
        )
        for name, database in zip(("calls", "enricher", "duty"), self, strict=True):
            gauge.labels(name, "open").set_function(database.open_connections)
            gauge.labels(name, "idle").set_function(database.idle_connections)

    async def close(self) -> None:
        """Closes them; connections still in use after five seconds are cut."""
        for database in self:
            await database.close()


def database_options(settings: StoreSettings, *, max_size: int | None = None) -> DatabaseOptions:
    """How to reach Postgres, as the settings say."""
    return DatabaseOptions(
        url=settings.database_url.get_secret_value(),
        min_size=settings.database_pool_min_size,
        max_size=max_size or settings.database_pool_max_size,
        acquire_seconds=settings.database_acquire_seconds,
        connect_seconds=settings.database_connect_seconds,
        command_seconds=settings.database_command_seconds,
        statement_cache_size=settings.database_statement_cache_size,
    )

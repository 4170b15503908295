"""A store, put together from its parts by its settings: what `__main__` runs and the tests embed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from prometheus_client import CollectorRegistry

from services.runtime.channel import CallingChannel, open_channel
from services.runtime.grpc_server import GrpcService, Listen
from services.runtime.service_token import ServiceToken
from services.store.auditing.log import AuditLog
from services.store.classifier_client import ClassifierClient
from services.store.duty_metrics import DutyMetrics
from services.store.parts.alerts import Alerts
from services.store.parts.labelling import Labelling
from services.store.parts.meaning import Meaning
from services.store.parts.messages import Messages
from services.store.parts.part import Part, joined
from services.store.parts.people import People
from services.store.parts.pools import Pools, database_options
from services.store.parts.tickets import Tickets
from services.store.parts.upkeep import Upkeep
from services.store.repositories.notifications import Notifications
from services.store.settings import StoreSettings
from services.store.startup import bring_up

POSTGRES_CHECK: Final = "postgres"


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store ready to serve: `run` is its background, `check` its readiness check."""

    settings: StoreSettings
    pools: Pools
    draining: asyncio.Event
    """Set when the server begins to drain: those who watch are sent on to another one."""
    messages: Messages
    labelling: Labelling
    meaning: Meaning
    alerts: Alerts
    tickets: Tickets
    people: People
    upkeep: Upkeep

    @classmethod
    def of(cls, settings: StoreSettings, registry: CollectorRegistry, pools: Pools, channel: CallingChannel) -> Self:
        """As the settings say; `channel` leads to the classifier."""
        draining, duties = asyncio.Event(), DutyMetrics(registry)
        classifier = ClassifierClient(
            channel, timeout_seconds=settings.enricher_timeout_seconds, embeddings=settings.embeddings
        )
        labelling = Labelling.of(settings, registry, pools, classifier=classifier)
        return cls(
            settings=settings,
            pools=pools,
            draining=draining,
            messages=Messages.of(
                settings, registry, pools, classifier=classifier, labelled=labelling.labelled, draining=draining
            ),
            labelling=labelling,
            meaning=Meaning.of(settings, pools, classifier=classifier),
            alerts=Alerts.of(settings, pools, duties),
            tickets=Tickets.of(settings, pools, duties, classifier=classifier),
            people=People.of(settings, pools, audit=AuditLog(pools.workers, registry)),
            upkeep=Upkeep.of(settings, pools),
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them, in the order in which they hear of news."""
        return (self.labelling, self.messages, self.meaning, self.alerts, self.tickets, self.people, self.upkeep)

    @cached_property
    def services(self) -> tuple[GrpcService, ...]:
        """What it serves, as long as Postgres answers."""
        return tuple(service for part in self.parts for service in part.services(POSTGRES_CHECK))

    @cached_property
    def notifications(self) -> Notifications:
        """The connection that hears what other processes announce, and by which Postgres is watched."""

        def look_again() -> None:
            for part in self.parts:
                part.look_again()

        handlers = joined(part.handlers() for part in self.parts)
        return Notifications(database_options(self.settings), handlers, on_connect=look_again)

    @property
    def listen(self) -> Listen:
        """Where it listens."""
        return Listen(host=self.settings.store_host, port=self.settings.store_port, setting="EARSHOT_STORE_PORT")

    async def check(self) -> None:
        """Returns when Postgres answers and the schema is in place."""
        await self.notifications.check()

    async def run(self) -> None:
        """Brings the database up, then listens and works for ever."""
        production = self.settings.environment == "production"
        await bring_up(database_options(self.settings), tuple(self.pools), production=production)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.notifications.run(), name="notifications")
            for part in self.parts:
                group.create_task(part.run(), name=type(part).__name__)


@asynccontextmanager
async def open_store(settings: StoreSettings, registry: CollectorRegistry) -> AsyncIterator[Store]:
    """A store of these settings; connections and threads are given back at the end of the block."""
    pools = Pools.of(settings)
    pools.show(registry)
    channel = open_channel(
        settings.classifier_address, service_token=ServiceToken.from_settings(settings), tls=settings.tls
    )
    store = Store.of(settings, registry, pools, channel)
    try:
        yield store
    finally:
        await store.people.close()
        await channel.close()
        await pools.close()

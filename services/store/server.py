"""The store's parts, put together from its settings: what `__main__` runs and the tests embed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from services.runtime.channel import open_channel
from services.runtime.grpc_server import GrpcService, Listen
from services.runtime.service_token import ServiceToken
from services.store.alerting.alerts import Alerts
from services.store.auditing.call_event import write_with_change
from services.store.auditing.log import AuditLog
from services.store.classifier_client import ClassifierClient
from services.store.duty_metrics import DutyMetrics
from services.store.housekeeping.folding import Folding
from services.store.housekeeping.planner_statistics import PlannerStatistics
from services.store.housekeeping.retention import Retention
from services.store.ingesting.announcing import Announcer
from services.store.ingesting.ingest import Ingest
from services.store.labelling.backlog_gauges import BacklogGauges
from services.store.labelling.enricher import Enricher, EnricherMetrics
from services.store.labelling.label_watch import LabelWatch
from services.store.labelling.model_previewing import ModelPreviewing
from services.store.labelling.model_watch import ModelWatch
from services.store.live.hub import ChangeHub
from services.store.live.retention import forget_old_changes
from services.store.loop import Loop
from services.store.meaning import Meaning
from services.store.people.lockout import LockoutPolicy
from services.store.people.logins import LoginOptions, Logins
from services.store.people.passwords import Passwords
from services.store.pool import Database, DatabaseOptions
from services.store.repositories.label_queue import LABELLED_CHANNEL, PENDING_CHANNEL, ids_of_notification
from services.store.repositories.notifications import Notifications
from services.store.reviews.reviewing import Reviewing
from services.store.servicers.messages import MessageServicer
from services.store.servicers.stats import StatsServicer
from services.store.serving import services_of_messages, services_of_people
from services.store.settings import StoreSettings
from services.store.startup import bring_up
from services.store.ticketing.tickets import Tickets

POSTGRES_CHECK: Final = "postgres"
_DUTY_CONNECTIONS: Final = 11
"""Those of alerts and tickets, which hold one while they count or wait for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A store ready to serve: `run` is its background loop, `check` its readiness check."""

    settings: StoreSettings
    options: DatabaseOptions
    database: Database
    worker_database: Database
    duty_database: Database
    notifications: Notifications
    announcing: Loop
    enricher: Enricher
    folding: Folding
    planner_statistics: PlannerStatistics
    retention: Retention
    backlog: BacklogGauges
    model_watch: ModelWatch
    draining: asyncio.Event
    """Set when the server begins to drain: those who watch are sent on to another one."""
    meaning: Meaning
    alerts: Alerts
    tickets: Tickets
    audit: AuditLog
    """Its `layer` stands around the server's calls."""
    services: tuple[GrpcService, ...]

    @property
    def listen(self) -> Listen:
        """Where it listens."""
        return Listen(host=self.settings.store_host, port=self.settings.store_port, setting="EARSHOT_STORE_PORT")

    async def check(self) -> None:
        """Returns when Postgres answers and the schema is in place."""
        await self.notifications.check()

    async def run(self) -> None:
        """Brings the database up, then listens and labels for ever."""
        await bring_up(
            self.options,
            (self.database, self.worker_database, self.duty_database),
            production=self.settings.environment == "production",
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(self.notifications.run(), name="notifications")
            group.create_task(self.announcing.run(), name="announcements")
            group.create_task(self.enricher.run(), name="enricher")
            group.create_task(self.folding.run(), name="folding")
            group.create_task(self.planner_statistics.run(), name="planner statistics")
            group.create_task(self.retention.run(), name="retention")
            group.create_task(self.backlog.run(), name="backlog")
            group.create_task(self.model_watch.run(), name="model watch")
            group.create_task(forget_old_changes(self.worker_database), name="forget old changes")
            group.create_task(self.meaning.run(), name="meaning")
            group.create_task(self.alerts.run(), name="alerts")
            group.create_task(self.tickets.run(), name="tickets")
            group.create_task(self.audit.run(), name="audit")


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


@asynccontextmanager
async def open_store(settings: StoreSettings, registry: CollectorRegistry) -> AsyncIterator[Store]:
    """A store of these settings; connections and threads are given back at the end of the block."""
    database = Database(database_options(settings), before_commit=write_with_change)
    # The workers hold a connection as long as the classifier thinks; callers must not wait for those.
    worker_database = Database(database_options(settings, max_size=settings.enricher_concurrency + 6))
    duty_database = Database(database_options(settings, max_size=_DUTY_CONNECTIONS))
    _show_pools(registry, {"calls": database, "enricher": worker_database, "duty": duty_database})
    passwords = Passwords(concurrency=settings.password_concurrency)
    channel = open_channel(
        settings.classifier_address, service_token=ServiceToken.from_settings(settings), tls=settings.tls
    )
    watch = LabelWatch()
    draining = asyncio.Event()
    hub = ChangeHub(database, max_watchers=max_watchers(settings), draining=draining)
    classifier = ClassifierClient(
        channel, timeout_seconds=settings.enricher_timeout_seconds, embeddings=settings.embeddings
    )
    enricher = Enricher(
        worker_database,
        classifier,
        workers=settings.enricher_concurrency,
        batch_size=settings.enricher_batch_size,
        metrics=EnricherMetrics(registry),
        first_retry_delay=timedelta(seconds=settings.enricher_retry_seconds),
        languages=settings.store_accepted_languages,
    )
    previewing = ModelPreviewing(database, classifier, most_messages=settings.store_preview_messages)
    meaning = Meaning.of(settings, database=database, worker_database=worker_database, classifier=classifier)
    duties = DutyMetrics(registry)
    alerts = Alerts.of(settings, duties, database=database, worker_database=duty_database)
    tickets = Tickets.of(settings, duties, database=database, worker_database=duty_database, classifier=classifier)
    folding = Folding(duty_database)
    statistics = PlannerStatistics(duty_database)
    announcing = Loop("announcements", step=Announcer(worker_database).step)
    ingest = Ingest(database, watch, stored=announcing.wake)
    logins = Logins(database, passwords, _login_options(settings))
    audit = AuditLog(worker_database, registry)
    try:
        yield Store(
            settings=settings,
            options=database_options(settings),
            database=database,
            worker_database=worker_database,
            duty_database=duty_database,
            notifications=_notifications(
                settings, watch, enricher, hub, (alerts, tickets, folding), meaning=meaning, statistics=statistics
            ),
            announcing=announcing,
            enricher=enricher,
            folding=folding,
            planner_statistics=statistics,
            retention=Retention(
                duty_database,
                days=settings.store_retention_days,
                conversation_days=settings.store_conversation_days,
                audit_days=settings.store_audit_days,
            ),
            backlog=BacklogGauges(worker_database, registry),
            model_watch=ModelWatch(duty_database, classifier),
            draining=draining,
            meaning=meaning,
            alerts=alerts,
            tickets=tickets,
            audit=audit,
            services=(
                *services_of_messages(
                    POSTGRES_CHECK,
                    database,
                    MessageServicer(database, ingest, hub, Reviewing(database, registry)),
                    StatsServicer(database, previewing),
                ),
                *services_of_people(
                    POSTGRES_CHECK, database, passwords, logins, audit, languages=settings.store_accepted_languages
                ),
                *meaning.services(POSTGRES_CHECK),
                *alerts.services(POSTGRES_CHECK),
                *tickets.services(POSTGRES_CHECK),
            ),
        )
    finally:
        await audit.close()
        await channel.close()
        await database.close()
        await worker_database.close()
        await duty_database.close()
        passwords.close()


def _show_pools(registry: CollectorRegistry, pools: Mapping[str, Database]) -> None:
    gauge = Gauge(
        "earshot_database_connections",
        "Connections to Postgres by pool: open, idle.",
        ("pool", "state"),
        registry=registry,
    )
    for name, database in pools.items():
        gauge.labels(name, "open").set_function(database.open_connections)
        gauge.labels(name, "idle").set_function(database.idle_connections)


def max_watchers(settings: StoreSettings) -> int:
    """Callers that may watch at the same time: three in four places, so that other calls always find one."""
    return max(settings.max_concurrent_rpcs * 3 // 4, 1)


def _notifications(
    settings: StoreSettings,
    watch: LabelWatch,
    enricher: Enricher,
    hub: ChangeHub,
    duties: tuple[Alerts, Tickets, Folding],
    *,
    meaning: Meaning,
    statistics: PlannerStatistics,
) -> Notifications:
    def look_again() -> None:
        enricher.wake()
        watch.look_again()
        hub.changed()
        for duty in duties:
            duty.look_again()
        meaning.wake()
        statistics.wake()

    def stored(_: str) -> None:
        enricher.wake()
        hub.changed()
        statistics.wake()

    def labelled(payload: str) -> None:
        watch.done(ids_of_notification(payload))
        hub.changed()
        meaning.wake()
        statistics.wake()

    return Notifications(
        database_options(settings),
        {
            PENDING_CHANNEL: stored,
            LABELLED_CHANNEL: labelled,
            **{channel: handler for duty in duties for channel, handler in duty.handlers().items()},
        },
        on_connect=look_again,
    )


def _login_options(settings: StoreSettings) -> LoginOptions:
    lockout = LockoutPolicy(
        free_attempts=settings.login_free_attempts,
        first_seconds=settings.login_wait_seconds,
        longest_seconds=settings.login_longest_wait_seconds,
    )
    return LoginOptions(lockout=lockout, idle=timedelta(days=settings.login_days))

"""What stands on embeddings, wired: search, and the loop that keeps the embeddings themselves."""

import asyncio
from dataclasses import dataclass

from earshot.store.v1 import search_pb2
from earshot.store.v1.search_pb2_grpc import add_SearchServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.classifier_client import ClassifierClient
from services.store.pool import Database
from services.store.reembedder import Reembedder
from services.store.searching import Searching
from services.store.servicers.search import SearchServicer
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The services over embeddings, and the background that keeps what they read."""

    reembedder: Reembedder | None
    """None where embeddings are switched off, or where other processes do the background work."""
    searching: Searching

    @classmethod
    def of(
        cls,
        settings: StoreSettings,
        *,
        database: Database,
        worker_database: Database,
        classifier: ClassifierClient,
    ) -> "Meaning":
        """As the settings say; `worker_database` needs one connection for the background."""
        works = settings.embeddings and settings.enricher_concurrency > 0
        reembedder = Reembedder(worker_database, classifier, look_seconds=settings.encoder_check_seconds)
        return cls(
            reembedder=reembedder if works else None,
            searching=Searching(database, classifier if settings.embeddings else None),
        )

    def services(self, *requires: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the checks hold."""
        search = SearchServicer(self.searching)
        return (
            GrpcService(
                name=search_pb2.DESCRIPTOR.services_by_name["SearchService"].full_name,
                register=lambda server: add_SearchServiceServicer_to_server(search, server),
                requires=requires,
            ),
        )

    async def run(self) -> None:
        """Works for ever; with nothing to do it only waits to be cancelled."""
        async with asyncio.TaskGroup() as group:
            if self.reembedder is not None:
                group.create_task(self.reembedder.run(), name="reembedder")
            group.create_task(asyncio.Event().wait())

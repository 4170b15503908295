"""What stands on embeddings, wired: search, incidents, the taxonomy, and the loops that keep what they read."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from earshot.store.v1 import incident_pb2, search_pb2, taxonomy_pb2
from earshot.store.v1.incident_pb2_grpc import add_IncidentServiceServicer_to_server
from earshot.store.v1.search_pb2_grpc import add_SearchServiceServicer_to_server
from earshot.store.v1.taxonomy_pb2_grpc import add_TaxonomyServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.categorizing import Categorizing
from services.store.category_walker import CategoryWalker
from services.store.classifier_client import ClassifierClient
from services.store.incident_grouper import IncidentGrouper, IncidentPolicy
from services.store.pool import Database
from services.store.reembedder import Reembedder
from services.store.searching import Searching
from services.store.servicers.incidents import IncidentServicer
from services.store.servicers.search import SearchServicer
from services.store.servicers.taxonomy import TaxonomyServicer
from services.store.settings import StoreSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The services over embeddings, and the background that keeps what they read."""

    reembedder: Reembedder | None
    """None where embeddings are switched off, or where other processes do the background work."""
    grouper: IncidentGrouper | None
    """None in the same cases."""
    walker: CategoryWalker | None
    """None in the same cases."""
    database: Database
    searching: Searching
    categorizing: Categorizing

    @classmethod
    def of(
        cls,
        settings: StoreSettings,
        *,
        database: Database,
        worker_database: Database,
        classifier: ClassifierClient,
    ) -> "Meaning":
        """As the settings say; `worker_database` needs three connections for the background."""
        works = settings.embeddings and settings.enricher_concurrency > 0
        reembedder = Reembedder(worker_database, classifier, look_seconds=settings.encoder_check_seconds)
        walker = CategoryWalker(worker_database, classifier, look_seconds=settings.encoder_check_seconds)
        policy = IncidentPolicy(
            similarity=settings.incident_similarity, within=timedelta(minutes=settings.incident_window_minutes)
        )
        return cls(
            reembedder=reembedder if works else None,
            grouper=IncidentGrouper(worker_database, policy) if works else None,
            walker=walker if works else None,
            database=database,
            searching=Searching(database, classifier if settings.embeddings else None),
            categorizing=Categorizing(database, classifier if settings.embeddings else None),
        )

    def services(self, *requires: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the checks hold."""
        search = SearchServicer(self.searching)
        incidents = IncidentServicer(self.database)
        taxonomy = TaxonomyServicer(self.categorizing, self._walk)
        return (
            GrpcService(
                name=search_pb2.DESCRIPTOR.services_by_name["SearchService"].full_name,
                register=lambda server: add_SearchServiceServicer_to_server(search, server),
                requires=requires,
            ),
            GrpcService(
                name=incident_pb2.DESCRIPTOR.services_by_name["IncidentService"].full_name,
                register=lambda server: add_IncidentServiceServicer_to_server(incidents, server),
                requires=requires,
            ),
            GrpcService(
                name=taxonomy_pb2.DESCRIPTOR.services_by_name["TaxonomyService"].full_name,
                register=lambda server: add_TaxonomyServiceServicer_to_server(taxonomy, server),
                requires=requires,
            ),
        )

    def _walk(self) -> None:
        if self.walker is not None:
            self.walker.wake()

    def wake(self) -> None:
        """Messages may have got their embeddings."""
        if self.grouper is not None:
            self.grouper.wake()

    async def run(self) -> None:
        """Works for ever; with nothing to do it only waits to be cancelled."""
        async with asyncio.TaskGroup() as group:
            if self.reembedder is not None:
                group.create_task(self.reembedder.run(), name="reembedder")
            if self.grouper is not None:
                group.create_task(self.grouper.run(), name="incidents")
            if self.walker is not None:
                group.create_task(self.walker.run(), name="taxonomy")
            group.create_task(asyncio.Event().wait())

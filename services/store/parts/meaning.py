"""What stands on embeddings, wired: search, incidents, the taxonomy, and the loops that keep what they read."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from earshot.store.v1 import incident_pb2, search_pb2, taxonomy_pb2
from earshot.store.v1.incident_pb2_grpc import add_IncidentServiceServicer_to_server
from earshot.store.v1.search_pb2_grpc import add_SearchServiceServicer_to_server
from earshot.store.v1.taxonomy_pb2_grpc import add_TaxonomyServiceServicer_to_server
from services.runtime.grpc_server import GrpcService
from services.store.classifier_client import ClassifierClient
from services.store.incidents.incident_grouper import IncidentGrouper, IncidentPolicy
from services.store.labelling.embedding_indexer import EmbeddingIndexer
from services.store.labelling.reembedder import Reembedder
from services.store.loop import Loop
from services.store.parts.part import Handlers, Part
from services.store.parts.pools import Pools
from services.store.pool import Database
from services.store.repositories.label_queue import LABELLED_CHANNEL
from services.store.repositories.label_sets import UNEMBEDDED_CHANNEL
from services.store.search.searching import Searching
from services.store.servicers.incidents import IncidentServicer
from services.store.servicers.search import SearchServicer
from services.store.servicers.taxonomy import TaxonomyServicer
from services.store.settings import StoreSettings
from services.store.taxonomy.categorizing import Categorizing
from services.store.taxonomy.category_walker import CategoryWalker


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning(Part):
    """The services over embeddings, and the background that keeps what they read."""

    reembedder: Reembedder
    reembedding: Loop
    indexing: Loop
    grouping: Loop
    walking: Loop
    works: bool
    """False where embeddings are switched off, or where other processes do the background work."""
    database: Database
    searching: Searching
    categorizing: Categorizing

    @classmethod
    def of(cls, settings: StoreSettings, pools: Pools, *, classifier: ClassifierClient) -> Self:
        """As the settings say; the workers' pool lends it four connections for the background."""
        look_seconds = settings.encoder_check_seconds
        reembedder = Reembedder(pools.workers, classifier)
        walker = CategoryWalker(pools.workers, classifier)
        policy = IncidentPolicy(
            similarity=settings.incident_similarity, within=timedelta(minutes=settings.incident_window_minutes)
        )
        return cls(
            reembedder=reembedder,
            reembedding=Loop("embeddings", step=reembedder.step, longest_seconds=look_seconds),
            indexing=Loop("embedding index", step=EmbeddingIndexer(pools.workers).step),
            grouping=Loop("incidents", step=IncidentGrouper(pools.workers, policy).step),
            walking=Loop("taxonomy", step=walker.step, longest_seconds=look_seconds),
            works=settings.embeddings and settings.enricher_concurrency > 0,
            database=pools.calls,
            searching=Searching(pools.calls, classifier if settings.embeddings else None),
            categorizing=Categorizing(pools.calls, classifier if settings.embeddings else None),
        )

    def services(self, check: str) -> tuple[GrpcService, ...]:
        """What it serves, as long as the readiness check of this name holds."""
        return (
            GrpcService.of(
                search_pb2.DESCRIPTOR,
                "SearchService",
                add_SearchServiceServicer_to_server,
                SearchServicer(self.searching),
                check,
            ),
            GrpcService.of(
                incident_pb2.DESCRIPTOR,
                "IncidentService",
                add_IncidentServiceServicer_to_server,
                IncidentServicer(self.database),
                check,
            ),
            GrpcService.of(
                taxonomy_pb2.DESCRIPTOR,
                "TaxonomyService",
                add_TaxonomyServiceServicer_to_server,
                TaxonomyServicer(self.categorizing, self.walking.wake),
                check,
            ),
        )

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {LABELLED_CHANNEL: lambda _: self.look_again(), UNEMBEDDED_CHANNEL: lambda _: self._embed()}

    def look_again(self) -> None:
        """Messages may have got their embeddings."""
        self.indexing.wake()
        self.grouping.wake()

    def _embed(self) -> None:
        self.reembedder.look_again()
        self.reembedding.wake()

    async def run(self) -> None:
        """Works for ever; with nothing to do it only waits to be cancelled."""
        if not self.works:
            await asyncio.Event().wait()
        async with asyncio.TaskGroup() as group:
            for loop in (self.reembedding, self.indexing, self.grouping, self.walking):
                group.create_task(loop.run())

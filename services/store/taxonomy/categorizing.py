"""Custom categories and proposals: what a workspace does with its taxonomy."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final, Protocol
from uuid import UUID

from services.runtime.errors import (
    AlreadyExistsError,
    ErrorReason,
    FailedPreconditionError,
    LimitExceededError,
    NotFoundError,
    Resource,
    UnavailableError,
)
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.filters import Filters, TimeRange
from services.store.message import StoredMessage
from services.store.pool import Connection, Database
from services.store.repositories import messages, proposals, taxonomy
from services.store.taxonomy.category import Category, CategoryState, Definition, Head, Preview
from services.store.taxonomy.clusters import clusters, same_as_before
from services.store.taxonomy.keywords import keywords

EXEMPLARS: Final = 5
_MOST_NEGATIVES: Final = 1_000


class Fitter(Protocol):
    """What fits categories; raises the three errors of `classifier_client`."""

    async def fit_category(self, definition: Definition, negative_examples: Sequence[str]) -> Head | None:
        """What recognises a category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """A preview and the messages it names."""

    preview: Preview
    messages: Mapping[UUID, StoredMessage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A cluster that no category covers; `message_ids` from its middle outwards."""

    id: UUID
    message_ids: tuple[UUID, ...]
    keywords: tuple[str, ...]
    exemplars: tuple[StoredMessage, ...]
    create_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposals:
    """Every proposal, the largest first, and what they were found among."""

    proposals: tuple[Proposal, ...]
    considered: int
    truncated: bool


class Categorizing:
    """The taxonomies of one database."""

    def __init__(self, database: Database, fitter: Fitter | None) -> None:
        """`fitter` None: embeddings are switched off."""
        self._database = database
        self._fitter = fitter

    async def create(self, workspace_id: str, definition: Definition, *, request_id: UUID | None) -> Category:
        """A new draft. Raises AlreadyExistsError, FailedPreconditionError, LimitExceededError, UnavailableError."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            earlier = await _of_request(connection, workspace_id, request_id, definition)
            others = await taxonomy.applied(connection, workspace_id)
            count = await taxonomy.count_live(connection, workspace_id)
        if earlier is not None:
            return earlier
        if count >= taxonomy.MAX_CATEGORIES:
            raise LimitExceededError(f"There are {count:,} categories.", hint="Retire one first.")
        head = await self.fit(definition, others)
        category_id = UUID(new_id())
        try:
            async with self._database.transaction(workspace_id) as connection:
                await taxonomy.insert(
                    connection,
                    workspace_id,
                    category_id=category_id,
                    request_id=request_id,
                    definition=definition,
                    head=head,
                )
                name_resource(category_id)
                return await _existing(connection, workspace_id, category_id)
        except taxonomy.TakenError as error:
            return await self._taken(workspace_id, definition, request_id, error)

    async def fit(self, definition: Definition, others: Sequence[Category]) -> Head:
        """What recognises a category, told apart from the examples of the others."""
        if self._fitter is None:
            raise FailedPreconditionError("Embeddings are switched off.", hint="Set EARSHOT_EMBEDDINGS=true.")
        negatives = [
            example
            for other in others
            if other.definition.name != definition.name
            for example in other.definition.examples
        ]
        try:
            head = await self._fitter.fit_category(definition, negatives[:_MOST_NEGATIVES])
        except (ClassifierAwayError, ClassifierLostError, TextsRefusedError) as error:
            raise UnavailableError(
                "The classifier cannot fit the category just now.",
                reason=ErrorReason.CLASSIFIER_UNAVAILABLE,
                retry_after_seconds=1,
            ) from error
        if head is None:
            raise FailedPreconditionError(
                "The model that serves gives no embedding.", reason=ErrorReason.MODEL_LACKS_OUTPUT
            )
        return head

    async def _taken(
        self, workspace_id: str, definition: Definition, request_id: UUID | None, error: Exception
    ) -> Category:
        """The name is taken, or the same request was faster."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            earlier = await _of_request(connection, workspace_id, request_id, definition)
        if earlier is None:
            raise _name_taken() from error
        return earlier

    async def get(self, workspace_id: str, category_id: UUID) -> Category:
        """Raises NotFoundError."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await _existing(connection, workspace_id, category_id)

    async def list_page(self, workspace_id: str, *, after: UUID | None, limit: int) -> list[Category]:
        """At most `limit` categories by name, after the given one."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            return await taxonomy.list_page(connection, workspace_id, after=after, limit=limit)

    async def preview(
        self, workspace_id: str, category_id: UUID, *, filters: Filters, time_range: TimeRange, time_zone: str
    ) -> Previewed:
        """What it would find, from one snapshot; nothing is stored. Raises NotFoundError."""
        async with self._database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
            await _existing(connection, workspace_id, category_id)
            found = await taxonomy.preview(
                connection, workspace_id, category_id, filters=filters, time_range=time_range, time_zone=time_zone
            )
            ids = {message_id for message_id, _ in (*found.surest, *found.least_sure)}
            return Previewed(preview=found, messages=await messages.read(connection, workspace_id, ids))

    async def apply(self, workspace_id: str, category_id: UUID) -> Category:
        """Raises NotFoundError; FailedPreconditionError for a retired one."""
        async with self._database.transaction(workspace_id) as connection:
            category = await _existing(connection, workspace_id, category_id)
            if category.state is CategoryState.RETIRED:
                raise FailedPreconditionError("The category is retired.", hint="Define it again.")
            if category.state is CategoryState.DRAFT:
                await taxonomy.apply(connection, workspace_id, category_id)
            return await _existing(connection, workspace_id, category_id)

    async def rename(self, workspace_id: str, category_id: UUID, name: str) -> Category:
        """Raises NotFoundError, AlreadyExistsError."""
        try:
            async with self._database.transaction(workspace_id) as connection:
                await _existing(connection, workspace_id, category_id)
                await taxonomy.rename(connection, workspace_id, category_id, name)
                return await _existing(connection, workspace_id, category_id)
        except taxonomy.TakenError as error:
            raise _name_taken() from error

    async def retire(self, workspace_id: str, category_id: UUID) -> Category:
        """Raises NotFoundError."""
        async with self._database.transaction(workspace_id) as connection:
            await _existing(connection, workspace_id, category_id)
            await taxonomy.retire(connection, workspace_id, category_id)
            return await _existing(connection, workspace_id, category_id)

    async def propose(self, workspace_id: str, time_range: TimeRange, *, min_messages: int) -> Proposals:
        """Clusters among the latest messages that no category covers; those found before keep their ids."""
        async with self._database.transaction(workspace_id, isolation="repeatable_read") as connection:
            texts = await proposals.uncovered(connection, workspace_id, time_range)
            ids = list(texts)[: proposals.MOST_CLUSTERED]
            near = await proposals.nearest(connection, workspace_id, ids)
            # A second of work for the most there can be, which other calls are not to wait for.
            found = await asyncio.to_thread(clusters, near, min_messages=min_messages)
            named = await _named(connection, workspace_id, found)
            shown = [_exemplars(cluster, texts) for cluster in found]
            stored = await messages.read(connection, workspace_id, [*chain.from_iterable(shown)])
            otherwise = await proposals.latest(connection, workspace_id, time_range)
        return Proposals(
            proposals=tuple(
                Proposal(
                    id=proposal_id,
                    message_ids=cluster,
                    keywords=_keywords(cluster, texts, otherwise),
                    exemplars=tuple(stored[message_id] for message_id in exemplars),
                    create_time=create_time,
                )
                for (proposal_id, create_time), cluster, exemplars in zip(named, found, shown, strict=True)
            ),
            considered=len(ids),
            truncated=len(texts) > len(ids),
        )


def _exemplars(cluster: Sequence[UUID], texts: Mapping[UUID, str]) -> list[UUID]:
    """The middle of a cluster, no text twice."""
    first: dict[str, UUID] = {}
    for message_id in cluster:
        first.setdefault(texts[message_id].casefold(), message_id)
    return list(first.values())[:EXEMPLARS]


def _keywords(cluster: Sequence[UUID], texts: Mapping[UUID, str], otherwise: Mapping[UUID, str]) -> tuple[str, ...]:
    members = set(cluster)
    others = [text for message_id, text in otherwise.items() if message_id not in members]
    return keywords([texts[message_id] for message_id in cluster], others)


async def _named(
    connection: Connection, workspace_id: str, found: Sequence[tuple[UUID, ...]]
) -> list[tuple[UUID, datetime]]:
    """Id and first time of each cluster, remembered for the next run."""
    before = await proposals.before(connection, workspace_id)
    earlier = same_as_before(found, {proposal_id: kept.message_ids for proposal_id, kept in before.items()})
    now = datetime.now(UTC)
    named = [
        (UUID(new_id()), now) if proposal_id is None else (proposal_id, before[proposal_id].create_time)
        for proposal_id in earlier
    ]
    kept = {
        proposal_id: proposals.EarlierProposal(message_ids=cluster, create_time=create_time)
        for (proposal_id, create_time), cluster in zip(named, found, strict=True)
    }
    await proposals.keep(connection, workspace_id, kept)
    return named


async def _existing(connection: Connection, workspace_id: str, category_id: UUID) -> Category:
    category = await taxonomy.read(connection, workspace_id, category_id)
    if category is None:
        raise NotFoundError(
            "There is no category with this id.",
            reason=ErrorReason.CATEGORY_NOT_FOUND,
            resource=Resource(type="category", name=str(category_id)),
        )
    return category


async def _of_request(
    connection: Connection, workspace_id: str, request_id: UUID | None, definition: Definition
) -> Category | None:
    if request_id is None:
        return None
    found = await taxonomy.of_request(connection, workspace_id, request_id, definition)
    if found is None:
        return None
    earlier, same = found
    if not same:
        raise AlreadyExistsError.of_request_id("another category")
    return earlier


def _name_taken() -> AlreadyExistsError:
    return AlreadyExistsError(
        "A category of this name exists.", reason=ErrorReason.CATEGORY_EXISTS, hint="Choose another name."
    )

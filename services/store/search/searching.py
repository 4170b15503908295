"""Finding messages: by meaning, by words, or both, from one snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import structlog

from services.runtime.errors import ErrorReason, FailedPreconditionError, NotFoundError, Resource
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.embedding import Embedding
from services.store.message import StoredMessage
from services.store.pool import Connection, Database
from services.store.repositories import messages, search
from services.store.search.fusion import fuse
from services.store.search.question import LEAST_ALIKE, Hit, SearchQuestion
from services.store.search.wanted import Wanted, wanted

_logger = structlog.get_logger("earshot.search")


class Encoder(Protocol):
    """What embeds a question; raises the three errors of `classifier_client`."""

    async def embed(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding per text, or none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The whole ranking, the messages of the page asked for, and the encoder used; empty where it was words alone."""

    hits: Sequence[Hit]
    messages: Mapping[UUID, StoredMessage]
    encoder: str


class Searching:
    """Search over one database."""

    def __init__(self, database: Database, encoder: Encoder | None) -> None:
        """`encoder` None: embeddings are switched off, words alone are looked for."""
        self._database = database
        self._encoder = encoder

    async def find(self, workspace_id: str, question: SearchQuestion) -> Found:
        """The messages that match best. Raises NotFoundError, FailedPreconditionError for a `similar_to`."""
        asked = wanted(question.text) if question.text else None
        embedding = await self._embedded(asked.meaning) if asked else None
        async with self._database.transaction(workspace_id, isolation="repeatable_read", readonly=True) as connection:
            if question.similar_to is not None:
                embedding = await _embedding_of(connection, workspace_id, question.similar_to)
            hits = await _ranking(connection, workspace_id, question, asked, embedding)
            page = hits[question.offset : question.offset + question.limit]
            stored = await messages.read(connection, workspace_id, [hit.message_id for hit in page])
        return Found(hits=hits, messages=stored, encoder=embedding.encoder if embedding else "")

    async def _embedded(self, text: str) -> Embedding | None:
        """Words are found without the classifier too, so its absence fails no search."""
        if self._encoder is None:
            return None
        try:
            return next(iter(await self._encoder.embed([text])), None)
        except (ClassifierAwayError, ClassifierLostError, TextsRefusedError) as error:
            _logger.warning("searched for words alone", problem=str(error))
            return None


async def _embedding_of(connection: Connection, workspace_id: str, message_id: UUID) -> Embedding:
    embedding = await search.embedding_of(connection, workspace_id, message_id)
    if embedding is not None:
        return embedding
    if await messages.read(connection, workspace_id, [message_id]):
        raise FailedPreconditionError(
            "The message has no embedding.", hint="It gets one with its labels, where embeddings are switched on."
        )
    raise NotFoundError(
        "There is no message with this id.",
        reason=ErrorReason.MESSAGE_NOT_FOUND,
        resource=Resource(type="message", name=str(message_id)),
    )


async def _ranking(
    connection: Connection,
    workspace_id: str,
    question: SearchQuestion,
    asked: Wanted | None,
    embedding: Embedding | None,
) -> list[Hit]:
    within = (question.filters, question.time_range)
    near: list[tuple[UUID, float]] = []
    if embedding is not None:
        near = await search.nearest(
            connection,
            workspace_id,
            embedding,
            *within,
            authors=question.authors,
            without=question.similar_to,
            wanted=asked,
        )
    if asked is None or not asked.phrases:
        near = [(message_id, cosine) for message_id, cosine in near if cosine >= LEAST_ALIKE]
    worded: list[UUID] = []
    if asked is not None:
        worded = await search.with_words(connection, workspace_id, asked, *within, authors=question.authors)
    cosines = dict(near)
    return [
        Hit(message_id=message_id, score=score, similarity=cosines.get(message_id))
        for message_id, score in fuse([[message_id for message_id, _ in near], worded])
    ]

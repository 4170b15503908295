"""Makes embeddings anew where another encoder serves, and for messages that were labelled without one (D25).

What is left to do follows from the data: labelled messages without an embedding of the encoder that serves now. So a
process that dies loses nothing, and the next one goes on. Of all processes one works at a time, one small batch after
the other, so that fresh messages keep the classifier to themselves.
"""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

import structlog

from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.embedding import Embedding
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import embeddings, erasures, messages, taxonomy
from services.store.repositories.embeddings import BEGINNING, Place
from services.store.repositories.label_queue import WaitingMessage

_logger = structlog.get_logger("earshot.reembedder")

BATCH_SIZE: Final = 64
# Labels that were on their way while the encoder changed are written within a batch's time; so two walks in a row must
# find nothing, this long apart.
_QUIET_WALKS: Final = 2


class Encoder(Protocol):
    """What embeds texts; raises the three errors of `classifier_client`."""

    async def ready(self) -> None:
        """Returns when it takes calls."""

    async def encoder(self) -> str:
        """Which encoder serves; empty: none."""

    async def embed(self, texts: Sequence[str]) -> list[Embedding]:
        """One embedding per text, or none at all."""


class Reembedder:
    """The background loop of one process."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._encoder = encoder
        self._seen = ""
        self._quiet_walks = 0

    def look_again(self) -> None:
        """A message may have got labels without an embedding: it is found by the next walk."""
        self._quiet_walks = 0

    async def step(self) -> bool:
        """Asks which encoder serves and makes anew what another one made; nothing is left to do at once."""
        await self._encoder.ready()
        try:
            await self._look()
        except (ClassifierAwayError, ClassifierLostError) as error:
            _logger.warning("embeddings wait to be made anew", problem=str(error))
        return False

    async def _look(self) -> None:
        serving = await self._encoder.encoder()
        if serving != self._seen:
            self._seen, self._quiet_walks = serving, 0
        if not serving or self._quiet_walks >= _QUIET_WALKS:
            return
        made = await self._walk(serving)
        self._quiet_walks = 0 if made else self._quiet_walks + 1
        if made:
            _logger.info("embeddings made anew", messages=made, encoder=serving)

    async def _walk(self, encoder: str) -> int:
        """Goes over all messages once; answers how many embeddings it made."""
        place: Place | None = BEGINNING
        made = 0
        while place is not None:
            place, done = await self._step(encoder, place)
            made += done
        return made

    async def _step(self, encoder: str, place: Place) -> tuple[Place | None, int]:
        """One batch: the place after it, None at the end, and how many embeddings were made."""
        refused: list[WaitingMessage] = []
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            if not await embeddings.take_turn(connection):
                return None, 0
            found = await embeddings.stale(connection, encoder, place, BATCH_SIZE)
            if not found:
                return None, 0
            batch = [stale.message for stale in found]
            made = await self._embed(batch, refused)
            await embeddings.write(connection, made)
            unjudged = {stale.message.id for stale in found if stale.unjudged}
            await taxonomy.judge(connection, [message for message, _ in made if message.id in unjudged])
        await self._forget(batch, refused)
        return Place(workspace_id=batch[-1].workspace_id, message_id=batch[-1].id), len(made)

    async def _forget(self, batch: Sequence[WaitingMessage], refused: Sequence[WaitingMessage]) -> None:
        """Takes away what cannot be made anew, and what was made of messages that were erased meanwhile.

        An erasure that ends later finds what was made.
        """
        for workspace_id in {message.workspace_id for message in batch}:
            async with self._database.transaction(workspace_id) as connection:
                await embeddings.forget(connection, workspace_id, _ids(refused, workspace_id))
                gone = await messages.missing(connection, workspace_id, _ids(batch, workspace_id))
                if gone:
                    await erasures.sweep(connection, workspace_id, gone)

    async def _embed(
        self, batch: Sequence[WaitingMessage], refused: list[WaitingMessage]
    ) -> list[tuple[WaitingMessage, Embedding]]:
        """Where one text is refused, the others are embedded one by one; it goes to `refused`."""
        try:
            return list(zip(batch, await self._encoder.embed([message.text for message in batch]), strict=False))
        except TextsRefusedError:
            if len(batch) == 1:
                refused.extend(batch)
                return []
        return [pair for message in batch for pair in await self._embed([message], refused)]


def _ids(messages: Sequence[WaitingMessage], workspace_id: str) -> list[UUID]:
    return [message.id for message in messages if message.workspace_id == workspace_id]

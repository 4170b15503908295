"""Turns from before the window that are close in meaning to the question (B19, H23).

Each turn is embedded once, when it has left the window, a few at a time where there are many, and again where another
encoder serves; vectors and the turns' words lie in Redis, at most KEPT of a session, and go with everything else there
that a session forgets. Without the
classifier, or without Redis, nothing comes back and the report says so.
"""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from services.chat.history.closeness import closest, packed
from services.chat.history.remembered import Recalled, Recollection, RememberedTurn, SessionMemory
from services.chat.memory import Memory
from services.chat.stores.classifier_client import Embedder
from services.chat.stores.keyspace import Owner
from services.runtime.errors import EarshotError

_logger = structlog.get_logger("earshot.recall")

_LONGEST_QUESTION: Final = 500
_LONGEST_ANSWER: Final = 1_000
_ANSWER_EMBEDDED: Final = 200
_BATCH: Final = 8
"""Turns embedded by one call: few enough for a busy classifier to answer in time."""

_PATIENCE_SECONDS: Final = 1.0
"""So long turns that were never embedded are caught up on before the first word of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """A turn with its vector, by which encoder; empty: one of before that was noted."""

    turn: RememberedTurn
    vector: bytes
    encoder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The question's vector."""

    vector: bytes
    encoder: str


class Recall:
    """Finds earlier turns of sessions; without an embedder it finds none."""

    def __init__(self, memory: Memory, embedder: Embedder | None) -> None:
        self._memory = memory
        self._embedder = embedder

    async def about(
        self, owner: Owner, session_id: str, question: str, memory: SessionMemory, *, window_turns: int
    ) -> Recollection:
        """The usable turns before the window that are close to the question. Raises nothing."""
        before = memory.usable[:-window_turns]
        if self._embedder is None or not before:
            return Recollection()
        try:
            return await self._found(self._embedder, owner, session_id, question, memory, before)
        except EarshotError as error:
            _logger.warning("nothing recalled", reason=error.reason)
            return Recollection(unavailable=True)

    async def _found(
        self,
        embedder: Embedder,
        owner: Owner,
        session_id: str,
        question: str,
        memory: SessionMemory,
        before: tuple[RememberedTurn, ...],
    ) -> Recollection:
        kept = {number: _meaning(raw) for number, raw in (await self._memory.meanings(owner, session_id)).items()}
        new = [turn for turn in before if turn.number not in kept or kept[turn.number].turn.id != turn.id]
        first = before[0].number
        usable = {turn.number for turn in before}
        # Turns older than what memory holds are known here only; what is forgotten is known to the memory.
        known = {
            number: item
            for number, item in kept.items()
            if number in usable or (memory.start < number < first and number not in memory.forgotten)
        }
        asked, fresh = await _embedded(embedder, question, new, known)
        if fresh:
            await self._memory.keep_meanings(owner, session_id, {n: _raw(item) for n, item in fresh.items()})
        meanings = {n: item for n, item in {**known, **fresh}.items() if item.encoder == asked.encoder}
        near = closest(asked.vector, {number: item.vector for number, item in meanings.items()})
        return Recollection(
            turns=tuple(Recalled(turn=meanings[number].turn, closeness=value) for number, value in near)
        )


async def _embedded(
    embedder: Embedder, question: str, new: Sequence[RememberedTurn], known: Mapping[int, _Meaning]
) -> tuple[_Asked, dict[int, _Meaning]]:
    """The question's vector, and those of as many turns as time allows, the oldest first: they leave memory first.

    After the `new` ones come those of the `known` ones that another encoder made. What is left over is for the next
    question. Raises the EarshotError of an embedder that cannot even begin.
    """
    until = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
    first = new[:_BATCH]
    begun = await embedder.embed([question, *map(_words, first)])
    found = list(zip(first, begun.vectors[1:], strict=True))
    numbers = {turn.number for turn in new}
    other = (item for number, item in sorted(known.items()) if number not in numbers and item.encoder != begun.encoder)
    rest = [*new[_BATCH:], *(item.turn for item in other)]
    for batch in (rest[place : place + _BATCH] for place in range(0, len(rest), _BATCH)):
        if asyncio.get_running_loop().time() >= until:
            break
        try:
            more = await embedder.embed([_words(turn) for turn in batch])
        except EarshotError:
            break
        if more.encoder != begun.encoder:
            break
        found += zip(batch, more.vectors, strict=True)
    fresh = {
        turn.number: _Meaning(turn=_short(turn), vector=packed(vector), encoder=begun.encoder) for turn, vector in found
    }
    return _Asked(vector=packed(begun.vectors[0]), encoder=begun.encoder), fresh


def _words(turn: RememberedTurn) -> str:
    return f"{turn.question[:_LONGEST_QUESTION]}\n{turn.answer[:_ANSWER_EMBEDDED]}"


def _short(turn: RememberedTurn) -> RememberedTurn:
    return RememberedTurn(
        id=turn.id,
        number=turn.number,
        question=turn.question[:_LONGEST_QUESTION],
        answer=turn.answer[:_LONGEST_ANSWER],
        status=turn.status,
        customers=turn.customers,
    )


def _raw(item: _Meaning) -> str:
    turn = item.turn
    told = {
        "id": turn.id,
        "question": turn.question,
        "answer": turn.answer,
        "status": turn.status,
        "customers": turn.customers,
    }
    vector = base64.b64encode(item.vector).decode()
    return json.dumps({**told, "number": turn.number, "vector": vector, "encoder": item.encoder})


def _meaning(raw: bytes) -> _Meaning:
    told: dict[str, Any] = json.loads(raw)
    vector, encoder = base64.b64decode(told.pop("vector")), told.pop("encoder", "")
    return _Meaning(turn=RememberedTurn.from_json(told), vector=vector, encoder=encoder)

"""Questions whose reading somebody verified: looked up before a question is read, and made of answered ones."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import saved_pb2
from earshot.types.v1 import question_pb2
from services.chat.asked import text_of, uuid_of
from services.chat.convert import instant_of, interpretation_from_proto, query_from_proto
from services.chat.history.turns import flight_from_stored, from_stored
from services.chat.planner import period_said, plan
from services.chat.question import Behaviour, Interpretation, Operation, StatsQuery
from services.chat.stores.store_client import Store
from services.runtime.auth import Role
from services.runtime.call_context import require_role
from services.runtime.errors import EarshotError, ErrorReason, FailedPreconditionError

_logger = structlog.get_logger("earshot.verified")

MAX_QUESTION: Final = 1_000
_SOMEBODY: Final = "somebody who left"


class VerifiedQuestions:
    """Those of the caller's workspace, which the store keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def reading_of(self, text: str) -> Interpretation | None:
        """The verified reading of a question in these words, without a period.

        None where there is none, or where the store cannot say: the question is then read anew.
        """
        if not text or len(text) > MAX_QUESTION:
            return None
        try:
            saved = await self._store.verified_question(text)
        except EarshotError as error:
            _logger.warning("verified questions not asked", reason=error.reason)
            return None
        return None if saved is None else _reading(saved)

    async def verify(self, request: chat_pb2.VerifyTurnRequest) -> saved_pb2.SavedQuery:
        """Keeps how a turn was read. NotFoundError (TURN_NOT_FOUND), FailedPreconditionError (NOT_VERIFIABLE)."""
        require_role(Role.AGENT, Role.ADMIN)
        stored, _ = await self._store.turn(uuid_of(request.turn_id, "turn_id", required=True))
        turn, flight = from_stored(stored), flight_from_stored(stored)
        question = text_of(request.question or turn.text, "question", MAX_QUESTION)
        now = datetime.fromisoformat(flight.now) if flight.now else instant_of(turn.start_time)
        _check(turn, question, now)
        query = question_pb2.StatsQuery()
        query.CopyFrom(turn.interpretation.query)
        for field in ("range", "compare_to", "time_zone"):
            query.ClearField(field)
        return await self._store.save_query(
            saved_pb2.SavedQuery(
                kind=saved_pb2.SAVED_QUERY_KIND_QUESTION,
                name=question,
                shared=True,
                query=query,
                operation=interpretation_from_proto(turn.interpretation).operation,
            )
        )


def _reading(saved: saved_pb2.SavedQuery) -> Interpretation | None:
    """The reading; None for a kind of answer that only a later version knows."""
    if saved.operation not in set(Operation):
        return None
    return Interpretation(
        operation=Operation(saved.operation),
        query=query_from_proto(saved.query),
        verified_by=saved.author_name or _SOMEBODY,
    )


def _check(turn: chat_pb2.Turn, question: str, now: datetime) -> None:
    """Raises FailedPreconditionError where the words, asked on another day, need not mean what was answered."""
    reading = interpretation_from_proto(turn.interpretation)
    if turn.status != "completed" or reading.behaviour is not Behaviour.ANSWER:
        raise _not_verifiable("Only a question that was answered can be verified.")
    alone = plan(question, now=now, time_zone=reading.query.time_zone, in_force=None)
    if alone.behaviour is Behaviour.REFUSE:
        raise _not_verifiable("A question that is refused cannot be verified.")
    if turn.previous_number and not _is_same(alone, reading):
        raise _not_verifiable("The reading leans on what was asked before.")
    said = period_said(question, now=now, time_zone=reading.query.time_zone)
    if said is None or _periods(said) != _periods(reading.query) or reading.query.as_of is not None:
        raise _not_verifiable("The words do not say the period of the answer by themselves.")


def _is_same(one: Interpretation, other: Interpretation) -> bool:
    """Whether both ask for the same, periods aside."""
    queries = (replace(reading.query, range=None, compare_to=None) for reading in (one, other))
    return one.operation is other.operation and next(queries) == next(queries)


def _periods(query: StatsQuery) -> tuple[bool, bool]:
    """Whether there is a period, and one to compare with."""
    return query.range is not None, query.compare_to is not None


def _not_verifiable(message: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        message,
        reason=ErrorReason.NOT_VERIFIABLE,
        hint="Ask it in a new conversation, in words that say everything, and verify that answer.",
    )

"""ThreadService."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import grpc

from earshot.store.v1 import thread_pb2, thread_pb2_grpc
from earshot.types.v1 import question_pb2
from services.runtime.errors import ErrorReason, InvalidInputError, NotFoundError, Resource
from services.runtime.labels import CATEGORY_OF_INTENT
from services.store.contract.filter_requests import filters_and_range
from services.store.filters import TimeRange
from services.store.pool import Database
from services.store.repositories import threads
from services.store.servicers.caller import PEOPLE, READERS, caller_workspace
from services.store.threads.flow import messages_of, rolled_up, threads_of
from services.store.threads.score import parts_of, score_of

_LONGEST: Final = timedelta(days=366)
# State asked for → what the database groups by, and how that is rolled up.
_STATES: Final[Mapping[int, tuple[str, Mapping[str, str]]]] = {
    question_pb2.DIMENSION_UNSPECIFIED: ("intent", {}),
    question_pb2.DIMENSION_INTENT: ("intent", {}),
    question_pb2.DIMENSION_CATEGORY: ("intent", CATEGORY_OF_INTENT),
    question_pb2.DIMENSION_SENTIMENT: ("sentiment", {}),
}


class ThreadServicer(thread_pb2_grpc.ThreadServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ScoreThread(
        self, request: thread_pb2.ScoreThreadRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> thread_pb2.ScoreThreadResponse:
        """How good a conversation was."""
        workspace_id = caller_workspace(*READERS)
        wanted = request.conversation_id
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = [] if "\x00" in wanted else await threads.messages(connection, workspace_id, wanted)
            settled = await threads.settled(connection, workspace_id, wanted) if found else None
        if not found:
            raise NotFoundError(
                "No message belongs to this conversation.",
                reason=ErrorReason.CONVERSATION_NOT_FOUND,
                resource=Resource(type="conversation", name=wanted),
            )
        parts = parts_of(found, settled=settled)
        return thread_pb2.ScoreThreadResponse(
            score=score_of(parts),
            parts=[thread_pb2.ThreadScorePart(name=part.name, value=part.value, score=part.score) for part in parts],
            messages=len(found),
        )

    async def AnalyzeFlow(
        self, request: thread_pb2.AnalyzeFlowRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> thread_pb2.AnalyzeFlowResponse:
        """How customers' messages follow one another."""
        workspace_id = caller_workspace(*PEOPLE)
        filters, time_range = filters_and_range(request)
        _check(request.state, time_range)
        state, roll_up = _STATES[request.state]
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await threads.transitions(connection, workspace_id, filters, time_range, state=state)
        transitions = rolled_up(found, roll_up)
        return thread_pb2.AnalyzeFlowResponse(
            threads=threads_of(transitions),
            messages=messages_of(transitions),
            transitions=[
                thread_pb2.FlowTransition(
                    from_state=item.before, to_state=item.after, count=item.count, mean_seconds=item.mean_seconds
                )
                for item in transitions
            ],
        )


def _check(state: int, time_range: TimeRange) -> None:
    if state not in _STATES:
        raise InvalidInputError.of_field(
            "state", "must be intent, category or sentiment", reason=ErrorReason.UNKNOWN_ENUM_VALUE
        )
    if time_range.start is None or time_range.end is None or time_range.end - time_range.start > _LONGEST:
        raise InvalidInputError.of_field(
            "range", "must be closed and at most 366 days long", reason=ErrorReason.BAD_RANGE
        )

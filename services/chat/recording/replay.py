"""A recorded turn run again: the same code, with the recording in the place of store, upstream and clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.asked import Asked
from services.chat.convert import example_from_proto, interpretation_from_proto, result_from_proto
from services.chat.generation import DEFAULTS, Generation
from services.chat.history.archive import Archive
from services.chat.history.remembered import Recollection, SessionMemory
from services.chat.interpreting.interpreter import Interpreter, Question, Reading
from services.chat.narration.detail import Detail
from services.chat.question import Interpretation, Operation
from services.chat.recall import Recall
from services.chat.recording.flight import Failure
from services.chat.recording.recording import RecordedTurn
from services.chat.replies.evidence import Evidence, EvidenceSource
from services.chat.replies.model_words import ModelWords
from services.chat.replies.replier import Replier
from services.chat.replies.running_reply import RunningReply
from services.chat.settings import BUILTIN_MODEL
from services.chat.spending import Reservation, Spending
from services.chat.stores.keyspace import Owner
from services.chat.stores.reply_record import ReplyStart
from services.chat.upstream.answer import Answer, Prompt, TokenUsage, UpstreamError
from services.chat.upstream.arrived import Arrived
from services.chat.upstream.language_model import Writer
from services.runtime.auth import Identity, Role
from services.runtime.errors import EarshotError, ErrorReason, LimitExceededError

_NOBODY: Final = Identity(user_id="replay", workspace_id="replay", role=Role.ADMIN, name="replay")
_ROOM: Final = 1_000_000_000


class _Stopped(Exception):  # noqa: N818 - an end, not an error
    """The recording ends in the middle of an answer, because its reply was stopped there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a turn gave when it was run again: its pieces of text and how the ledger judged them."""

    recorded: RecordedTurn
    tokens: tuple[str, ...]
    verification: chat_pb2.Verification
    masked: tuple[str, ...]

    @property
    def same_text(self) -> bool:
        """Whether the answer is the recorded one to the byte."""
        return "".join(self.tokens) == self.recorded.turn.answer

    @property
    def same_numbers(self) -> bool:
        """Whether the ledger decided as it did; a turn that did not complete has no verdict."""
        if self.recorded.turn.status != "completed":
            return True
        return self.verification == self.recorded.turn.verification and list(self.masked) == self.recorded.flight.masked


async def replay(recorded: RecordedTurn) -> Replayed:
    """Runs a turn again. It asks nothing and nobody; what differs from the recording is code that has changed."""
    reply = RunningReply(owner=Owner.of(_NOBODY), start=ReplyStart(**_start(recorded)))
    completed = chat_pb2.Completed()
    # It may end as it did when it was recorded: what had come by then is compared.
    with suppress(_Stopped, EarshotError):
        completed = await _replier(recorded).write(reply, _asked(recorded), _session(recorded))
    tokens = tuple(event.delta.text for event in reply.events if event.HasField("delta"))
    return Replayed(
        recorded=recorded, tokens=tokens, verification=completed.verification, masked=tuple(reply.flight.masked)
    )


def _start(recorded: RecordedTurn) -> dict[str, Any]:
    turn = recorded.turn
    return {
        "reply_id": turn.id,
        "session_id": turn.id,
        "text": recorded.flight.question,
        "start_time": turn.start_time.ToJsonString(),
        "request_id": "",
        "fingerprint": "",
    }


def _asked(recorded: RecordedTurn) -> Asked:
    flight = recorded.flight
    return Asked(
        session_id="",
        text=flight.question,
        request_id="",
        model=_model(recorded),
        mode=recorded.mode,
        time_zone=flight.time_zone or "UTC",
        now=datetime.fromisoformat(flight.now) if flight.now else None,
        cancel_on_disconnect=False,
        caller=_NOBODY,
        detail=Detail(flight.detail) if flight.detail else None,
    )


def _model(recorded: RecordedTurn) -> str:
    """The model that was asked, also where the narrator wrote in its place."""
    asked = recorded.flight.blocks or recorded.flight.failure
    return "recorded" if asked else recorded.turn.model or BUILTIN_MODEL


def _session(recorded: RecordedTurn) -> conversation_pb2.Conversation:
    return conversation_pb2.Conversation(id=recorded.turn.id, mode=recorded.mode)


def _replier(recorded: RecordedTurn) -> Replier:
    model_words = ModelWords(
        _RecordedWriter(recorded),
        spending=_NoLimits(),
        recall=_NoRecall(),
        answer_tokens=0,
        budget_tokens=_ROOM,
        window_turns=1,
    )
    return Replier(
        archive=_NoMemory(),
        interpreter=_RecordedReading(recorded),
        evidence=_RecordedEvidence(recorded),
        model_words=model_words,
        default_model=BUILTIN_MODEL,
        max_characters=recorded.flight.longest or _ROOM,
    )


class _RecordedEvidence(EvidenceSource):
    """What the store said then."""

    def __init__(self, recorded: RecordedTurn) -> None:
        self._recorded = recorded

    async def gather(self, reply: RunningReply, interpretation: Interpretation) -> Evidence:  # noqa: ARG002
        runs = self._recorded.turn.queries
        raw = tuple(run.result for run in runs if run.HasField("result"))
        shown = [example for run in runs for example in run.examples]
        return Evidence(
            raw=raw,
            results=tuple(map(result_from_proto, raw)),
            examples=tuple(map(example_from_proto, shown)) if interpretation.operation is Operation.EXAMPLES else (),
            findings=tuple(self._recorded.flight.findings),
        )


class _NoLimits(Spending):
    """A replay spends nothing."""

    def __init__(self) -> None:
        """Has no Redis."""

    async def reserve(self, owner: Owner, tokens: int) -> Reservation:  # noqa: ARG002
        """Always has room."""
        return Reservation(day="")

    async def settle(self, owner: Owner, reserved: Reservation, used: int) -> None:
        """Has nothing to settle."""


class _NoMemory(Archive):
    """Remembers nothing: what a model was reminded of is in what it answered."""

    def __init__(self) -> None:
        """Has neither store nor memory."""

    async def recall(self, owner: Owner, session: conversation_pb2.Conversation) -> SessionMemory:  # noqa: ARG002
        return SessionMemory()


class _NoRecall(Recall):
    """Recalls nothing, for the same reason."""

    def __init__(self) -> None:
        """Has neither memory nor embedder."""

    async def about(self, *_: object, **__: object) -> Recollection:
        return Recollection()


class _RecordedReading(Interpreter):
    """Reads the question as it was read."""

    def __init__(self, recorded: RecordedTurn) -> None:
        super().__init__(None)
        self._turn = recorded.turn

    async def read(self, question: Question, *, model: str, meter: Any = None) -> Reading:  # noqa: ANN401, ARG002
        return Reading(interpretation=interpretation_from_proto(self._turn.interpretation))


class _RecordedWriter(Writer):
    """Sends what was sent, in the blocks in which it came, and fails as it failed."""

    def __init__(self, recorded: RecordedTurn) -> None:
        self._recorded = recorded

    @asynccontextmanager
    async def stream(self, prompt: Prompt, *, model: str, generation: Generation = DEFAULTS) -> AsyncIterator[Answer]:  # noqa: ARG002
        flight = self._recorded.flight
        if flight.failure is not None and not flight.blocks:
            raise _error(flight.failure)
        yield _RecordedAnswer(self._recorded, prompt)


class _RecordedAnswer(Answer):
    """An answer out of a recording."""

    def __init__(self, recorded: RecordedTurn, prompt: Prompt) -> None:
        super().__init__(prompt=prompt, _arrived=Arrived())
        self._recorded = recorded
        self.reported, self.finish_reason = TokenUsage(), recorded.flight.finish_reason

    async def __aiter__(self) -> AsyncIterator[tuple[str, ...]]:
        flight = self._recorded.flight
        for block in flight.blocks:
            yield tuple(block)
        if flight.failure is not None:
            raise _error(flight.failure)
        if self._recorded.turn.status != "completed":
            raise _Stopped


def _error(failure: Failure) -> EarshotError:
    if failure.reason == ErrorReason.BUDGET_EXHAUSTED:
        return LimitExceededError(failure.message, reason=ErrorReason.BUDGET_EXHAUSTED)
    return UpstreamError(failure.message, retryable=failure.retryable)

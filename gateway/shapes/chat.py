"""Chat as JSON: requests, sessions, turns, and the events of a stream."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, Field

from earshot_client.earshot.chat.v1 import (
    AskResponse,
    Cancelled,
    ChatEvent,
    Completed,
    Delta,
    Detail,
    Failed,
    Generation,
    Mode,
    Notice,
    OnDisconnect,
    QueryRun,
    Receipt,
    ReplayReceiptResponse,
    SendMessageRequest,
    Session,
    Started,
    Turn,
    Usage,
    Verification,
    WhenBusy,
)
from earshot_client.earshot.store.v1 import TurnRating
from gateway.shapes.fields import Instant, Json, Strict, Text, enum_json, instant_json
from gateway.shapes.message import message_json
from gateway.shapes.question import interpretation_json, query_json, result_json

DEFAULT_MODEL: Final = "earshot"
"""Names whichever model is the default, the built-in narrator too."""
TERMINAL_EVENTS: Final = frozenset({"completed", "cancelled", "failed"})


class GenerationBody(Strict):
    """How a model writes; what is absent is left to it. The built-in narrator ignores all of it."""

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=100_000)
    stop: list[Annotated[Text, Field(min_length=1, max_length=64)]] = Field(default_factory=list, max_length=4)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)

    def to_message(self) -> Generation:
        """The options for a call."""
        return Generation(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_tokens,
            stop=list(self.stop),
            seed=self.seed,
        )


class ChatBody(Strict):
    """A message to the chat; exactly one of text, query, prompt."""

    text: Text | None = Field(default=None, max_length=4000)
    query: Text | None = Field(default=None, max_length=4000, description="The same as text.")
    prompt: Text | None = Field(default=None, max_length=4000, description="The same as text.")
    session_id: Text | None = Field(default=None, max_length=64)
    model: Text | None = Field(default=None, max_length=128, validation_alias=AliasChoices("model", "model_name"))
    mode: Literal["analyst", "assistant"] = "analyst"
    time_zone: Text = Field(default="UTC", max_length=64)
    now: Instant | None = Field(default=None, description="For evaluation; admins only.")
    request_id: Text | None = Field(default=None, max_length=64)
    on_disconnect: Literal["continue", "cancel"] = "continue"
    when_busy: Literal["reject", "queue", "interrupt"] = Field(
        default="reject", description="What becomes of the message while another reply of its session runs."
    )
    replaces_turn_id: Text | None = Field(
        default=None,
        max_length=64,
        description="A finished turn in whose place this is answered; without a text its question is asked again.",
    )
    detail: Literal["brief", "normal", "full"] | None = None
    generation: GenerationBody = Field(default_factory=GenerationBody)

    def said(self) -> str:
        """What the user wrote. ValueError unless exactly one of the three names is given."""
        given = [value for value in (self.text, self.query, self.prompt) if value is not None]
        if not given and self.replaces_turn_id:
            return ""
        if len(given) != 1:
            raise ValueError("give exactly one of text, query and prompt")
        return given[0]

    def to_message(self, session_id: str | None = None) -> SendMessageRequest:
        """The message for a call."""
        return SendMessageRequest(
            session_id=session_id or self.session_id or "",
            text=self.said(),
            request_id=self.request_id or "",
            model="" if self.model == DEFAULT_MODEL else self.model or "",
            mode=Mode[self.mode.upper()],
            time_zone=self.time_zone,
            now=self.now,
            on_disconnect=OnDisconnect[self.on_disconnect.upper()],
            when_busy=WhenBusy[self.when_busy.upper()],
            replaces_turn_id=self.replaces_turn_id or "",
            detail=Detail[self.detail.upper()] if self.detail else Detail.UNSPECIFIED,
            generation=self.generation.to_message(),
        )


class NewSessionBody(Strict):
    """A session to make; an own id may be brought."""

    id: Text | None = Field(default=None, max_length=64, validation_alias=AliasChoices("id", "session_id"))
    title: Text = Field(default="", max_length=200)
    mode: Literal["analyst", "assistant"] = "analyst"
    system_prompt: Text = Field(default="", max_length=8000)


class RenameBody(Strict):
    """A session's new title."""

    title: Text = Field(min_length=1, max_length=200)


def session_json(session: Session) -> Json:
    """A session."""
    return {
        "id": session.id,
        "session_id": session.id,
        "title": session.title,
        "mode": enum_json(session.mode),
        "system_prompt": session.system_prompt,
        "created_at": instant_json(session.create_time),
        "updated_at": instant_json(session.update_time),
        "turn_count": session.turn_count,
    }


def answer_json(answer: AskResponse) -> Json:
    """A whole reply."""
    return {
        "answer": answer.answer,
        "interpretation": interpretation_json(answer.interpretation),
        **_evidence(answer.queries),
        "verification": verification_json(answer.verification),
        "receipt_id": answer.receipt.id if answer.receipt else None,
        "receipt": receipt_json(answer.receipt),
        "session_id": answer.session_id,
        "reply_id": answer.reply_id,
        "usage": usage_json(answer.usage),
        "model": answer.model,
        "notices": [_notice(notice) for notice in answer.notices],
    }


def turn_json(turn: Turn) -> Json:
    """A finished turn."""
    return {
        "id": turn.id,
        "reply_id": turn.id,
        "number": turn.number,
        "text": turn.text,
        "answer": turn.answer,
        "status": turn.status,
        "previous_number": turn.previous_number,
        "replaces_turn_id": turn.replaces_turn_id or None,
        "interpretation": interpretation_json(turn.interpretation),
        **_evidence(turn.queries),
        "usage": usage_json(turn.usage),
        "verification": verification_json(turn.verification),
        "receipt_id": turn.receipt.id if turn.receipt else None,
        "receipt": receipt_json(turn.receipt),
        "model": turn.model,
        "rating": rating_json(turn.rating) if turn.rating else None,
        "started_at": instant_json(turn.start_time),
        "ended_at": instant_json(turn.end_time),
    }


def rating_json(rating: TurnRating) -> Json:
    """What somebody said of an answer."""
    return {
        "rating": enum_json(rating.rating),
        "comment": rating.comment,
        "rated_at": instant_json(rating.create_time),
        "author_id": rating.author_id,
        "author_name": rating.author_name,
    }


def _evidence(queries: list[QueryRun]) -> Json:
    """`stats` is the first result, `queries` all of them, `examples` the messages shown."""
    results = [result_json(run.result) for run in queries if run.result]
    examples = [message_json(message) for run in queries for message in run.examples]
    return {"stats": results[0] if results else None, "queries": results, "examples": examples}


def receipt_json(receipt: Receipt | None) -> Json | None:
    """What proves an answer."""
    if receipt is None:
        return None
    queries = [query_json(query) for query in receipt.queries]
    return {"id": receipt.id, "queries": queries, "hash": receipt.hash, "as_of": instant_json(receipt.as_of)}


def replay_json(replay: ReplayReceiptResponse) -> Json:
    """A receipt's queries run again."""
    return {
        "receipt": receipt_json(replay.receipt),
        "identical": replay.identical,
        "hash": replay.hash,
        "queries": [
            {"name": query.name, "then": result_json(query.then), "now": result_json(query.now)}
            for query in replay.queries
        ],
    }


def verification_json(value: Verification | None) -> Json:
    """How the numbers were checked."""
    checked = value or Verification()
    return {"bound": checked.bound, "masked": checked.masked, "contradicted": checked.contradicted}


def usage_json(value: Usage | None) -> Json:
    """Tokens used."""
    used = value or Usage()
    return {
        "prompt_tokens": used.prompt_tokens,
        "cached_prompt_tokens": used.cached_prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.prompt_tokens + used.completion_tokens,
        "estimated": used.estimated,
    }


def _notice(notice: Notice) -> Json:
    return {"kind": notice.kind, "message": notice.message}


def event_json(event: ChatEvent) -> tuple[str, Json]:
    """(name, data) of one event of a reply, for SSE; every datum carries seq and reply id."""
    for name, shape in _SHAPES.items():
        value = getattr(event, name)
        if value is not None:
            return name, {"seq": event.seq, "reply_id": event.reply_id, **shape(value)}
    raise ValueError(f"event {event.seq} of reply {event.reply_id} is of a kind this gateway does not know")


def _started(started: Started) -> Json:
    reading = interpretation_json(started.interpretation)
    ids = {"session_id": started.session_id, "turn_id": started.turn_id}
    return {**ids, "interpretation": reading, "model": started.model}


def _delta(delta: Delta) -> Json:
    return {"text": delta.text}


def _query(run: QueryRun) -> Json:
    examples = [message_json(message) for message in run.examples]
    return {"name": run.name, "stats": result_json(run.result), "examples": examples}


def _completed(done: Completed) -> Json:
    return {
        "finish_reason": done.finish_reason,
        "verification": verification_json(done.verification),
        "receipt_id": done.receipt.id if done.receipt else None,
        "receipt": receipt_json(done.receipt),
    }


def _cancelled(cancelled: Cancelled) -> Json:
    return {"by": cancelled.by}


def _failed(failed: Failed) -> Json:
    return {"code": failed.code, "reason": failed.reason, "message": failed.message, "retryable": failed.retryable}


# Deltas first: they are nearly all of a stream.
_SHAPES: Final[Mapping[str, Callable[[Any], Json]]] = {
    "delta": _delta,
    "started": _started,
    "query": _query,
    "notice": _notice,
    "usage": usage_json,
    "completed": _completed,
    "cancelled": _cancelled,
    "failed": _failed,
}

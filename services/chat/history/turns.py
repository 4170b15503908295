"""A turn put together from the events of its reply, and the forms in which it is archived and remembered. Pure."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from google.protobuf import json_format

from earshot.chat.v1 import chat_pb2, memory_pb2
from earshot.store.v1 import conversation_pb2
from earshot.types.v1 import question_pb2
from services.chat.convert import interpretation_from_proto, timestamp
from services.chat.history.remembered import RememberedTurn
from services.chat.question import Behaviour, Interpretation
from services.chat.recording.flight import Flight, flight_of
from services.chat.settings import BUILTIN_MODEL
from services.chat.stores.reply_record import ReplyStart

FALLBACK_USED: Final = "fallback_used"

_MAX_DETAILS_BYTES: Final = 1_000_000
_ROWS_KEPT_OF_A_LARGE_RESULT: Final = 100
_LONGEST_EXAMPLE: Final = 2_000
_GOES_ON: Final = " …"
_ROWS_REMEMBERED: Final = 20
_LONGEST_REMEMBERED: Final = 8_000
_CONTEXT: Final = "context"
_FLIGHT: Final = "flight"
_DETAILS: Final = (
    "interpretation",
    "queries",
    "usage",
    "verification",
    "receipt",
    "model",
    "previous_number",
    "replaces_turn_id",
)


def turn_of(start: ReplyStart, events: Iterable[chat_pb2.ChatEvent], *, end_time: datetime) -> chat_pb2.Turn:
    """The turn that a reply's events make, whether it completed or was cut short."""
    turn = chat_pb2.Turn(id=start.reply_id, text=start.text, end_time=timestamp(end_time), status="failed")
    turn.replaces_turn_id, turn.previous_number = start.replaces_turn_id, start.previous_number
    turn.start_time.FromJsonString(start.start_time)
    pieces: list[str] = []
    for event in events:
        if event.WhichOneof("event") == "delta":
            pieces.append(event.delta.text)
        else:
            _take(turn, event)
    turn.answer = "".join(pieces)
    return turn


def _take(turn: chat_pb2.Turn, event: chat_pb2.ChatEvent) -> None:
    match event.WhichOneof("event"):
        case "started":
            turn.model = event.started.model
            if event.started.HasField("interpretation"):
                turn.interpretation.CopyFrom(event.started.interpretation)
        case "query":
            turn.queries.append(event.query)
        case "notice" if event.notice.kind == FALLBACK_USED and turn.queries:
            # Before any query the notice is about how the question was read, not about who wrote the answer.
            turn.model = BUILTIN_MODEL
        case "usage":
            turn.usage.CopyFrom(event.usage)
        case "completed":
            turn.status = "completed"
            turn.verification.CopyFrom(event.completed.verification)
            if event.completed.HasField("receipt"):
                turn.receipt.CopyFrom(event.completed.receipt)
        case "cancelled":
            turn.status = "cancelled"


def to_stored(
    turn: chat_pb2.Turn, context: memory_pb2.ContextReport | None = None, flight: Flight | None = None
) -> conversation_pb2.StoredTurn:
    """The archive's form. Results too large for it keep their first rows and say that they are truncated, and messages
    their beginnings; such a turn cannot be run again and keeps no notes for it, nor what the model was sent where that
    is too much by itself.
    """
    details = _details_json(turn, context, flight)
    if _is_too_large(details):
        short = _shortened(turn)
        details = _details_json(short, context, None)
        details = _details_json(short, None, None) if _is_too_large(details) else details
    return conversation_pb2.StoredTurn(
        id=turn.id,
        question=turn.text,
        answer=turn.answer,
        status=turn.status,
        details_json=details,
        start_time=turn.start_time,
        end_time=turn.end_time,
    )


def _is_too_large(details: str) -> bool:
    return len(details.encode()) > _MAX_DETAILS_BYTES


def from_stored(stored: conversation_pb2.StoredTurn) -> chat_pb2.Turn:
    """The turn that was archived."""
    turn = json_format.Parse(stored.details_json or "{}", chat_pb2.Turn(), ignore_unknown_fields=True)
    turn.MergeFrom(
        chat_pb2.Turn(
            id=stored.id,
            number=stored.number,
            text=stored.question,
            answer=stored.answer,
            status=stored.status,
            start_time=stored.start_time,
            end_time=stored.end_time,
            rating=stored.rating if stored.HasField("rating") else None,
        )
    )
    if not turn.replaces_turn_id:
        turn.previous_number = turn.number - 1
    return turn


def context_from_stored(stored: conversation_pb2.StoredTurn) -> memory_pb2.ContextReport | None:
    """What the model was sent for the turn; None where none was asked."""
    details = json.loads(stored.details_json or "{}").get(_CONTEXT)
    if details is None:
        return None
    return json_format.ParseDict(details, memory_pb2.ContextReport(), ignore_unknown_fields=True)


def flight_from_stored(stored: conversation_pb2.StoredTurn) -> Flight:
    """What it takes to run the turn again; an older turn has less of it."""
    return flight_of(json.loads(stored.details_json or "{}").get(_FLIGHT, {"question": stored.question}))


def to_remembered(turn: chat_pb2.Turn) -> RememberedTurn:
    """What the model is reminded of."""
    call, customers = turn.interpretation.call, turn.interpretation.query.filters.user_ids
    return RememberedTurn(
        id=turn.id,
        number=turn.number,
        question=turn.text,
        answer=turn.answer[:_LONGEST_REMEMBERED],
        status=turn.status,
        call_name=call.name,
        call_arguments=call.arguments_json,
        call_result=_result_json(turn.queries) if call.name else "",
        customers=(*customers.any_of, *customers.none_of, *customers.all_of),
    )


def puts_in_force(turn: chat_pb2.Turn) -> Interpretation | None:
    """The reading a turn leaves in force, also where it was stopped or asked back; a refused or failed one leaves none.

    A question back keeps what was understood so far, so that the next words can complete it.
    """
    if turn.status == "failed" or not turn.HasField("interpretation"):
        return None
    interpretation = interpretation_from_proto(turn.interpretation)
    return None if interpretation.behaviour is Behaviour.REFUSE else interpretation


def last_in_force(turns: Iterable[chat_pb2.Turn]) -> Interpretation | None:
    """The question in force after these turns, oldest first."""
    return next((found for turn in reversed(list(turns)) if (found := puts_in_force(turn))), None)


def _details_json(turn: chat_pb2.Turn, context: memory_pb2.ContextReport | None, flight: Flight | None) -> str:
    details = chat_pb2.Turn()
    details.CopyFrom(turn)
    for field in chat_pb2.Turn.DESCRIPTOR.fields:
        if field.name not in _DETAILS:
            details.ClearField(field.name)  # type: ignore[arg-type]  # every name is a field of the message
    told = json_format.MessageToDict(details)
    if context is not None:
        told[_CONTEXT] = json_format.MessageToDict(context)
    if flight is not None:
        told[_FLIGHT] = flight.to_dict()
    return json.dumps(told, ensure_ascii=False)


def _shortened(turn: chat_pb2.Turn) -> chat_pb2.Turn:
    short = chat_pb2.Turn()
    short.CopyFrom(turn)
    for query in short.queries:
        _keep_rows(query.result, _ROWS_KEPT_OF_A_LARGE_RESULT)
        for example in query.examples:
            if len(example.text) > _LONGEST_EXAMPLE:
                example.text = example.text[: _LONGEST_EXAMPLE - len(_GOES_ON)] + _GOES_ON
    return short


def _result_json(queries: Iterable[chat_pb2.QueryRun]) -> str:
    """What a function call was answered with: the numbers of its queries, without the texts of messages."""
    results = []
    for query in queries:
        if not query.HasField("result"):
            continue
        result = question_pb2.StatsResult()
        result.CopyFrom(query.result)
        _keep_rows(result, _ROWS_REMEMBERED)
        result.ClearField("query_id")
        results.append(json_format.MessageToDict(result))
    return json.dumps(results, ensure_ascii=False, separators=(",", ":"))


def _keep_rows(result: question_pb2.StatsResult, most: int) -> None:
    if len(result.rows) > most:
        del result.rows[most:]
        result.truncated = True
        result.rows_sum_to_total = False

"""A recording's lines: a header, then a turn each, without personal data. Pure.

Texts go through the redaction of an upstream, with the marks the upstream saw; whoever wrote a quoted message, or rated
an answer, is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from google.protobuf import json_format

from earshot.chat.v1 import chat_pb2
from services.chat.recording.flight import Flight, flight_of
from services.runtime.redaction import Redaction

FORMAT: Final = "earshot-recording"
FORMAT_VERSION: Final = 1

# Ids, times and hashes: their digits are nobody's, and a mark in them would make them unreadable.
_PLAIN: Final = frozenset(
    {"id", "hash", "queryId", "asOf", "start", "end", "startTime", "endTime", "eventTime", "timeZone", "replacesTurnId"}
)
_ABOUT_AUTHORS: Final = ("userId", "externalId", "conversationId", "id")
_ABOUT_RATERS: Final = ("authorId", "authorName")


class BadRecordingError(ValueError):
    """A file that is no recording, or one of another version; the text says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTurn:
    """One turn of a recording: the turn as it was archived, and the notes of its reply; both without personal data."""

    turn: chat_pb2.Turn
    flight: Flight
    mode: str


def header_line(session_id: str, mode: str, turns: int) -> str:
    """The first line."""
    return _line(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "earshot": version("earshot"),
            "session_id": session_id,
            "mode": mode,
            "turns": turns,
        }
    )


def turn_line(turn: chat_pb2.Turn, flight: Flight) -> str:
    """The line of a turn."""
    filters = turn.interpretation.query.filters.user_ids
    redaction = Redaction((*filters.any_of, *filters.none_of, *filters.all_of), marks=flight.marks)
    told = json_format.MessageToDict(turn)
    for name in _ABOUT_RATERS:
        told.get("rating", {}).pop(name, None)
    for query in told.get("queries", []):
        for example in query.get("examples", []):
            for name in _ABOUT_AUTHORS:
                example.pop(name, None)
    noted = {name: value for name, value in flight.to_dict().items() if name != "marks"}
    return _line({"turn": _hidden(told, redaction), "flight": _hidden(noted, redaction)})


def read_recording(text: str) -> list[RecordedTurn]:
    """The turns of a recording. BadRecordingError where the text is none that this version can run."""
    try:
        header, *lines = [json.loads(line) for line in text.splitlines() if line]
        if (header["format"], header["version"]) != (FORMAT, FORMAT_VERSION):
            raise BadRecordingError(f"this is not version {FORMAT_VERSION} of {FORMAT}")
        return [_turn(line, header["mode"]) for line in lines]
    except (ValueError, KeyError, TypeError, json_format.ParseError) as error:
        raise BadRecordingError(f"not a recording: {error}") from error


def _turn(line: Mapping[str, Any], mode: str) -> RecordedTurn:
    turn = json_format.ParseDict(line["turn"], chat_pb2.Turn(), ignore_unknown_fields=True)
    return RecordedTurn(turn=turn, flight=flight_of(line["flight"]), mode=mode)


def _hidden(value: Any, redaction: Redaction) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return redaction.hide(value)
    if isinstance(value, list):
        return [_hidden(item, redaction) for item in value]
    if isinstance(value, dict):
        return {name: item if name in _PLAIN else _hidden(item, redaction) for name, item in value.items()}
    return value


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

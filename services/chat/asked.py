"""A message to the chat, checked: what a caller may send, and the error for everything else. Pure."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from earshot.chat.v1 import chat_pb2
from services.chat.convert import instant_of
from services.chat.generation import Generation, generation_of
from services.chat.history.remembered import ReplacedTurn
from services.chat.narration.detail import Detail
from services.chat.question import Interpretation
from services.chat.stores.reply_record import WhenBusy
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason, InvalidInputError, NotFoundError, PermissionDeniedError

MAX_TEXT: Final = 4_000
MAX_TITLE: Final = 200
MAX_SYSTEM_PROMPT: Final = 8_000
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9000
ANALYST: Final = "analyst"
ASSISTANT: Final = "assistant"

_MODES: Final = {
    chat_pb2.MODE_UNSPECIFIED: ANALYST,
    chat_pb2.MODE_ANALYST: ANALYST,
    chat_pb2.MODE_ASSISTANT: ASSISTANT,
}
_WHEN_BUSY: Final = {
    chat_pb2.WHEN_BUSY_UNSPECIFIED: WhenBusy.REJECT,
    chat_pb2.WHEN_BUSY_REJECT: WhenBusy.REJECT,
    chat_pb2.WHEN_BUSY_QUEUE: WhenBusy.QUEUE,
    chat_pb2.WHEN_BUSY_INTERRUPT: WhenBusy.INTERRUPT,
}
_DETAILS: Final = {
    chat_pb2.DETAIL_UNSPECIFIED: None,
    chat_pb2.DETAIL_BRIEF: Detail.BRIEF,
    chat_pb2.DETAIL_NORMAL: Detail.NORMAL,
    chat_pb2.DETAIL_FULL: Detail.FULL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One checked message. `session_id` is empty for a new session, `model` for the default one.

    `text` is empty where the question of `replaces_turn_id` is asked again; `detail` None leaves it to the session.
    `verified`: the reading that somebody verified for the text, without a period.
    """

    session_id: str
    text: str
    request_id: str
    model: str
    mode: str
    time_zone: str
    now: datetime | None
    cancel_on_disconnect: bool
    caller: Identity
    when_busy: WhenBusy = WhenBusy.REJECT
    replaces_turn_id: str = ""
    generation: Generation = field(default_factory=Generation)
    detail: Detail | None = None
    verified: Interpretation | None = None

    def in_place_of(self, replaced: ReplacedTurn) -> "Asked":
        """The message in the session of the turn it replaces. NotFoundError (TURN_NOT_FOUND) for another session's."""
        if self.session_id not in {"", replaced.session_id}:
            raise NotFoundError("The session has no turn with this id.", reason=ErrorReason.TURN_NOT_FOUND)
        return replace(self, session_id=replaced.session_id, text=self.text or replaced.question)

    @property
    def fingerprint(self) -> str:
        """The same for the same message; tells a repeated request from another one under its id."""
        now = self.now.isoformat() if self.now else ""
        asked = (self.text, self.model, self.mode, self.time_zone, now)
        parts = (*asked, self.replaces_turn_id, self.detail or "", repr(self.generation))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def asked_of(
    request: chat_pb2.SendMessageRequest, caller: Identity, *, models: frozenset[str], max_tokens: int
) -> Asked:
    """Checks a message; InvalidInputError names the field, PermissionDeniedError where `now` is not an admin's."""
    if request.on_disconnect not in chat_pb2.OnDisconnect.values():
        raise _unknown_enum("on_disconnect")
    if request.when_busy not in _WHEN_BUSY:
        raise _unknown_enum("when_busy")
    if request.detail not in _DETAILS:
        raise _unknown_enum("detail")
    if request.model and request.model not in models:
        raise InvalidInputError.of_field(
            "model",
            "is not one of the models that may be named here",
            reason=ErrorReason.UNKNOWN_MODEL,
            hint=f"Leave it out, or name one of: {', '.join(sorted(models))}.",
        )
    return Asked(
        session_id=uuid_of(request.session_id, "session_id"),
        text="" if request.replaces_turn_id and not request.text else question_of(request.text),
        request_id=uuid_of(request.request_id, "request_id"),
        model=request.model,
        mode=mode_of(request.mode),
        time_zone=zone_of(request.time_zone),
        now=now_of(request, caller),
        cancel_on_disconnect=request.on_disconnect == chat_pb2.ON_DISCONNECT_CANCEL,
        caller=caller,
        when_busy=_WHEN_BUSY[request.when_busy],
        replaces_turn_id=uuid_of(request.replaces_turn_id, "replaces_turn_id"),
        generation=generation_of(request.generation, max_tokens=max_tokens),
        detail=_DETAILS[request.detail],
    )


def question_of(text: str) -> str:
    """A question of 1 to 4,000 characters."""
    if not text.strip():
        raise InvalidInputError.of_field("text", "must not be empty or blank", reason=ErrorReason.EMPTY_TEXT)
    return text_of(text, "text", MAX_TEXT)


def text_of(text: str, field: str, longest: int) -> str:
    """A text of at most `longest` characters, without NUL."""
    if len(text) > longest:
        raise InvalidInputError.of_field(
            field, f"has {len(text):,} characters, at most {longest:,} are allowed", reason=ErrorReason.TEXT_TOO_LONG
        )
    if "\0" in text:
        raise InvalidInputError.of_field(field, "must not contain the character NUL")
    return text


def uuid_of(value: str, field: str, *, required: bool = False) -> str:
    """A UUID in its usual form; empty stays empty unless it is required."""
    if not value and not required:
        return ""
    try:
        return str(UUID(value))
    except ValueError:
        raise InvalidInputError.of_field(field, "must be a UUID", reason=ErrorReason.BAD_ID) from None


def zone_of(name: str) -> str:
    """The name of a known IANA zone; empty means UTC."""
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInputError.of_field(
            "time_zone", "is not an IANA time zone", reason=ErrorReason.BAD_TIME_ZONE, hint="Send one like Europe/Rome."
        ) from None


def mode_of(mode: "chat_pb2.Mode.ValueType") -> str:
    """The store's name of a mode."""
    if mode not in _MODES:
        raise _unknown_enum("mode")
    return _MODES[mode]


def now_of(
    request: chat_pb2.SendMessageRequest | chat_pb2.InterpretQuestionRequest, caller: Identity
) -> datetime | None:
    """The present an admin gave; None where none was given."""
    if not request.HasField("now"):
        return None
    if not caller.has_role(Role.ADMIN):
        raise PermissionDeniedError("Only an admin may say what time it is.", hint="Leave `now` out.")
    try:
        now = instant_of(request.now)
    except (ValueError, OverflowError):
        raise _bad_now() from None
    # What is counted back or ahead from here then lies within the calendar too.
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        raise _bad_now()
    return now


def _bad_now() -> InvalidInputError:
    return InvalidInputError.of_field(
        "now", f"must be a time in the years {FIRST_YEAR} to {LAST_YEAR}", reason=ErrorReason.BAD_TIMESTAMP
    )


def _unknown_enum(field: str) -> InvalidInputError:
    return InvalidInputError.of_field(field, "is not a known value", reason=ErrorReason.UNKNOWN_ENUM_VALUE)

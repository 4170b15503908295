"""Every failure a caller can see, as plain exceptions that know nothing of gRPC or HTTP.

Raise these anywhere in a service. `services.runtime.status` turns them into a gRPC status and an HTTP code by two total
tables. The message, hint and violations reach the caller, so they never hold secrets, SQL, or another system's error
text; put those into the log or leave them on `__cause__`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """What went wrong, independent of any protocol; each kind is one row of the error tables."""

    INVALID_INPUT = "invalid_input"
    FAILED_PRECONDITION = "failed_precondition"
    UNAUTHENTICATED = "unauthenticated"
    PERMISSION_DENIED = "permission_denied"
    NOT_FOUND = "not_found"
    ALREADY_EXISTS = "already_exists"
    CONFLICT = "conflict"
    LIMIT_EXCEEDED = "limit_exceeded"
    CANCELLED = "cancelled"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"


class ErrorReason(StrEnum):
    """The machine-readable cause: `google.rpc.ErrorInfo.reason`, domain `earshot` (AIP-193)."""

    # Invalid input
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    MALFORMED_MESSAGE = "MALFORMED_MESSAGE"
    MISSING_FIELD = "MISSING_FIELD"
    EMPTY_REQUEST = "EMPTY_REQUEST"
    EMPTY_TEXT = "EMPTY_TEXT"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    TOO_MANY_TEXTS = "TOO_MANY_TEXTS"
    TOO_MANY_MESSAGES = "TOO_MANY_MESSAGES"
    BAD_ID = "BAD_ID"
    BAD_CURSOR = "BAD_CURSOR"
    BAD_FILTER = "BAD_FILTER"
    BAD_LIMIT = "BAD_LIMIT"
    BAD_PAGE_SIZE = "BAD_PAGE_SIZE"
    BAD_PAGE_TOKEN = "BAD_PAGE_TOKEN"  # noqa: S105 - a reason, not a password
    BAD_QUERY = "BAD_QUERY"
    BAD_RANGE = "BAD_RANGE"
    BAD_TIME_ZONE = "BAD_TIME_ZONE"
    BAD_TIMESTAMP = "BAD_TIMESTAMP"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    UNKNOWN_ENUM_VALUE = "UNKNOWN_ENUM_VALUE"
    UNKNOWN_LABEL = "UNKNOWN_LABEL"
    UNKNOWN_MODEL = "UNKNOWN_MODEL"
    UNKNOWN_SCHEME = "UNKNOWN_SCHEME"
    # The state does not allow it
    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    NOT_LABELLED = "NOT_LABELLED"
    LAST_ADMIN = "LAST_ADMIN"
    NOT_VERIFIABLE = "NOT_VERIFIABLE"
    MODEL_LACKS_OUTPUT = "MODEL_LACKS_OUTPUT"
    ENCODER_CHANGED = "ENCODER_CHANGED"
    MODEL_WORSE = "MODEL_WORSE"
    CHAT_MODEL_NOT_CONFIGURED = "CHAT_MODEL_NOT_CONFIGURED"
    REPLY_FINISHED = "REPLY_FINISHED"
    BAD_TRANSITION = "BAD_TRANSITION"
    RELABELLING_RUNNING = "RELABELLING_RUNNING"
    # Identity
    TOKEN_MISSING = "TOKEN_MISSING"  # noqa: S105
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    REFRESH_TOKEN_INVALID = "REFRESH_TOKEN_INVALID"  # noqa: S105
    ROLE_MISSING = "ROLE_MISSING"
    INVITATION_INVALID = "INVITATION_INVALID"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    # Absent, or not the caller's
    NOT_FOUND = "NOT_FOUND"
    MESSAGE_NOT_FOUND = "MESSAGE_NOT_FOUND"
    CATEGORY_NOT_FOUND = "CATEGORY_NOT_FOUND"
    CONVERSATION_NOT_FOUND = "CONVERSATION_NOT_FOUND"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    REPLY_NOT_FOUND = "REPLY_NOT_FOUND"
    TURN_NOT_FOUND = "TURN_NOT_FOUND"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    TOKEN_NOT_FOUND = "TOKEN_NOT_FOUND"  # noqa: S105
    INVITATION_NOT_FOUND = "INVITATION_NOT_FOUND"
    RELABELLING_NOT_FOUND = "RELABELLING_NOT_FOUND"
    RECEIPT_NOT_FOUND = "RECEIPT_NOT_FOUND"
    ALERT_NOT_FOUND = "ALERT_NOT_FOUND"
    ALERT_RULE_NOT_FOUND = "ALERT_RULE_NOT_FOUND"
    TICKET_NOT_FOUND = "TICKET_NOT_FOUND"
    MEMORY_NOT_FOUND = "MEMORY_NOT_FOUND"
    SAVED_QUERY_NOT_FOUND = "SAVED_QUERY_NOT_FOUND"
    # Already there with other content
    ALREADY_EXISTS = "ALREADY_EXISTS"
    MESSAGE_EXISTS = "MESSAGE_EXISTS"
    CATEGORY_EXISTS = "CATEGORY_EXISTS"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    USER_EXISTS = "USER_EXISTS"
    SAVED_QUERY_EXISTS = "SAVED_QUERY_EXISTS"
    # Two at once
    CONFLICT = "CONFLICT"
    CONVERSATION_BUSY = "CONVERSATION_BUSY"
    LABELS_CHANGED = "LABELS_CHANGED"
    # Limits
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    QUEUE_FULL = "QUEUE_FULL"
    TOO_MANY_CALLS = "TOO_MANY_CALLS"
    TOO_MANY_STREAMS = "TOO_MANY_STREAMS"
    TOO_MANY_ENTRIES = "TOO_MANY_ENTRIES"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    RATE_LIMITED = "RATE_LIMITED"
    BUDGET_EXHAUSTED = "BUDGET_EXHAUSTED"
    # Time and cancellation
    CANCELLED = "CANCELLED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    # A part is not there
    UNAVAILABLE = "UNAVAILABLE"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    WORK_INTERRUPTED = "WORK_INTERRUPTED"
    CLASSIFIER_UNAVAILABLE = "CLASSIFIER_UNAVAILABLE"
    CHAT_UNAVAILABLE = "CHAT_UNAVAILABLE"
    MODEL_NOT_READY = "MODEL_NOT_READY"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    MEMORY_UNAVAILABLE = "MEMORY_UNAVAILABLE"
    CHAT_MODEL_UNAVAILABLE = "CHAT_MODEL_UNAVAILABLE"
    # Not offered
    UNSUPPORTED = "UNSUPPORTED"
    # Our fault
    INTERNAL = "INTERNAL"
    MODEL_FAILED = "MODEL_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldViolation:
    """One request field that is wrong: its path as in the contract (`filters.sources`) and what it should be."""

    field: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """The thing an error is about: its type (`message`) and its id."""

    type: str
    name: str


class EarshotError(Exception):
    """A failure with an answer for the caller. Raise a subclass; subclass one to fix `default_reason`."""

    kind: ClassVar[ErrorKind] = ErrorKind.INTERNAL
    default_reason: ClassVar[ErrorReason] = ErrorReason.INTERNAL
    default_message: ClassVar[str] = "Something went wrong on our side."
    default_retry_after_seconds: ClassVar[float | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: ErrorReason | None = None,
        hint: str = "",
        violations: tuple[FieldViolation, ...] = (),
        retry_after_seconds: float | None = None,
        resource: Resource | None = None,
    ) -> None:
        """`message` says what is wrong, `hint` what to do about it; both are read by people."""
        self.message = message or self.default_message
        super().__init__(self.message)
        # A plain str: a newer service may send a reason this build does not know, and it must survive the hop.
        self.reason: str = reason or self.default_reason
        self.hint = hint
        self.violations = violations
        self.retry_after_seconds = (
            self.default_retry_after_seconds if retry_after_seconds is None else retry_after_seconds
        )
        self.resource = resource


class InvalidInputError(EarshotError):
    """The request itself is wrong and will stay wrong; name the fields in `violations`."""

    kind = ErrorKind.INVALID_INPUT
    default_reason = ErrorReason.INVALID_ARGUMENT
    default_message = "The request is not valid."

    @classmethod
    def of_field(
        cls, field: str, description: str, *, reason: ErrorReason | None = None, hint: str = ""
    ) -> "InvalidInputError":
        """The common case: one field is wrong. `field` is its path in the contract, `description` what it must be."""
        violation = FieldViolation(field=field, description=description)
        return cls(f"{field}: {description}", reason=reason, hint=hint, violations=(violation,))


class FailedPreconditionError(EarshotError):
    """The request is fine but the state does not allow it; another call has to come first."""

    kind = ErrorKind.FAILED_PRECONDITION
    default_reason = ErrorReason.FAILED_PRECONDITION
    default_message = "The current state does not allow this."


class UnauthenticatedError(EarshotError):
    """No token, or not a good one."""

    kind = ErrorKind.UNAUTHENTICATED
    default_reason = ErrorReason.TOKEN_INVALID
    default_message = "The token is not valid."


class PermissionDeniedError(EarshotError):
    """The caller is known but lacks the role. Never used for a foreign id: that is `NotFoundError`."""

    kind = ErrorKind.PERMISSION_DENIED
    default_reason = ErrorReason.ROLE_MISSING
    default_message = "Your role does not allow this."


class NotFoundError(EarshotError):
    """No such thing, or it is not the caller's; the answer is the same for both."""

    kind = ErrorKind.NOT_FOUND
    default_reason = ErrorReason.NOT_FOUND
    default_message = "There is no such thing."


class AlreadyExistsError(EarshotError):
    """The same id or request_id came with other content; nothing was changed."""

    kind = ErrorKind.ALREADY_EXISTS
    default_reason = ErrorReason.ALREADY_EXISTS
    default_message = "This id was used before with other content."

    @classmethod
    def of_request_id(cls, other: str) -> "AlreadyExistsError":
        """The common case: a request id came again, but what it stood for is `other` ("another ticket")."""
        return cls(
            f"This request id was used before for {other}; nothing was changed.",
            reason=ErrorReason.REQUEST_ID_REUSED,
            hint="Take a new request id for a new request.",
        )


class ConflictError(EarshotError):
    """Two callers at once; read the new state and try the whole step again."""

    kind = ErrorKind.CONFLICT
    default_reason = ErrorReason.CONFLICT
    default_message = "Another call is changing the same thing."


class LimitExceededError(EarshotError):
    """A queue, rate or budget is used up; `retry_after_seconds` says when to come back."""

    kind = ErrorKind.LIMIT_EXCEEDED
    default_reason = ErrorReason.LIMIT_EXCEEDED
    default_message = "A limit is reached."
    default_retry_after_seconds = 1.0


class CallCancelledError(EarshotError):
    """The caller gave up."""

    kind = ErrorKind.CANCELLED
    default_reason = ErrorReason.CANCELLED
    default_message = "The call was cancelled."


class DeadlineExceededError(EarshotError):
    """The time for the call is over; what it did so far may or may not have happened."""

    kind = ErrorKind.DEADLINE_EXCEEDED
    default_reason = ErrorReason.DEADLINE_EXCEEDED
    default_message = "The call took longer than its deadline."


class UnavailableError(EarshotError):
    """A part this call needs is not there just now; the same call may work later."""

    kind = ErrorKind.UNAVAILABLE
    default_reason = ErrorReason.UNAVAILABLE
    default_message = "A part of the service is not available just now."
    default_retry_after_seconds = 1.0


class UnsupportedError(EarshotError):
    """The server does not offer this operation."""

    kind = ErrorKind.UNSUPPORTED
    default_reason = ErrorReason.UNSUPPORTED
    default_message = "The server does not offer this operation."


class InternalError(EarshotError):
    """Our fault. The caller gets a fixed text and the request id; `message` goes to the log only."""

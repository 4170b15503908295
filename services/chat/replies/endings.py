"""How a reply ends: the last event for everything that can stop it, and the error that `Ask` raises for it. Pure."""

from earshot.chat.v1 import chat_pb2
from services.chat.upstream.answer import UpstreamError
from services.runtime.errors import EarshotError, ErrorKind, UnavailableError
from services.runtime.status import ERROR_OF_CODE, grpc_code, public_message

_RETRYABLE = frozenset(
    {ErrorKind.UNAVAILABLE, ErrorKind.DEADLINE_EXCEEDED, ErrorKind.LIMIT_EXCEEDED, ErrorKind.CONFLICT}
)


def failed_of(error: EarshotError) -> chat_pb2.Failed:
    """The end of a reply that an error stopped."""
    retryable = error.retryable if isinstance(error, UpstreamError) else error.kind in _RETRYABLE
    message = " ".join(filter(None, (public_message(error), error.hint)))
    return chat_pb2.Failed(code=grpc_code(error).name, reason=error.reason, message=message, retryable=retryable)


def not_archived(error: EarshotError) -> chat_pb2.Failed:
    """The end of a reply that was answered but could not be put into the archive."""
    failed = failed_of(error)
    failed.message = f"The answer above could not be added to the session's history yet: {failed.message}"
    return failed


def error_of(failed: chat_pb2.Failed) -> EarshotError:
    """The error of a call that waited for a reply which failed."""
    by_name = {code.name: error_class for code, error_class in ERROR_OF_CODE.items()}
    error = by_name.get(failed.code, UnavailableError)(failed.message)
    error.reason = failed.reason
    return error

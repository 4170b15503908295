"""How the end of a reply is said."""

from services.chat.replies.endings import error_of, failed_of, not_archived
from services.chat.upstream.answer import UpstreamError
from services.runtime.errors import ConflictError, InternalError, NotFoundError


def test_ends_say_what_may_be_tried_again() -> None:
    assert failed_of(UpstreamError()).retryable
    assert not failed_of(UpstreamError(retryable=False)).retryable
    assert failed_of(ConflictError()).code == "ABORTED"
    internal = failed_of(InternalError("the secret cause"))
    assert (internal.code, internal.retryable) == ("INTERNAL", False)
    assert "secret" not in internal.message
    missing = not_archived(NotFoundError("gone"))
    assert (error_of(missing).kind, error_of(missing).reason) == ("not_found", "NOT_FOUND")

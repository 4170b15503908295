"""A reply collected into one response. Pure."""

from earshot.chat.v1 import chat_pb2
from services.chat.history.turns import FALLBACK_USED
from services.chat.replies.endings import error_of
from services.chat.settings import BUILTIN_MODEL
from services.runtime.errors import CallCancelledError


class WholeAnswer:
    """Takes every event of a reply, then answers with all of it."""

    def __init__(self) -> None:
        self._response = chat_pb2.AskResponse()
        self._pieces: list[str] = []
        self._last = chat_pb2.ChatEvent()

    def take(self, event: chat_pb2.ChatEvent) -> None:
        """Adds the next event."""
        self._last = event
        match event.WhichOneof("event"):
            case "started":
                self._start(event)
            case "delta":
                self._pieces.append(event.delta.text)
            case "query":
                self._response.queries.append(event.query)
            case "notice":
                self._note(event.notice)
            case "usage":
                self._response.usage.CopyFrom(event.usage)
            case "completed":
                self._complete(event.completed)

    def response(self) -> chat_pb2.AskResponse:
        """The answer. Raises the error of a failed reply, CallCancelledError for a stopped one."""
        if self._last.HasField("failed"):
            raise error_of(self._last.failed)
        if not self._last.HasField("completed"):
            raise CallCancelledError("The reply was stopped before its end.")
        self._response.answer = "".join(self._pieces)
        return self._response

    def _start(self, event: chat_pb2.ChatEvent) -> None:
        self._response.reply_id = event.reply_id
        self._response.session_id = event.started.session_id
        self._response.model = event.started.model
        if event.started.HasField("interpretation"):
            self._response.interpretation.CopyFrom(event.started.interpretation)

    def _note(self, notice: chat_pb2.Notice) -> None:
        self._response.notices.append(notice)
        if notice.kind == FALLBACK_USED and self._response.queries:
            self._response.model = BUILTIN_MODEL

    def _complete(self, completed: chat_pb2.Completed) -> None:
        self._response.verification.CopyFrom(completed.verification)
        if completed.HasField("receipt"):
            self._response.receipt.CopyFrom(completed.receipt)

"""The chat's own Prometheus series: how replies end, how soon they speak, what they cost, how their numbers held."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from earshot.chat.v1 import chat_pb2
from services.chat.replies.running_reply import RunningReply

_FIRST_TEXT_BUCKETS_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class ReplyMetrics:
    """Counts replies as they end."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._replies = Counter(
            "earshot_chat_replies", "Replies that ended: completed, cancelled, failed.", ("outcome",), registry=registry
        )
        self._first_text = Histogram(
            "earshot_chat_first_text_seconds",
            "Time from a question to the first words of its answer.",
            registry=registry,
            buckets=_FIRST_TEXT_BUCKETS_SECONDS,
        )
        self._tokens = Counter(
            "earshot_chat_tokens",
            "Tokens of language models: prompt, completion.",
            ("kind",),
            registry=registry,
        )
        self._numerals = Counter(
            "earshot_chat_numerals",
            "Numerals and claims of answers: bound to a result, masked, contradicted by the data.",
            ("outcome",),
            registry=registry,
        )

    def ended(self, reply: RunningReply, last: chat_pb2.ChatEvent) -> None:
        """Counts a reply and its last event."""
        self._replies.labels(last.WhichOneof("event")).inc()
        if reply.first_text_seconds is not None:
            self._first_text.observe(reply.first_text_seconds)
        spent, checked = reply.usage, last.completed.verification
        self._tokens.labels("prompt").inc(spent.prompt_tokens)
        self._tokens.labels("completion").inc(spent.completion_tokens)
        self._numerals.labels("bound").inc(checked.bound)
        self._numerals.labels("masked").inc(checked.masked)
        self._numerals.labels("contradicted").inc(checked.contradicted)

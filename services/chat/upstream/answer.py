"""An upstream's answer, read as it streams: its text, its usage, why it ended or failed.

An answer is read block by block as it comes off the wire (`event_data`), and chunks as plain mappings: the SDK's own
events cost several times as much per token, and half of the upstreams that call themselves compatible do not fit its
types (`choices: null`, missing ids). Reasoning and tool-call deltas are not part of an answer and are left out.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import httpx2
import structlog

from services.chat.upstream.arrived import Arrived
from services.chat.upstream.event_data import EventData
from services.runtime.echoes import without_echo
from services.runtime.errors import ErrorReason, UnavailableError

_logger = structlog.get_logger("earshot.upstream")

Prompt: TypeAlias = Sequence[Mapping[str, object]]
"""Messages as OpenAI's protocol has them: role and content."""

_CHARACTERS_PER_TOKEN: Final = 4
_MOST_TOKENS: Final = 10**9
"""An upstream that reports more, or less than none, reports nothing."""
_DONE: Final = "[DONE]"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HIGH_SURROGATES: Final = ("\ud800", "\udbff")
_TOO_MANY: Final = 429
_OPERATOR_FAULTS: Final = frozenset({400, 401, 403, 404, 405, 413, 422})
READING_FAILURES: Final = (httpx2.HTTPError, TimeoutError, ValueError, RecursionError)
"""How reading an answer fails; ValueError: bytes that are not JSON, or not UTF-8; RecursionError: JSON too deep."""


class UpstreamError(UnavailableError):
    """The upstream refused, fell silent, sent what cannot be read, or broke off."""

    default_reason = ErrorReason.CHAT_MODEL_UNAVAILABLE
    default_message = "The language model does not answer."

    def __init__(self, message: str | None = None, *, retryable: bool = True) -> None:
        super().__init__(message, hint="Try again, or ask with the model `builtin`.")
        self.retryable = retryable


class InBandError(Exception):
    """An error that came as a chunk of an answer that had begun with status 200."""


class UnreadableError(ValueError):
    """What came is no chunk of an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Tokens of one or more calls; `estimated` where an upstream did not report them.

    `cached_prompt_tokens`: of those sent, what the upstream says it took from its cache.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False
    cached_prompt_tokens: int = 0

    @property
    def total(self) -> int:
        """Tokens either way."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        return TokenUsage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            estimated=self.estimated or other.estimated,
            cached_prompt_tokens=self.cached_prompt_tokens + other.cached_prompt_tokens,
        )


@dataclass(slots=True, kw_only=True)
class Answer:
    """One streamed answer. Iterate for its text: each item is the pieces that arrived together, never none.

    `finish_reason` and `usage` hold at any time, cut short or not.
    """

    prompt: Prompt
    finish_reason: str = ""
    characters: int = 0
    reported: TokenUsage | None = None
    _arrived: Arrived = field(repr=False)
    _idle_seconds: float = 0.0
    _half: str = ""
    _done: bool = False
    _data: EventData = field(default_factory=EventData)

    async def __aiter__(self) -> AsyncIterator[tuple[str, ...]]:
        """The pieces of text as they arrive. UpstreamError when it ends without saying so, or falls silent."""
        while not self._done:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    block = await self._arrived.take()
                events = self._data.feed(block) if block is not None else []
            except READING_FAILURES as error:
                raise failed(error, self.prompt) from None
            self._done = block is None
            pieces, failure = self._read(events)
            if pieces:
                yield pieces
            if failure is not None:
                raise failed(failure, self.prompt) from None
        if not self.finish_reason:
            raise UpstreamError("The language model broke off in the middle of its answer.")

    def _read(self, events: Sequence[str]) -> tuple[tuple[str, ...], Exception | None]:
        """What events say as far as they can be read, and what keeps the rest from it."""
        pieces: list[str] = []
        for data in events:
            if data.startswith(_DONE):
                self._done = True
                break
            try:
                text = self._text(json.loads(data))
            except (ValueError, RecursionError, InBandError) as error:
                return tuple(pieces), error
            if text:
                self.characters += len(text)
                pieces.append(text)
        return tuple(pieces), None

    @property
    def usage(self) -> TokenUsage:
        """What was reported, else an estimate from the characters that went either way."""
        if self.reported is not None:
            return self.reported
        sent = estimated_tokens(self.prompt)
        return TokenUsage(prompt_tokens=sent, completion_tokens=_tokens(self.characters), estimated=True)

    def _text(self, chunk: object) -> str:
        if not isinstance(chunk, dict):
            raise UnreadableError("a chunk that is no object")
        if chunk.get("error"):
            raise InBandError(str(chunk["error"]))
        self.reported = _usage(chunk) or self.reported
        choice = _first_choice(chunk)
        delta = choice.get("delta")
        content = delta.get("content") if isinstance(delta, dict) else None
        self.finish_reason = choice.get("finish_reason") or self.finish_reason
        return self._whole(content) if isinstance(content, str) else ""

    def _whole(self, content: str) -> str:
        """The text without halves of characters: an upstream may put the two halves of an emoji into two chunks."""
        text, self._half = self._half + content, ""
        if _SURROGATE.search(text):
            low, high = _HIGH_SURROGATES
            if low <= text[-1] <= high:
                text, self._half = text[:-1], text[-1]
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text.replace("\0", "\ufffd")


def failed(error: Exception, prompt: Prompt, *, silent: bool = False, status: int | None = None) -> UpstreamError:
    """What a caller may know of a failure; the upstream's own words go to the log, and none of the prompt's."""
    detail = without_echo(str(error), prompt)
    _logger.warning("upstream failed", error_type=type(error).__name__, status=status, detail=detail)
    if silent or isinstance(error, TimeoutError):
        return UpstreamError("The language model fell silent.")
    if status in _OPERATOR_FAULTS:
        return UpstreamError(f"The language model refuses our requests (HTTP {status}).", retryable=False)
    if status == _TOO_MANY:
        return UpstreamError("The language model takes no more requests just now (HTTP 429).")
    if isinstance(error, ValueError | RecursionError):
        return UpstreamError("The language model sent something that cannot be read.")
    return UpstreamError()


def arguments_of(answer: object, prompt: Prompt) -> tuple[str, TokenUsage]:
    """The arguments of a whole answer's call of a tool, empty where it calls none; and the usage of asking `prompt`."""
    choice = _first_choice(answer) if isinstance(answer, dict) else {}
    message = choice.get("message")
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    call = calls[0] if isinstance(calls, list) and calls else None
    function = call.get("function") if isinstance(call, dict) else None
    found = function.get("arguments") if isinstance(function, dict) else None
    arguments = found if isinstance(found, str) else ""
    sent, said = estimated_tokens(prompt), _tokens(len(arguments))
    return arguments, _usage(answer) or TokenUsage(prompt_tokens=sent, completion_tokens=said, estimated=True)


def _first_choice(chunk: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _usage(answer: object) -> TokenUsage | None:
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return None
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    if prompt is None or completion is None:
        return None
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
    return TokenUsage(prompt_tokens=prompt, completion_tokens=completion, cached_prompt_tokens=min(cached or 0, prompt))


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value <= _MOST_TOKENS else None


def estimated_tokens(prompt: Prompt) -> int:
    """Tokens of messages before an upstream has counted them."""
    return _tokens(sum(len(str(message.get("content") or "")) for message in prompt))


def _tokens(characters: int) -> int:
    return -(-characters // _CHARACTERS_PER_TOKEN)

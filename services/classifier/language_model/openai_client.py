"""A language model behind OpenAI's protocol, at any base URL: what the classifier asks of the openai SDK's client.

One question, one short answer: nothing streams. The SDK does requests and the one retry; answers are read as plain
mappings, because half of the upstreams that call themselves compatible do not fit its types.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx2
import structlog
from openai import APIError, APIStatusError

from services.classifier.language_model.upstream import UpstreamError
from services.runtime.echoes import without_echo
from services.runtime.llm_client import llm_client
from services.runtime.llm_settings import LlmSettings

_logger = structlog.get_logger("earshot.classifier.upstream")

_NOT_UNDERSTOOD: Final = (400, 422)
_OPTIONAL: Final = ("response_format", "temperature")
"""What not every model takes: schemas, and of OpenAI's reasoning ones any temperature but their own."""
_PATH: Final = "/chat/completions"
# ValueError: bytes that are not JSON, or not UTF-8; RecursionError: JSON too deep.
_FAILURES: Final = (APIError, httpx2.HTTPError, TimeoutError, ValueError, RecursionError)


class OpenAiClient:
    """A client of one upstream; `close` it at the end."""

    def __init__(self, settings: LlmSettings) -> None:
        """`settings.upstream_base_url` must not be empty."""
        self.model = settings.upstream_model
        self._seconds = settings.llm_idle_seconds
        self._limit = {settings.upstream_limit_name: settings.llm_max_tokens}
        self._not_taken: frozenset[str] = frozenset()
        # A long batch waits its turn.
        self._client = llm_client(settings, pool_seconds=self._seconds)

    async def close(self) -> None:
        """Closes every connection."""
        await self._client.close()

    async def ask(self, *, system: str, user: str, schema: Mapping[str, object] | None = None) -> str:
        """As `Upstream` says."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        body: dict[str, object] = {
            "model": self.model,
            "messages": messages,
            "temperature": 0,
            **self._limit,
        }
        if schema is not None:
            named = {"name": "answer", "strict": True, "schema": dict(schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        body = {name: value for name, value in body.items() if name not in self._not_taken}
        try:
            # One limit around all attempts: an upstream's Retry-After could ask the SDK to wait for a minute.
            async with asyncio.timeout(self._seconds):
                return _text(await self._posted(body))
        except _FAILURES as error:
            status = error.status_code if isinstance(error, APIStatusError) else None
            detail = without_echo(str(error), messages)
            _logger.warning("upstream failed", error_type=type(error).__name__, status=status, detail=detail)
            raise UpstreamError from None

    async def _posted(self, body: dict[str, object]) -> object:
        """The answer; what the upstream does not take is left out, from then on where the rest was answered."""
        left_out: frozenset[str] = frozenset()
        while True:
            try:
                answer = await self._client.post(_PATH, cast_to=object, body=body)
            except APIStatusError as error:
                name = _not_taken(error, body)
                if name is None:
                    raise
                del body[name]
                left_out |= {name}
            else:
                self._not_taken |= left_out
                return answer


def _not_taken(error: APIStatusError, body: Mapping[str, object]) -> str | None:
    """What of a request may be why it was refused: the part that the refusal names, else one after the other."""
    if error.status_code not in _NOT_UNDERSTOOD:
        return None
    left = [name for name in _OPTIONAL if name in body]
    return next((name for name in left if name in str(error)), left[0] if left else None)


def _text(answer: object) -> str:
    choice = _first(answer.get("choices")) if isinstance(answer, dict) else {}
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if choice.get("finish_reason") == "length":
        _logger.warning("upstream's answer was cut", mend="EARSHOT_LLM_MAX_TOKENS is too low for this model")
        return _whole(content) if isinstance(content, str) else ""
    if not isinstance(content, str):
        raise UpstreamError("The language model sent something that cannot be read.")
    return _whole(content)


def _whole(content: str) -> str:
    """The text without halves of characters and NUL, which no answer of ours can carry."""
    return content.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\0", "\ufffd")


def _first(choices: object) -> Mapping[str, Any]:
    first: Sequence[object] = choices[:1] if isinstance(choices, list) else ()
    return first[0] if first and isinstance(first[0], dict) else {}

"""A language model behind OpenAI's protocol, at any base URL. The only importer of the openai SDK here.

One question, one short answer: nothing streams. The SDK does requests and the one retry; answers are read as plain
mappings, because half of the upstreams that call themselves compatible do not fit its types.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx2
import structlog
from openai import APIError, APIStatusError, AsyncOpenAI, DefaultAsyncHttpxClient

from services.classifier.language_model.upstream import UpstreamError
from services.runtime.llm_settings import LlmSettings

_logger = structlog.get_logger("earshot.classifier.upstream")

_NOT_UNDERSTOOD: Final = (400, 422)
_PATH: Final = "/chat/completions"
# ValueError: bytes that are not JSON, or not UTF-8.
_FAILURES: Final = (APIError, httpx2.HTTPError, TimeoutError, ValueError)


class OpenAiClient:
    """A client of one upstream; `close` it at the end."""

    def __init__(self, settings: LlmSettings) -> None:
        """`settings.upstream_base_url` must not be empty."""
        self.model = settings.upstream_model
        self._seconds = settings.llm_idle_seconds
        self._takes_schemas = True
        self._limit_name = settings.upstream_limit_name
        timeout = httpx2.Timeout(self._seconds, connect=settings.llm_connect_seconds)
        limits = httpx2.Limits(max_connections=settings.llm_max_connections)
        self._client = AsyncOpenAI(
            base_url=settings.upstream_base_url,
            api_key=settings.upstream_api_key,
            timeout=timeout,
            max_retries=settings.llm_max_retries,
            http_client=DefaultAsyncHttpxClient(timeout=timeout, limits=limits, follow_redirects=False),
        )

    async def close(self) -> None:
        """Closes every connection."""
        await self._client.close()

    async def ask(self, *, system: str, user: str, max_tokens: int, schema: Mapping[str, object] | None = None) -> str:
        """As `Upstream` says."""
        body: dict[str, object] = {
            "model": self.model,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "temperature": 0,
            self._limit_name: max_tokens,
        }
        if schema is not None and self._takes_schemas:
            named = {"name": "answer", "strict": True, "schema": dict(schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        try:
            # One limit around all attempts: an upstream's Retry-After could ask the SDK to wait for a minute.
            async with asyncio.timeout(self._seconds):
                return _text(await self._posted(body))
        except _FAILURES as error:
            status = error.status_code if isinstance(error, APIStatusError) else None
            _logger.warning("upstream failed", error_type=type(error).__name__, status=status, detail=str(error)[:500])
            raise UpstreamError from error

    async def _posted(self, body: dict[str, object]) -> object:
        try:
            return await self._client.post(_PATH, cast_to=object, body=body)
        except APIStatusError as error:
            if error.status_code not in _NOT_UNDERSTOOD or body.pop("response_format", None) is None:
                raise
            answer = await self._client.post(_PATH, cast_to=object, body=body)
            self._takes_schemas = False
            return answer


def _text(answer: object) -> str:
    choice = _first(answer.get("choices")) if isinstance(answer, dict) else {}
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, str):
        raise UpstreamError("The language model sent something that cannot be read.")
    return content


def _first(choices: object) -> Mapping[str, Any]:
    first: Sequence[object] = choices[:1] if isinstance(choices, list) else ()
    return first[0] if first and isinstance(first[0], dict) else {}

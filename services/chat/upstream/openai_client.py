"""A language model behind OpenAI's protocol, at any base URL: what the chat asks of the openai SDK's client.

The SDK does requests and the retries before an answer begins; the answer itself is read by `answer`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from openai import APIError, APIStatusError, APITimeoutError, AsyncStream

from services.chat.generation import DEFAULTS, Generation
from services.chat.settings import ChatSettings
from services.chat.upstream.answer import READING_FAILURES, Answer, Prompt, TokenUsage, arguments_of, failed
from services.chat.upstream.arrived import Arrived
from services.runtime.llm_client import llm_client

_PATH: Final = "/chat/completions"
_FAILURES: Final = (APIError, *READING_FAILURES)


class OpenAiClient:
    """A client of one upstream; `close` it at the end."""

    def __init__(self, settings: ChatSettings) -> None:
        """`settings.upstream_base_url` must not be empty."""
        self._idle_seconds = settings.llm_idle_seconds
        self._limit_name = settings.upstream_limit_name
        self._max_tokens = settings.llm_max_tokens
        self._client = llm_client(settings, pool_seconds=settings.llm_connect_seconds)

    async def close(self) -> None:
        """Closes every connection."""
        await self._client.close()

    @asynccontextmanager
    async def stream(self, prompt: Prompt, *, model: str, generation: Generation = DEFAULTS) -> AsyncIterator[Answer]:
        """As `Upstream` says; leaving the block closes its socket."""
        body = {
            "model": model,
            "messages": list(prompt),
            "stream": True,
            "stream_options": {"include_usage": True},
            **generation.body(),
            self._limit_name: generation.max_tokens or self._max_tokens,
        }
        stream: AsyncStream[object] = await self._post(body, prompt, stream=True, stream_cls=AsyncStream[object])
        try:
            async with Arrived.reading(stream.response.aiter_bytes()) as arrived:
                yield Answer(prompt=prompt, _arrived=arrived, _idle_seconds=self._idle_seconds)
        finally:
            await asyncio.shield(stream.close())

    async def call_function(
        self, prompt: Prompt, *, model: str, function: Mapping[str, object]
    ) -> tuple[str, TokenUsage]:
        """As `Upstream` says."""
        body = {
            "model": model,
            "messages": list(prompt),
            "tools": [{"type": "function", "function": dict(function)}],
            "tool_choice": {"type": "function", "function": {"name": function["name"]}},
            self._limit_name: self._max_tokens,
        }
        return arguments_of(await self._post(body, prompt), prompt)

    async def _post(self, body: dict[str, object], prompt: Prompt, **options: Any) -> Any:  # noqa: ANN401 - a stream or decoded JSON
        try:
            # One limit around all attempts: an upstream's Retry-After could ask the SDK to wait for a minute.
            async with asyncio.timeout(self._idle_seconds):
                return await self._client.post(_PATH, cast_to=object, body=body, **options)
        except _FAILURES as error:
            status = error.status_code if isinstance(error, APIStatusError) else None
            raise failed(error, prompt, silent=isinstance(error, APITimeoutError), status=status) from None

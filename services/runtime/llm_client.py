"""The openai SDK's client of the configured language model. It is loaded only where there is one."""

from typing import Final

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from services.runtime.llm_settings import LlmSettings

_LONGEST_WAIT_SECONDS: Final = 2


def llm_client(settings: LlmSettings, *, pool_seconds: float) -> AsyncOpenAI:
    """A client of `settings.upstream_base_url`, which must not be empty; close it at the end.

    `pool_seconds`: longest wait for a free connection.
    """
    most = settings.llm_max_connections
    timeout = httpx2.Timeout(settings.llm_idle_seconds, connect=settings.llm_connect_seconds, pool=pool_seconds)
    limits = httpx2.Limits(max_connections=most, max_keepalive_connections=most)
    hooks = {"response": [_without_long_waits]}
    return AsyncOpenAI(
        base_url=settings.upstream_base_url,
        api_key=settings.upstream_api_key,
        timeout=timeout,
        max_retries=settings.llm_max_retries,
        http_client=DefaultAsyncHttpxClient(timeout=timeout, limits=limits, follow_redirects=False, event_hooks=hooks),
    )


async def _without_long_waits(response: httpx2.Response) -> None:
    """Has the SDK give up where the upstream asks for a long wait: it would sleep for up to two minutes."""
    after = response.headers.get("retry-after")
    if after and not (after.isdigit() and int(after) <= _LONGEST_WAIT_SECONDS):
        response.headers["x-should-retry"] = "false"

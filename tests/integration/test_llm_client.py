"""The SDK's client of the language model: what it tries again, counted at the upstream."""

import asyncio
from pathlib import Path

import pytest
from openai import RateLimitError

from services.runtime.llm_client import llm_client
from services.runtime.llm_settings import LlmSettings
from tests.support.openai_server import Script, scripted_upstream


@pytest.mark.parametrize(
    ("headers", "calls"),
    [
        ((), 2),
        ((("retry-after", "1"),), 2),
        ((("retry-after", "30"),), 1),
        ((("retry-after", "Sun, 22 Nov 2026 18:30:00 GMT"),), 1),
    ],
)
async def test_a_long_wait_is_not_waited_for(headers: tuple[tuple[str, str], ...], calls: int) -> None:
    async with scripted_upstream(Script(status=429, headers=headers)) as upstream:
        settings = LlmSettings.model_validate(
            {"public_key_file": Path(__file__), "llm_base_url": upstream.base_url, "llm_model": "scripted"}
        )
        client = llm_client(settings, pool_seconds=1)
        async with asyncio.timeout(15):
            with pytest.raises(RateLimitError):
                await client.post("/chat/completions", cast_to=object, body={})
        await client.close()
    assert len(upstream.requests) == calls

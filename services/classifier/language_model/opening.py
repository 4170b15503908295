"""Opens the configured language model, if there is one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.classifier.language_model.discreet import Discreet
from services.classifier.language_model.upstream import Upstream
from services.runtime.llm_settings import LlmSettings


@asynccontextmanager
async def opened(settings: LlmSettings) -> AsyncIterator[Upstream | None]:
    """A client of the configured upstream, which sees no personal data, closed at the end; None without one."""
    if not settings.upstream_base_url:
        yield None
        return
    # The SDK takes 0.7 s of the processor and 14 MB, which only those pay who use it.
    from services.classifier.language_model.openai_client import OpenAiClient  # noqa: PLC0415

    client = OpenAiClient(settings)
    try:
        yield Discreet(client)
    finally:
        await client.close()

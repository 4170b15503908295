"""What the chat asks of a language model, whatever it is."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from services.chat.generation import DEFAULTS, Generation
from services.chat.settings import ChatSettings
from services.chat.upstream.answer import Answer, Prompt, TokenUsage


class Writer(Protocol):
    """Writes answers. Raises UpstreamError where it refuses, falls silent or breaks off."""

    def stream(
        self, prompt: Prompt, *, model: str, generation: Generation = DEFAULTS
    ) -> AbstractAsyncContextManager[Answer]:
        """An answer, streamed; leaving the block ends it. Iterating it raises UpstreamError too."""
        ...


class Upstream(Writer, Protocol):
    """Reads questions as well."""

    async def call_function(
        self, prompt: Prompt, *, model: str, function: Mapping[str, object]
    ) -> tuple[str, TokenUsage]:
        """The arguments (JSON, unchecked) with which the model calls `function`, empty when it does not; and the usage.

        `function` is the tool's name, description and parameters (JSON Schema).
        """
        ...

    async def close(self) -> None:
        """Closes every connection."""
        ...


def open_upstream(settings: ChatSettings) -> Upstream | None:
    """A client of the upstream the settings name; None where they name none."""
    if not settings.upstream_base_url:
        return None
    # The SDK takes 0.7 s of the processor and 14 MB, which only those pay who use it.
    from services.chat.upstream.openai_client import OpenAiClient  # noqa: PLC0415

    return OpenAiClient(settings)

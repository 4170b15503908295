"""The language model that may be asked for a second opinion or a summary."""

from collections.abc import Mapping
from typing import Protocol

from services.runtime.errors import ErrorReason, UnavailableError


class UpstreamError(UnavailableError):
    """The upstream refused, fell silent, or sent what cannot be read."""

    default_reason = ErrorReason.CHAT_MODEL_UNAVAILABLE
    default_message = "The language model does not answer."


class Upstream(Protocol):
    """A language model."""

    model: str

    async def ask(self, *, system: str, user: str, schema: Mapping[str, object] | None = None) -> str:
        """The text the model answers with, JSON of `schema` where one is given; empty where all its tokens went into
        thoughts.

        A schema is only a request: not every upstream honours it, and one that refuses it is asked without, from then
        on. Raises UpstreamError.
        """
        ...

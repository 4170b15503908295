"""What every part of a store has in common."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from services.runtime.grpc_server import GrpcService

Handlers: TypeAlias = Mapping[str, Callable[[str], None]]
"""Postgres' notification channel → what to do with each payload."""


class Part:
    """What a process serves and does about one subject; a part overrides what it has."""

    def services(self, check: str) -> Sequence[GrpcService]:
        """What it serves, as long as the readiness check of this name holds."""
        del check
        return ()

    def handlers(self) -> Handlers:
        """What to do on which notification."""
        return {}

    def look_again(self) -> None:
        """Notifications may have been missed."""

    async def run(self) -> None:
        """Works in the background for ever; with nothing to do it only waits to be cancelled."""
        raise NotImplementedError


def joined(handlers: Iterable[Handlers]) -> Handlers:
    """One handler per channel, which calls those of all parts in their order."""
    by_channel: defaultdict[str, list[Callable[[str], None]]] = defaultdict(list)
    for part in handlers:
        for channel, handler in part.items():
            by_channel[channel].append(handler)
    return {channel: _each(called) for channel, called in by_channel.items()}


def _each(handlers: Sequence[Callable[[str], None]]) -> Callable[[str], None]:
    def call(payload: str) -> None:
        for handler in handlers:
            handler(payload)

    return call

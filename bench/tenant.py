"""Requests of one tenant to the gateway, over connections that stay open.

`python -m bench.tenant URL TOKEN SECONDS` floods: callers that never rest. It prints how their requests ended as JSON.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bench.gateway import STATS, Wire, open_wires, request_bytes
from bench.open_loop import Outcome, closed_loop

_FLOODING: Final = 32
_OUTCOMES: Final = {b"HTTP/1.1 200": Outcome.ANSWERED, b"HTTP/1.1 429": Outcome.REFUSED}


class Tenant:
    """Sends the same request again and again."""

    def __init__(self, request: bytes, wires: list[Wire]) -> None:
        self._request = request
        self._free: asyncio.Queue[Wire] = asyncio.Queue()
        for wire in wires:
            self._free.put_nowait(wire)

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, request: bytes, *, wires: int = 8) -> AsyncIterator["Tenant"]:
        """A tenant with so many connections; more requests at a time wait for one."""
        opened = await open_wires(url, wires)
        try:
            yield cls(request, opened)
        finally:
            for wire in opened:
                wire.writer.close()

    async def ask(self) -> Outcome:
        """Sends the request and reads its whole answer."""
        wire = await self._free.get()
        head = await wire.exchange(self._request)
        self._free.put_nowait(wire)
        return next((outcome for status, outcome in _OUTCOMES.items() if head.startswith(status)), Outcome.FAILED)


async def _flood(url: str, token: str, seconds: float) -> None:
    request = request_bytes(url, token, "POST", "/api/v1/stats", STATS)
    async with Tenant.at(url, request, wires=_FLOODING) as tenant:
        phase = await closed_loop(tenant.ask, callers=_FLOODING, seconds=seconds)
    sys.stdout.write(json.dumps(phase.counts()))


if __name__ == "__main__":
    asyncio.run(_flood(sys.argv[1], sys.argv[2], float(sys.argv[3])))

"""The probe as a process of its own, for signals and exit codes: `python -m tests.support.probe_process`.

`Write` and `Stream` hold until the drain begins and then end well; `Stream` with `deaf` never ends by itself; `Read`
with a number returns when so many calls are held.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator

from google.protobuf.wrappers_pb2 import StringValue
from pydantic import Field

from services.runtime.auth import TokenVerifier
from services.runtime.grpc_server import Listen
from services.runtime.log import configure_logging
from services.runtime.metrics import new_registry
from services.runtime.server import serve
from services.runtime.settings import Port, ServerSettings, load_settings_or_exit
from tests.support.probe import Context, Handlers, probe_service, text


class ProbeSettings(ServerSettings):
    probe_port: Port = Field(default=0, description="Port the probe listens on.")
    probe_loop: str = Field(
        default="", description="`fails`, `ends` or `blocks`: what the background loop does at once."
    )


class Holding:
    """Handlers that hold their calls until the drain."""

    def __init__(self, draining: asyncio.Event) -> None:
        self._draining = draining
        self._held = 0
        self._changed = asyncio.Condition()

    async def read(self, request: StringValue, _context: Context) -> StringValue:
        async with self._changed:
            await self._changed.wait_for(lambda: self._held >= int(request.value))
        return request

    async def write(self, request: StringValue, _context: Context) -> StringValue:
        await self._hold(deaf=request.value == "deaf")
        return request

    async def stream(self, request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        yield text("started")
        await self._hold(deaf=request.value == "deaf")
        yield text("completed")

    async def _hold(self, *, deaf: bool) -> None:
        async with self._changed:
            self._held += 1
            self._changed.notify_all()
        await (asyncio.Event() if deaf else self._draining).wait()


async def background(behaviour: str) -> None:
    if behaviour == "fails":
        raise RuntimeError("the loop broke")
    if behaviour == "blocks":
        time.sleep(3600)  # noqa: ASYNC251  # the fault under test
    if behaviour != "ends":
        await asyncio.Event().wait()


async def main(settings: ProbeSettings) -> int:
    configure_logging(settings, service="probe")
    draining = asyncio.Event()
    holding = Holding(draining)
    return await serve(
        settings=settings,
        listen=Listen(host="127.0.0.1", port=settings.probe_port, setting="EARSHOT_PROBE_PORT"),
        services=[probe_service(Handlers(read=holding.read, write=holding.write, stream=holding.stream))],
        verifier=TokenVerifier.from_file(settings.public_key_file),
        registry=new_registry(),
        background={"loop": lambda: background(settings.probe_loop)},
        draining=draining,
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main(load_settings_or_exit(ProbeSettings))))

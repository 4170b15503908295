"""The chat's process: `python -m services.chat`."""

import asyncio
import sys
from contextlib import suppress

from services.chat.server import REDIS_CHECK, open_chat
from services.chat.settings import ChatSettings
from services.runtime.auth import TokenVerifier
from services.runtime.log import configure_logging
from services.runtime.metrics import new_registry
from services.runtime.server import serve
from services.runtime.settings import load_settings_or_exit
from services.runtime.trace_export import exported_traces


async def main(settings: ChatSettings) -> int:
    """Serves until told to stop; returns the exit code."""
    draining, registry = asyncio.Event(), new_registry()
    async with open_chat(settings, registry) as chat:
        stopping = asyncio.create_task(chat.stop_when(draining))
        code = await serve(
            settings=settings,
            listen=chat.listen,
            services=[chat.service],
            verifier=TokenVerifier.from_file(settings.public_key_file, leeway_seconds=settings.token_leeway_seconds),
            registry=registry,
            checks={REDIS_CHECK: chat.redis.check},
            background={"cancellations": chat.replies.hear_cancellations},
            draining=draining,
        )
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await stopping
    return code


def run() -> int:
    """Reads the settings, then serves with logs and traces going where they say."""
    settings = load_settings_or_exit(ChatSettings)
    configure_logging(settings, service="chat")
    with exported_traces(settings, service="chat"):
        return asyncio.run(main(settings))


if __name__ == "__main__":
    sys.exit(run())

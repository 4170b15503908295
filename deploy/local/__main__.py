"""`python -m deploy.local`: starts the stack, loads the demo on the first run, says what to try, waits for Ctrl-C."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

from pydantic import ValidationError

from deploy.local.errors import LaunchError
from deploy.local.first_run import ensure_admin, load_demo
from deploy.local.home import Credentials
from deploy.local.settings import LaunchSettings
from deploy.local.stack import Stack, running_stack
from services.runtime.setting_names import unknown_settings

WELCOME = """
Earshot is running.

  page      {url}          log in as {username} / {password}
  HTTP      {url}/docs
  gRPC      classifier {classifier}, store {store}, chat {chat}
  data      {home}   (credentials.json, logs/)

Three things to try:
  1. open the page and ask: how many deposit messages came in yesterday, by hour?
  2. .venv/bin/earshot ask "top reasons last week"
  3. .venv/bin/earshot import your.csv --text-column text --source web

Ctrl-C stops everything; the data stays.
"""


async def run(settings: LaunchSettings) -> int:
    """Runs until Ctrl-C, SIGTERM, or a process that cannot be kept running. Returns the exit code.

    A signal ends it in order at any time, be it in the middle of the start or of loading the demo.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    working, stop = asyncio.create_task(_work(settings)), asyncio.create_task(told.wait())
    await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
    if working.done():
        stop.cancel()
        return working.result()
    print("\nstopping …", flush=True)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return 0


async def _work(settings: LaunchSettings) -> int:
    print("starting Postgres, Redis, classifier, store, chat and gateway …", flush=True)
    async with running_stack(settings) as stack:
        credentials = await ensure_admin(stack)
        if settings.demo:
            await _demo(stack, settings.demo_days)
        _welcome(stack, credentials)
        print(await stack.failure(), file=sys.stderr)
        return 1


async def _demo(stack: Stack, days: int) -> None:
    def progress(done: int, total: int) -> None:
        print(f"\rloading {days} days of demo messages: {done} of {total}", end="", flush=True)

    if await load_demo(stack, days, progress):
        print("\ndemo messages are in; labels follow within a minute", flush=True)


def _welcome(stack: Stack, credentials: Credentials) -> None:
    text = WELCOME.format(
        url=stack.url,
        username=credentials.username,
        password=credentials.password,
        home=stack.home.root,
        **stack.addresses,
    )
    print(text, flush=True)


def main() -> int:
    """Entry point; problems are a sentence on stderr and exit code 1 or 2."""
    try:
        settings = LaunchSettings()
    except ValidationError as error:
        for item in error.errors():
            print(f"EARSHOT_{str(item['loc'][0]).upper()}: {item['msg']}", file=sys.stderr)
        return 2
    for variable, meant in unknown_settings(os.environ):
        print(f"There is no setting {variable}." + (f" Did you mean {meant}?" if meant else ""), file=sys.stderr)
    try:
        return asyncio.run(run(settings))
    except LaunchError as error:
        print(f"Earshot did not start.\n{error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())

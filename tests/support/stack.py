"""The whole stack as `make run` starts it, on free ports and in a folder of its own, without demo messages."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.first_run import ensure_admin
from deploy.local.home import Credentials
from deploy.local.settings import LaunchSettings
from deploy.local.stack import ROOT, Stack, running_stack
from tests.support.command_line import Finished, run_here, run_process
from tests.support.traces import TraceCollector, collecting_traces

WIDE_LIMITS = "read=1000000/minute"
"""Hundreds of tests call as one administrator; limits have tests, and gateways, of their own."""
LONG_TOKENS = "43200"
"""So long does the suite's one administrator call with one token; logins that renew have tests of their own."""
LONG_WAIT = "60"
"""A locked-out name waits longer than a busy machine takes to check a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRig:
    """A running stack, its administrator, and clients of it."""

    stack: Stack
    admin: Credentials
    http: httpx.AsyncClient
    """As the administrator."""
    stranger: httpx.AsyncClient
    """Without a token."""
    folder: Path
    traces: TraceCollector
    """Every span that the processes sent."""

    async def earshot(self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None) -> Finished:
        """Runs the command line in this process, with the stack's home and empty folders for its files."""
        return await run_here(arguments, stdin=stdin, environment=self.environment(environment))

    async def earshot_process(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> Finished:
        """As `earshot`, as a process of its own."""
        return await run_process(arguments, stdin=stdin, environment=self.environment(environment))

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a command: nothing of the developer's own Earshot."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
        return {
            **kept,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}",
            "EARSHOT_HOME": str(self.stack.home.root),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "TZ": "UTC",
            **(extra or {}),
        }

    def gateway_settings(self) -> dict[str, Any]:
        """Of a further gateway before the same services: addresses, keys and token."""
        home = self.stack.home
        return {
            "public_key_file": home.public_key,
            "private_key_file": home.private_key,
            "service_token_file": home.service_token,
            **{f"{name}_address": address for name, address in self.stack.addresses.items()},
        }

    async def all_labelled(self) -> None:
        """Returns when the messages that other tests left behind have their labels."""
        async with asyncio.timeout(100):
            while await self._pending():  # noqa: ASYNC110  # other processes: there is no event to wait for
                await asyncio.sleep(0.2)

    async def _pending(self) -> bool:
        return bool((await self.http.get("/api/v1/messages?status=pending&page_size=1")).json()["messages"])

    async def logged_in(self, username: str, password: str) -> httpx.AsyncClient:
        """A client as somebody else; the caller closes it."""
        form = {"username": username, "password": password}
        token = (await self.stranger.post("/api/v1/auth/token", data=form)).json()["access_token"]
        return httpx.AsyncClient(base_url=self.stack.url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@asynccontextmanager
async def running_rig(folder: Path) -> AsyncIterator[StackRig]:
    """Starts a stack below `folder` and logs its administrator in."""
    settings = LaunchSettings(
        home=folder / "home", demo=False, http_port=0, classifier_port=0, store_port=0, chat_port=0
    )
    os.environ.update(
        {
            "EARSHOT_RATE_LIMITS": WIDE_LIMITS,
            "EARSHOT_TOKEN_LIFETIME_SECONDS": LONG_TOKENS,
            "EARSHOT_LOGIN_WAIT_SECONDS": LONG_WAIT,
        }
    )
    with collecting_traces() as traces:
        async with running_stack(settings) as stack:
            admin = await ensure_admin(stack)
            async with httpx.AsyncClient(base_url=stack.url, timeout=60) as stranger:
                form = {"username": admin.username, "password": admin.password}
                token = (await stranger.post("/api/v1/auth/token", data=form)).json()["access_token"]
                headers = {"Authorization": f"Bearer {token}"}
                async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=60) as http:
                    yield StackRig(stack=stack, admin=admin, http=http, stranger=stranger, folder=folder, traces=traces)

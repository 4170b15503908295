"""One import followed to its end: sent again under the same id while the connection or the store is away."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from gateway.cli.client import GatewayClient, StreamCall
from gateway.cli.outcomes import CommandError, NotReachableError, RefusedError
from gateway.cli.server_events import Json, ServerEvent

PAUSES_SECONDS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 10.0, 10.0)
"""Pauses before each further attempt since the last progress."""
PASSING: Final = frozenset(
    {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "CANCELLED", "ABORTED", "UNAUTHENTICATED"}
)
"""What a further attempt may mend; it begins with a token of its own."""
RETRIED_STATUSES: Final = frozenset({429, 502, 503, 504})

OpenFile = Callable[[], IO[bytes]]


class ImportInterruptedError(CommandError):
    """The import did not end; what was acknowledged is stored."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What this command has seen of the import. `created` sums over attempts, each of which begins at the first row."""

    rows: int = 0
    created: int = 0
    failed: int = 0
    without_user: int = 0
    refused: list[Json] = field(default_factory=list)
    """What the server listed, which is the first thousand."""
    attempt_created: int = 0

    @property
    def existing(self) -> int:
        """Rows that had been stored before this command."""
        return self.rows - self.created - self.failed

    def take(self, data: Json) -> list[str]:
        """Adds the counts of an event; the messages of rows not seen refused before."""
        self.created += data["created"] - self.attempt_created
        self.attempt_created = data["created"]
        self.rows, self.failed = data["rows"], data["failed"]
        self.without_user = data.get("without_user", 0)
        listed = ({"row": item["row"], "message": item["message"]} for item in data["errors"])
        fresh = [item for item in listed if item not in self.refused]
        self.refused += fresh
        return [item["message"] for item in fresh]

    def begin(self) -> None:
        """A further attempt: the server counts from the first row again."""
        self.attempt_created = 0

    def restart(self) -> None:
        """A further attempt of a dry run: nothing of the one before is left."""
        self.rows = self.created = self.failed = self.attempt_created = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is sent."""

    path: Path
    form: dict[str, str]
    open_file: OpenFile
    dry_run: bool = False


async def run_import(gateway: GatewayClient, upload: Upload, tally: Tally) -> AsyncGenerator[list[str], None]:
    """Sends the file and yields the messages of newly refused rows after every step, `tally` being up to date.

    Raises RefusedError where the file or an option is wrong, ImportInterruptedError where the way there stays broken.
    """
    pauses = iter(PAUSES_SECONDS)
    while True:
        if upload.dry_run:
            tally.restart()
        else:
            tally.begin()
        try:
            async for event in _attempt(gateway, upload):
                if event.name == "failed" and event.data.get("code") not in PASSING:
                    raise _refused(event.data)
                if event.name == "progress":
                    pauses = iter(PAUSES_SECONDS)
                yield tally.take(event.data)
                if event.name == "completed":
                    return
            problem = CommandError("The import was cut short.")
        except (NotReachableError, RefusedError) as error:
            if isinstance(error, RefusedError) and error.status not in RETRIED_STATUSES:
                raise
            problem = error
        seconds = next(pauses, None)
        if seconds is None:
            raise ImportInterruptedError(problem.message, request_id=problem.request_id)
        await asyncio.sleep(seconds)


async def _attempt(gateway: GatewayClient, upload: Upload) -> AsyncIterator[ServerEvent]:
    with upload.open_file() as file:
        files = {"file": (upload.path.name, file, "application/octet-stream")}
        path = "/api/v1/import?dry_run=true" if upload.dry_run else "/api/v1/import"
        call = StreamCall(method="POST", path=path, form=upload.form, files=files)
        async with gateway.stream(call) as events:
            async for event in events:
                yield event


def _refused(data: Json) -> RefusedError:
    """A refusal of the file or an option, status 400; or of anything else in the middle of it, 500."""
    status = 400 if data.get("code") == "INVALID_ARGUMENT" else 500
    return RefusedError(str(data["message"]), status=status, reason=str(data["reason"]))

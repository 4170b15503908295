"""Commands that meet a server on a bad day: an import that breaks off, a token that ends, a limit that is reached."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from gateway.cli import import_command, importing, reply, tail_command, telegram_command
from gateway.cli.client import GatewayClient, StreamCall
from gateway.cli.command import Command
from gateway.cli.import_state import recall
from gateway.cli.importing import Tally, Upload
from gateway.cli.outcomes import CommandError, RefusedError
from gateway.cli.server_events import Json, ServerEvent
from gateway.cli.settings import CliSettings
from gateway.cli.terminal import open_terminal

URL = "http://localhost:8080"
FORM = {"text_column": "text", "format": "auto", "delimiter": ","}
POSITION = ServerEvent(name="position", data={"cursor": "1"}, id="1")


class ScriptedGateway:
    """Answers each stream with the next script, each post with the next answer."""

    def __init__(self, *scripts: list[ServerEvent], posts: tuple[object, ...] = ()) -> None:
        self.scripts = list(scripts)
        self.posts = list(posts)
        self.calls: list[StreamCall] = []

    @asynccontextmanager
    async def stream(self, call: StreamCall) -> AsyncIterator[AsyncIterator[ServerEvent]]:
        self.calls.append(call)
        script = self.scripts.pop(0)

        async def events() -> AsyncIterator[ServerEvent]:
            for event in script:
                yield event

        yield events()

    async def post(self, _: str, __: Json) -> Any:
        answer = self.posts.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def failed(code: str, rows: int = 0) -> ServerEvent:
    counts = {"rows": rows, "created": rows, "existing": 0, "failed": 0, "errors": []}
    return ServerEvent(name="failed", data={**counts, "code": code, "reason": code, "message": "no"})


def progress(name: str, rows: int) -> ServerEvent:
    return ServerEvent(name=name, data={"rows": rows, "created": rows, "existing": 0, "failed": 0, "errors": []})


@pytest.fixture
def command() -> Command:
    return Command(settings=CliSettings(), terminal=open_terminal(as_json=False))


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(importing, "PAUSES_SECONDS", (0.0,))
    monkeypatch.setattr(tail_command, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(telegram_command, "FIRST_PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("script", "known_again"),
    [
        ([failed("INVALID_ARGUMENT")], False),
        ([progress("progress", 500), failed("INTERNAL")], True),
        ([failed("INTERNAL")], True),
    ],
)
async def test_an_import_of_which_rows_may_be_stored_is_never_forgotten(
    tmp_path: Path, command: Command, script: list[ServerEvent], known_again: bool
) -> None:
    file = tmp_path / "m.csv"
    file.write_text("text\na\n", encoding="utf-8")
    state = recall(file, FORM, URL)
    gateway = cast("GatewayClient", ScriptedGateway(script))
    with pytest.raises(RefusedError):
        await import_command._import(gateway, command, file, FORM, state)  # what the command does with its file
    assert (recall(file, FORM, URL).import_id == state.import_id) is known_again


async def test_an_import_goes_on_with_a_new_token(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text("text\na\n", encoding="utf-8")
    gateway = ScriptedGateway([progress("progress", 500), failed("UNAUTHENTICATED", 500)], [progress("completed", 600)])
    upload = Upload(path=file, form=FORM, open_file=lambda: file.open("rb"))
    tally = Tally()
    async for _ in importing.run_import(cast("GatewayClient", gateway), upload, tally):
        pass
    assert (tally.rows, len(gateway.calls)) == (600, 2)


async def test_a_tail_goes_on_with_a_new_token_and_ends_for_anything_else(command: Command) -> None:
    scripted = ScriptedGateway([POSITION, failed("UNAUTHENTICATED")], [failed("PERMISSION_DENIED")])
    with pytest.raises(CommandError, match="no"):
        await tail_command._follow(cast("GatewayClient", scripted), command, "/api/v1/events", cursor="", limit=0)
    assert [call.headers for call in scripted.calls] == [{}, {"Last-Event-ID": "1"}]


async def test_a_reply_is_taken_up_again_where_the_gateway_has_lost_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "RESUME_SECONDS", (0.0,))
    begun = ServerEvent(name="started", data={"reply_id": "r", "session_id": "s"}, id="0")
    ended = ServerEvent(name="completed", data={"reply_id": "r"}, id="1")
    scripted = ScriptedGateway([begun, failed("UNAVAILABLE")], [ended])
    following = reply.follow(cast("GatewayClient", scripted), "/api/v1/chat/stream", {"text": "how many?"})
    assert [event.name async for _, event in following] == ["started", "completed"]
    assert scripted.calls[1].path == "/api/v1/replies/r/events"
    assert scripted.calls[1].headers == {"Last-Event-ID": "0"}


async def test_a_bot_waits_where_earshot_takes_no_more_for_now(command: Command) -> None:
    def bot_api(request: httpx.Request) -> httpx.Response:
        waiting = request.url.params["offset"] == "0"
        message = {"message_id": 1, "date": 1_772_366_400, "chat": {"id": 5}, "from": {"id": 5}, "text": "hi"}
        return httpx.Response(
            200, json={"ok": True, "result": [{"update_id": 1, "message": message}] if waiting else []}
        )

    scripted = ScriptedGateway(posts=(RefusedError("Too many.", status=429, reason="RATE_LIMITED"), {"created": 1}))
    async with httpx.AsyncClient(base_url="http://bot/", transport=httpx.MockTransport(bot_api)) as http:
        gateway = cast("GatewayClient", scripted)
        runner = telegram_command._Runner(gateway=gateway, http=http, command=command, bot_id="4242")
        async with asyncio.timeout(10):
            await runner.run(once=True)
    assert not scripted.posts

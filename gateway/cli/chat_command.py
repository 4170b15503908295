"""`earshot chat`: sessions with streamed replies. Ctrl-C stops the running reply, /up and /down rate it, /quit ends."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Annotated, Final, Self

import typer

from gateway.cli.answer import show_evidence, stream_answer
from gateway.cli.ask_command import ModelOption, ZoneOption, question_body
from gateway.cli.client import GatewayClient, open_gateway
from gateway.cli.command import Command, JsonFlag, command_of
from gateway.cli.identity import find_target
from gateway.cli.outcomes import CommandError, NotLoggedInError, NotReachableError
from gateway.cli.plain import one_line
from gateway.cli.server_events import Json
from gateway.cli.showing import minute

QUIT: Final = frozenset({"/quit", "/exit", "/q"})
THUMBS: Final = {"/up": "up", "/down": "down"}
HELP: Final = (
    "/quit ends the chat, Ctrl-C stops a reply; /up and /down rate the last one, with why behind them if you like. "
    "Anything else is a question."
)
LISTED_SESSIONS: Final = 10
TITLE_CHARACTERS: Final = 60

Ask = Callable[[str], str]


def chat(
    context: typer.Context,
    session: Annotated[str, typer.Option("--session", help="Id of a session to go on with.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Start a new session without asking.")] = False,
    list_only: Annotated[bool, typer.Option("--list", help="List the sessions and leave.")] = False,
    time_zone: ZoneOption = "",
    model: ModelOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Talk with Earshot: pick a session or start one, and read the replies as they come.

    Questions may also be piped in, one per line.
    """
    command = command_of(context, as_json=as_json)

    def work() -> None:
        with asyncio.Runner() as runner:
            talk = _Talk(command=command, runner=runner, time_zone=time_zone, model=model)
            with talk:
                if list_only:
                    talk.show_sessions()
                    return
                talk.pick(session, new=new or not command.terminal.interactive)
                talk.converse()

    command.run_local(work, interrupted="")


class _Talk:
    """One chat over one connection. Reading a line blocks, so the loop runs only while a call is under way."""

    def __init__(self, *, command: Command, runner: asyncio.Runner, time_zone: str, model: str) -> None:
        self._command = command
        self._terminal = command.terminal
        self._runner = runner
        self._time_zone = time_zone
        self._model = model
        self._exits = AsyncExitStack()
        self._session_id = ""
        self._reply_id = ""
        self._gateway: GatewayClient

    def __enter__(self) -> Self:
        gateway = open_gateway(find_target(self._command.settings))
        self._gateway = self._runner.run(self._exits.enter_async_context(gateway))
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._exits.aclose())

    def sessions(self) -> list[Json]:
        """The caller's latest sessions."""
        page = self._runner.run(self._gateway.get("/api/v1/sessions", {"page_size": LISTED_SESSIONS}))
        found: list[Json] = page["sessions"]
        return found

    def show_sessions(self) -> list[Json]:
        """Lists them with a number to pick by."""
        found = self.sessions()
        if self._terminal.as_json:
            self._terminal.answer_json({"sessions": found})
            return found
        for place, item in enumerate(found, start=1):
            used = minute(item["updated_at"]) or ""
            title = one_line(item["title"] or "(no question yet)", TITLE_CHARACTERS)
            self._terminal.say(f"{place:>3}  {title}  ({item['turn_count']} turns, {used})  {item['id']}")
        return found

    def pick(self, session_id: str, *, new: bool) -> None:
        """The session to talk in: the one named, one picked from the list, or a new one."""
        if not session_id and not new:
            found = self.show_sessions()
            session_id = pick_session(found, input) if found else ""
        if session_id:
            self._session_id = self._runner.run(self._gateway.get(f"/api/v1/sessions/{session_id}"))["id"]
        else:
            self._session_id = self._runner.run(self._gateway.post("/api/v1/sessions"))["id"]
        if self._terminal.interactive:
            self._terminal.note(HELP)

    def converse(self) -> None:
        """Question and reply in turn, until /quit or the end of input."""
        while (line := self._read()) is not None:
            if line.strip() in QUIT:
                return
            if line.strip() == "/help":
                self._terminal.note(HELP)
            elif (words := line.split(maxsplit=1)) and words[0] in THUMBS:
                self._rate(THUMBS[words[0]], "".join(words[1:]).strip())
            elif words:
                self._reply(line.strip())

    def _read(self) -> str | None:
        try:
            return input("\n> ") if self._terminal.interactive else (sys.stdin.readline() or None)
        except EOFError:
            return None

    def _reply(self, text: str) -> None:
        """A reply that fails does not end the chat; a connection that is gone does."""
        body = question_body(text, time_zone=self._time_zone, model=self._model)
        path = f"/api/v1/sessions/{self._session_id}/messages"
        try:
            reply = self._runner.run(stream_answer(self._gateway, self._terminal, path, body))
        except (NotReachableError, NotLoggedInError):
            raise
        except CommandError as error:
            self._terminal.fail(error)
        except KeyboardInterrupt:
            self._terminal.note("Stopped; what was said is kept.")
        else:
            self._reply_id = reply.reply_id
            if not self._terminal.as_json:
                show_evidence(self._terminal, reply)

    def _rate(self, rating: str, comment: str) -> None:
        """Says what the caller holds of the last answer."""
        if not self._reply_id:
            self._terminal.note("There is no answer to rate yet.")
            return
        path, body = f"/api/v1/replies/{self._reply_id}/rating", {"rating": rating, "comment": comment}
        try:
            answer = self._runner.run(self._gateway.put(path, body))
        except (NotReachableError, NotLoggedInError):
            raise
        except CommandError as error:
            self._terminal.fail(error)
            return
        if self._terminal.as_json:
            self._terminal.answer_json(answer)
        else:
            self._terminal.note(f"Rated {rating}.")


def pick_session(found: list[Json], ask: Ask) -> str:
    """Id of the session chosen by its number; empty for a new one. Asks until the answer is one of them."""
    while True:
        answer = ask("Number of a session to go on with, or Enter for a new one: ").strip()
        if not answer:
            return ""
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(found):
            return str(found[int(answer) - 1]["id"])

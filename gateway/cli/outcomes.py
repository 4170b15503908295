"""How a command ends: exit codes, and the errors that lead to them, each a sentence and what to do about it."""

from enum import IntEnum
from typing import ClassVar, Final


class ExitCode(IntEnum):
    """What the shell gets."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_REACHABLE = 3
    NOT_LOGGED_IN = 4
    ROWS_REFUSED = 5
    INTERRUPTED = 130


MEANINGS: Final = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "failed (the message says why)",
    ExitCode.USAGE: "the command line or an environment variable is wrong",
    ExitCode.NOT_REACHABLE: "no Earshot answers at the address",
    ExitCode.NOT_LOGGED_IN: "no login that is accepted",
    ExitCode.ROWS_REFUSED: "imported but for some rows that were refused",
    ExitCode.INTERRUPTED: "stopped with Ctrl-C",
}


class CommandError(Exception):
    """A command cannot go on."""

    code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "", request_id: str = "") -> None:
        """`message` says what is wrong, `hint` what to do, `request_id` finds it in the log."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.request_id = request_id


class UsageError(CommandError):
    """What was typed cannot be meant."""

    code = ExitCode.USAGE


class NotReachableError(CommandError):
    """Nobody answers."""

    code = ExitCode.NOT_REACHABLE


class NotLoggedInError(CommandError):
    """A token is missing, over, or refused."""

    code = ExitCode.NOT_LOGGED_IN


class ConnectionBrokenError(NotReachableError):
    """The connection broke in the middle of an answer; the same call may be tried again."""


class RefusedError(CommandError):
    """The gateway answered with a problem."""

    def __init__(self, message: str, *, status: int, reason: str, hint: str = "", request_id: str = "") -> None:
        super().__init__(message, hint=hint, request_id=request_id)
        self.status = status
        self.reason = reason

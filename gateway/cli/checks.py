"""What a check of `earshot doctor` finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: what was found, and what mends it where something is to be mended."""

    name: str
    state: State
    detail: str
    fix: str = ""


def fine(name: str, detail: str) -> Check:
    """Nothing to do."""
    return Check(name=name, state=State.OK, detail=detail)


def wrong(name: str, detail: str, *, fix: str) -> Check:
    """Earshot does not work until this is mended."""
    return Check(name=name, state=State.WRONG, detail=detail, fix=fix)


def doubtful(name: str, detail: str, *, fix: str) -> Check:
    """Earshot works, but not as well as it could, or not for long."""
    return Check(name=name, state=State.WARNING, detail=detail, fix=fix)

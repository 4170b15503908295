"""What a reply notes while it runs, so that it can be run again: everything that came from outside. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from services.chat.ledger.number_ledger import Verification
from services.chat.prompts.load import load
from services.runtime.errors import EarshotError


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How the upstream failed; `before_text` where nothing of its answer had been shown."""

    reason: str
    message: str
    retryable: bool


@dataclass(slots=True, kw_only=True)
class Flight:
    """One reply's notes. `question` is the question without personal data, `marks` say what stands for what.

    `blocks` are the upstream's pieces of text, those that arrived together in one; as it sent them, marks included.
    `finish_reason` is why it ended, as it says.
    """

    question: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    time_zone: str = ""
    now: str = ""
    detail: str = ""
    longest: int = 0
    findings: list[str] = field(default_factory=list)
    blocks: list[list[str]] = field(default_factory=list)
    finish_reason: str = ""
    failure: Failure | None = None
    masked: list[str] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)
    prompt_version: int = 0

    def arrived(self, pieces: Sequence[str]) -> None:
        """Notes what the upstream sent at once."""
        self.blocks.append(list(pieces))

    def failed(self, error: EarshotError) -> None:
        """Notes how the upstream failed."""
        retryable = bool(getattr(error, "retryable", True))
        self.failure = Failure(reason=str(error.reason), message=error.message, retryable=retryable)

    def verified(self, verification: Verification) -> None:
        """Notes what the ledger masked and what it found contradicted."""
        self.masked = list(verification.masked_texts)
        self.contradicted = list(verification.contradicted_texts)

    def prompted(self, name: str) -> None:
        """Notes the version of the prompt."""
        self.prompt_version = load(name).version

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def flight_of(noted: Mapping[str, Any]) -> Flight:
    """The notes from `to_dict`; fields of other versions are passed over."""
    known = {item.name for item in fields(Flight)}
    given = {name: value for name, value in noted.items() if name in known}
    if given.get("failure") is not None:
        given["failure"] = Failure(**given["failure"])
    return Flight(**given)

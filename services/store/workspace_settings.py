"""What a workspace sets for itself, and the rules of it. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.runtime.errors import ErrorReason
from services.store.conversations.conversation import MAX_SYSTEM_PROMPT_LENGTH
from services.store.validation import Violation, text_violations

MAX_LANGUAGES: Final = 100

_LANGUAGE: Final = re.compile("[a-z]{2}")


class Setting(StrEnum):
    """The name of a setting, which is also its path in the contract and its column."""

    ACCEPTED_LANGUAGES = "accepted_languages"
    SYSTEM_PROMPT = "system_prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """What a workspace sets for itself; None is what the deployment's settings say.

    `accepted_languages` are ISO 639-1 codes, none of them meaning every language.
    """

    accepted_languages: tuple[str, ...] | None = None
    system_prompt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChange:
    """What becomes of the settings that are named; the others stay as they are."""

    named: frozenset[Setting]
    settings: WorkspaceSettings


def settings_violations(settings: WorkspaceSettings) -> Iterator[Violation]:
    """Every rule that new settings break."""
    codes = settings.accepted_languages or ()
    field = f"settings.{Setting.ACCEPTED_LANGUAGES}.codes"
    if len(codes) > MAX_LANGUAGES:
        yield Violation(
            field=field, reason=ErrorReason.INVALID_ARGUMENT, description=f"must be at most {MAX_LANGUAGES}"
        )
    if not all(map(_LANGUAGE.fullmatch, codes)):
        yield Violation(
            field=field, reason=ErrorReason.INVALID_ARGUMENT, description='must be ISO 639-1 codes such as "en"'
        )
    if settings.system_prompt is not None:
        yield from _prompt_violations(settings.system_prompt)


def _prompt_violations(text: str) -> Iterator[Violation]:
    field = f"settings.{Setting.SYSTEM_PROMPT}.text"
    if not text or text.isspace():
        yield Violation(field=field, reason=ErrorReason.MISSING_FIELD, description="must not be empty or blank")
    yield from text_violations(field, text, maximum=MAX_SYSTEM_PROMPT_LENGTH)

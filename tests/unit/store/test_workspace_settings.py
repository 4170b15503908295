"""Changes of a workspace's settings: read from the contract, and held to their rules."""

from collections.abc import Sequence

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from earshot.store.v1.workspace_pb2 import (
    AcceptedLanguages,
    AssistantPrompt,
    UpdateWorkspaceSettingsRequest,
    WorkspaceSettings,
)
from services.runtime.errors import ErrorReason, InvalidInputError
from services.store import workspace_settings
from services.store.contract.convert_workspace import settings_change
from services.store.workspace_settings import Setting, SettingsChange

LANGUAGES, PROMPT = Setting.ACCEPTED_LANGUAGES, Setting.SYSTEM_PROMPT


def asked(*mask: str, codes: Sequence[str] | None = None, text: str | None = None) -> UpdateWorkspaceSettingsRequest:
    settings = WorkspaceSettings(
        accepted_languages=None if codes is None else AcceptedLanguages(codes=codes),
        system_prompt=None if text is None else AssistantPrompt(text=text),
    )
    return UpdateWorkspaceSettingsRequest(settings=settings, update_mask=FieldMask(paths=mask))


def change(*named: Setting, codes: tuple[str, ...] | None = None, text: str | None = None) -> SettingsChange:
    settings = workspace_settings.WorkspaceSettings(accepted_languages=codes, system_prompt=text)
    return SettingsChange(named=frozenset(named), settings=settings)


@pytest.mark.parametrize(
    ("request_", "read"),
    [
        (asked(), change()),
        (asked(codes=["fr", "en", "fr"]), change(LANGUAGES, codes=("en", "fr"))),
        (asked(codes=[]), change(LANGUAGES, codes=())),
        (asked(text="Be kind."), change(PROMPT, text="Be kind.")),
        (asked("system_prompt"), change(PROMPT)),
        (asked("accepted_languages", codes=["en"], text="x"), change(LANGUAGES, codes=("en",))),
        (asked("accepted_languages", "system_prompt", text="x"), change(LANGUAGES, PROMPT, text="x")),
    ],
)
def test_what_is_named_or_given_changes(request_: UpdateWorkspaceSettingsRequest, read: SettingsChange) -> None:
    assert settings_change(request_) == read


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (asked("settings.system_prompt"), ErrorReason.INVALID_ARGUMENT),
        (asked(codes=["en-GB"]), ErrorReason.INVALID_ARGUMENT),
        (asked(codes=["e\u0144"]), ErrorReason.INVALID_ARGUMENT),
        (asked(codes=[a + b for a in "abcdefghijk" for b in "abcdefghij"]), ErrorReason.INVALID_ARGUMENT),
        (asked(text=""), ErrorReason.MISSING_FIELD),
        (asked(text=" \n"), ErrorReason.MISSING_FIELD),
        (asked(text="s" * 8001), ErrorReason.TEXT_TOO_LONG),
    ],
)
def test_what_breaks_a_rule_is_refused(request_: UpdateWorkspaceSettingsRequest, reason: ErrorReason) -> None:
    with pytest.raises(InvalidInputError) as caught:
        settings_change(request_)
    assert caught.value.reason == reason
    assert caught.value.violations

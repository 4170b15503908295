"""Protobuf to domain and back, for the settings of workspaces."""

from collections.abc import Sequence

from earshot.store.v1 import workspace_pb2
from services.runtime.errors import InvalidInputError
from services.store.validation import refuse
from services.store.workspace_settings import Setting, SettingsChange, WorkspaceSettings, settings_violations


def settings_change(request: workspace_pb2.UpdateWorkspaceSettingsRequest) -> SettingsChange:
    """Reads and checks a change; without a mask it is of what is given. Raises InvalidInputError."""
    given = request.settings
    paths = list(request.update_mask.paths) or [setting for setting in Setting if given.HasField(setting.value)]
    if unknown := set(paths) - set(Setting):
        raise InvalidInputError.of_field(
            "update_mask", f"knows {' and '.join(Setting)} only, not {sorted(unknown)[0][:64]!r}"
        )
    named = frozenset(map(Setting, paths))
    change = SettingsChange(named=named, settings=_named_settings(given, named))
    refuse(list(settings_violations(change.settings)))
    return change


def _named_settings(given: workspace_pb2.WorkspaceSettings, named: frozenset[Setting]) -> WorkspaceSettings:
    has_languages = Setting.ACCEPTED_LANGUAGES in named and given.HasField("accepted_languages")
    has_prompt = Setting.SYSTEM_PROMPT in named and given.HasField("system_prompt")
    return WorkspaceSettings(
        accepted_languages=tuple(sorted(set(given.accepted_languages.codes))) if has_languages else None,
        system_prompt=given.system_prompt.text if has_prompt else None,
    )


def settings_in_force(own: WorkspaceSettings, *, languages: Sequence[str]) -> workspace_pb2.WorkspaceSettings:
    """What the workspace sets, else the deployment's `languages`; the deployment's prompt is the chat's to know."""
    codes, text = own.accepted_languages, own.system_prompt
    return workspace_pb2.WorkspaceSettings(
        accepted_languages=workspace_pb2.AcceptedLanguages(
            codes=sorted(set(languages)) if codes is None else codes, origin=_origin(codes)
        ),
        system_prompt=workspace_pb2.AssistantPrompt(text=text or "", origin=_origin(text)),
    )


def _origin(own: object) -> workspace_pb2.SettingOrigin.ValueType:
    return workspace_pb2.SETTING_ORIGIN_DEPLOYMENT if own is None else workspace_pb2.SETTING_ORIGIN_WORKSPACE

"""What a workspace sets for itself, as JSON."""

from typing import Annotated, Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import (
    AcceptedLanguages,
    AssistantPrompt,
    UpdateWorkspaceSettingsRequest,
    WorkspaceSettings,
)
from earshot_client.google.protobuf import FieldMask
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text, enum_json

Origin = Literal["workspace", "deployment"]
LanguageCode = Annotated[str, Field(pattern="^[a-z]{2}$")]


class WorkspaceSettingsBody(Strict):
    """What becomes of the settings; what is absent stays as it is, null is the deployment's again."""

    accepted_languages: Annotated[list[LanguageCode], Field(max_length=100)] | None = Field(
        default=None, description="Languages (ISO 639-1) whose messages are classified; an empty list: all."
    )
    system_prompt: Annotated[Text, Field(min_length=1, max_length=8000)] | None = Field(
        default=None, description="What assistant sessions begin with that bring no prompt of their own."
    )

    def to_message(self) -> UpdateWorkspaceSettingsRequest:
        """The change for a call."""
        codes, text = self.accepted_languages, self.system_prompt
        settings = WorkspaceSettings(
            accepted_languages=None if codes is None else AcceptedLanguages(codes=codes),
            system_prompt=None if text is None else AssistantPrompt(text=text),
        )
        return UpdateWorkspaceSettingsRequest(
            settings=settings, update_mask=FieldMask(paths=sorted(self.model_fields_set))
        )


class AcceptedLanguagesAnswer(Answer):
    """No codes: every language is accepted."""

    codes: list[str]
    origin: Origin


class AssistantPromptAnswer(Answer):
    """`text` is the workspace's own; null where it is the deployment's, which is not shown."""

    text: str | None
    origin: Origin


class WorkspaceSettingsAnswer(Answer):
    """The settings in force, each with who says so."""

    accepted_languages: AcceptedLanguagesAnswer
    system_prompt: AssistantPromptAnswer


def workspace_settings_json(settings: WorkspaceSettings | None) -> Json:
    """The settings in force."""
    shown = settings or WorkspaceSettings()
    languages, prompt = shown.accepted_languages or AcceptedLanguages(), shown.system_prompt or AssistantPrompt()
    return {
        "accepted_languages": {"codes": list(languages.codes), "origin": enum_json(languages.origin)},
        "system_prompt": {"text": prompt.text or None, "origin": enum_json(prompt.origin)},
    }

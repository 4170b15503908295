"""What the launcher reads from the environment."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.local.settings import LaunchSettings
from services.chat.settings import ChatSettings
from services.classifier.settings import DEFAULT_MODEL, ClassifierSettings
from services.store.settings import StoreSettings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LaunchSettings.model_fields:
        monkeypatch.delenv(f"EARSHOT_{name.upper()}", raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = LaunchSettings()
    assert (settings.home, settings.demo, settings.http_port) == (Path(".earshot"), True, 8080)
    assert (settings.database_url, settings.redis_url) == (None, None)
    assert settings.classifier_model == DEFAULT_MODEL


def test_ports_are_those_that_the_services_listen_on_by_themselves() -> None:
    settings = LaunchSettings()
    assert settings.classifier_port == ClassifierSettings.model_fields["classifier_port"].default
    assert settings.store_port == StoreSettings.model_fields["store_port"].default
    assert settings.chat_port == ChatSettings.model_fields["chat_port"].default


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DEMO", "0")
    monkeypatch.setenv("EARSHOT_HTTP_PORT", "9000")
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "postgresql://me:secret@db/x")
    settings = LaunchSettings()
    assert (settings.demo, settings.http_port) == (False, 9000)
    assert "secret" not in repr(settings)


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "")
    assert LaunchSettings().database_url is None


@pytest.mark.parametrize(("name", "value"), [("HTTP_PORT", "70000"), ("STORE_PORT", "x"), ("DEMO", "perhaps")])
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"EARSHOT_{name}", value)
    with pytest.raises(ValidationError) as caught:
        LaunchSettings()
    assert [error["loc"] for error in caught.value.errors()] == [(name.lower(),)]


def test_every_setting_is_described() -> None:
    assert all(field.description for field in LaunchSettings.model_fields.values())

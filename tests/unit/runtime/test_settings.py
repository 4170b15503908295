"""Settings: every problem at once, by variable, never a value; every field documented."""

from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from services.runtime.keys import generate_keys
from services.runtime.setting_names import unknown_settings
from services.runtime.settings import (
    BadSettingsError,
    Port,
    RuntimeSettings,
    ServerSettings,
    describe,
    load_settings,
    load_settings_or_exit,
)


class ProbeSettings(ServerSettings):
    probe_host: str = Field(default="127.0.0.1", description="Address.")
    probe_port: Port = Field(default=50099, description="Port.")
    probe_secret: SecretStr = Field(description="A secret.")
    probe_sources: tuple[str, ...] = Field(default=(), description="A list.")
    probe_limit: int = Field(default=1, validation_alias="LIMIT_OF_ANOTHER", description="A name of its own.")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    key = tmp_path / "public.pem"
    key.write_text("key")
    monkeypatch.setenv("EARSHOT_PUBLIC_KEY_FILE", str(key))
    monkeypatch.setenv("EARSHOT_PROBE_SECRET", "canary-secret")
    return monkeypatch


def problems() -> dict[str, str]:
    with pytest.raises(BadSettingsError) as caught:
        load_settings(ProbeSettings)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    return {problem.variable: problem.problem for problem in caught.value.problems}


def test_defaults_and_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EARSHOT_PROBE_PORT", "1234")
    environment.setenv("EARSHOT_STREAM_IDLE_SECONDS", "5")
    settings = load_settings(ProbeSettings)
    assert (settings.probe_port, settings.stream_idle_seconds, settings.drain_grace_seconds) == (1234, 5, 20)
    assert settings.secret_values() == ("canary-secret",)
    assert "canary" not in repr(settings)


def test_an_empty_variable_counts_as_absent(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EARSHOT_PROBE_PORT", "")
    assert load_settings(ProbeSettings).probe_port == 50099


def test_all_problems_are_reported_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EARSHOT_PROBE_SECRET", raising=False)
    monkeypatch.setenv("EARSHOT_PUBLIC_KEY_FILE", "/no/such/file.pem")
    monkeypatch.setenv("EARSHOT_LOG_LEVEL", "loud")
    monkeypatch.setenv("EARSHOT_PROBE_PORT", "65536")
    monkeypatch.setenv("EARSHOT_DRAIN_GRACE_SECONDS", "canary")
    monkeypatch.setenv("EARSHOT_REFLECTION", "perhaps")
    monkeypatch.setenv("LIMIT_OF_ANOTHER", "many")
    found = problems()
    assert set(found) == {
        "EARSHOT_PROBE_SECRET",
        "EARSHOT_PUBLIC_KEY_FILE",
        "EARSHOT_LOG_LEVEL",
        "EARSHOT_PROBE_PORT",
        "EARSHOT_DRAIN_GRACE_SECONDS",
        "EARSHOT_REFLECTION",
        "LIMIT_OF_ANOTHER",
    }
    assert found["EARSHOT_PROBE_SECRET"] == "is missing"
    assert found["EARSHOT_PUBLIC_KEY_FILE"] == "there is no file /no/such/file.pem"


def test_a_list_that_is_not_json_is_reported(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("EARSHOT_PROBE_SOURCES", "canary,b")
    assert "probe_sources" in next(iter(problems().values()))


def test_exit_code_and_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("EARSHOT_PROBE_SECRET", raising=False)
    monkeypatch.delenv("EARSHOT_PUBLIC_KEY_FILE", raising=False)
    with pytest.raises(SystemExit) as caught:
        load_settings_or_exit(ProbeSettings)
    assert caught.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "2 settings must be fixed" in printed.err
    assert "EARSHOT_PROBE_SECRET: is missing" in printed.err
    assert "A secret." in printed.err


def test_every_field_is_described() -> None:
    rows = describe(ProbeSettings)
    assert [row.variable for row in rows if not row.description] == []
    by_variable = {row.variable: row.default for row in rows}
    assert by_variable["EARSHOT_PUBLIC_KEY_FILE"] == "(required)"
    assert by_variable["EARSHOT_PROBE_PORT"] == "50099"
    assert by_variable["EARSHOT_METRICS_PORT"] == ""


@pytest.mark.parametrize(
    ("environment_name", "chosen", "served"),
    [("dev", None, True), ("dev", False, False), ("production", None, False), ("production", True, True)],
)
def test_reflection(tmp_path: Path, environment_name: str, chosen: bool | None, served: bool) -> None:
    key = tmp_path / "k"
    key.touch()
    settings = ServerSettings.model_validate(
        {"public_key_file": key, "environment": environment_name, "reflection": chosen}
    )
    assert settings.serves_reflection is served


@pytest.mark.parametrize(
    ("environment_name", "log_format", "json"),
    [("dev", "json", True), ("dev", "console", False), ("production", "auto", True), ("production", "console", False)],
)
def test_log_format(tmp_path: Path, environment_name: str, log_format: str, json: bool) -> None:
    key = tmp_path / "k"
    key.touch()
    settings = RuntimeSettings.model_validate(
        {"public_key_file": key, "environment": environment_name, "log_format": log_format}
    )
    assert settings.logs_json is json


def test_a_misspelt_name_is_told_with_the_one_that_was_meant() -> None:
    environment = {
        "EARSHOT_STOER_PORT": "1", "EARSHOT_STORE_PORT": "2", "EARSHOT_CHAT_PORT": "3", "EARSHOT_FROBNICATE": "4",
        "EARSHOT_TEST_DATABASE_URL": "5", "PATH": "6",
    }  # fmt: skip
    assert list(unknown_settings(environment)) == [
        ("EARSHOT_FROBNICATE", ""),
        ("EARSHOT_STOER_PORT", "EARSHOT_STORE_PORT"),
    ]


def test_a_key_file_without_the_key_it_should_hold_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Signing(RuntimeSettings):
        private_key_file: Path = Field(description="To sign with.")

    keys = generate_keys(tmp_path)
    monkeypatch.setenv("EARSHOT_PUBLIC_KEY_FILE", str(keys.public_key))
    monkeypatch.setenv("EARSHOT_PRIVATE_KEY_FILE", str(keys.private_key))
    assert load_settings_or_exit(Signing).private_key_file == keys.private_key
    empty = tmp_path / "empty"
    empty.touch()
    monkeypatch.setenv("EARSHOT_PUBLIC_KEY_FILE", str(empty))
    monkeypatch.setenv("EARSHOT_PRIVATE_KEY_FILE", str(keys.public_key))
    with pytest.raises(SystemExit):
        load_settings_or_exit(Signing)
    told = capsys.readouterr().err
    assert "EARSHOT_PUBLIC_KEY_FILE" in told
    assert "not an Ed25519 key" in told
    assert "EARSHOT_PRIVATE_KEY_FILE" in told
    assert "signing needs the private one" in told

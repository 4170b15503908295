"""Logs: one JSON object per line with request id and caller, library lines too, and no secret anywhere."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.runtime.auth import Identity, Role
from services.runtime.call_context import call_scope
from services.runtime.log import REDACTED, Redaction, configure_logging
from services.runtime.settings import RuntimeSettings

JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configuration)


def settings(tmp_path: Path, **changes: Any) -> RuntimeSettings:
    key = tmp_path / "key"
    key.touch()
    return RuntimeSettings.model_validate({"public_key_file": key, "log_format": "json", **changes})


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_json_lines_carry_the_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(tmp_path), service="probe")
    ada = Identity(user_id="u-1", workspace_id="default", role=Role.ADMIN, name="Ada")
    with call_scope(request_id="r-1", identity=ada, bearer_token=JWT):
        structlog.get_logger("earshot.probe").info("hello", count=3)
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "hello",
        "count": 3,
        "service": "probe",
        "level": "info",
        "logger": "earshot.probe",
        "request_id": "r-1",
        "user_id": "u-1",
        "workspace_id": "default",
    }


@pytest.mark.parametrize("name", ["uvicorn.error", "uvicorn.access", "asyncio", "grpc._cython.cygrpc", "anything"])
def test_library_lines_take_the_same_way(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logging(settings(tmp_path), service="probe")
    logging.getLogger(name).warning("token %s at %s", JWT, "postgres://ada:hunter22@db/earshot")
    (line,) = lines(capsys)
    assert (line["logger"], line["service"]) == (name, "probe")
    assert line["event"] == f"token {REDACTED} at postgres://{REDACTED}@db/earshot"


def test_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(tmp_path, log_level="warning"), service="probe")
    structlog.get_logger("earshot.probe").info("quiet")
    logging.getLogger("asyncio").info("quiet")
    structlog.get_logger("earshot.probe").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


def test_console_is_readable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(tmp_path, log_format="console"), service="probe")
    structlog.get_logger("earshot.probe").info("hello", count=3)
    printed = capsys.readouterr().err
    assert "hello" in printed
    assert "count=3" in printed


def test_tracebacks_are_redacted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(settings(tmp_path, service_token=SecretStr("plain-canary-value")), service="probe")
    try:
        raise RuntimeError(f"cannot reach redis://:hunter22@cache with {JWT} and plain-canary-value")
    except RuntimeError:
        structlog.get_logger("earshot.probe").exception("failed")
    (line,) = lines(capsys)
    assert "RuntimeError" in line["exception"]
    for secret in ("hunter22", JWT, "plain-canary-value"):
        assert secret not in line["exception"]


SECRETS = [
    JWT,
    "Bearer abcdef0123456789",
    "postgresql://earshot:hunter22@db:5432/earshot",
    "sk-proj-0123456789abcdef",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----",
]


@given(st.sampled_from(SECRETS), st.text(max_size=20), st.sampled_from(["text", "list", "mapping", "object"]))
def test_secrets_are_found_wherever_they_hide(secret: str, around: str, shape: str) -> None:
    text = f"{around} {secret} {around}"
    shapes: dict[str, object] = {
        "text": text,
        "list": [text, (text,)],
        "mapping": {"inner": {"deep": text}},
        "object": ValueError(text),
    }
    event = Redaction(())(None, "", {"value": shapes[shape]})
    written = json.dumps(event)
    for part in (
        "eyJhbGciOiJFZERTQSJ9",
        "abcdef0123456789",
        "hunter22",
        "sk-proj-0123456789abcdef",
        "MC4CAQAwBQYDK2Vw",
    ):
        assert part not in written


@pytest.mark.parametrize("key", ["password", "Authorization", "api_key", "service_token", "DATABASE_URL", "apikey"])
def test_telling_keys_hide_any_value(key: str) -> None:
    event = Redaction(())(None, "", {key: "short", "nested": {key: 7}})
    assert event == {key: REDACTED, "nested": {key: REDACTED}}


def test_plain_fields_stay_as_they_are() -> None:
    event = {"method": "/a.B/C", "count": 3, "share": 0.5, "ok": True, "none": None, "many": [1, "x"]}
    assert Redaction(("secret-value",))(None, "", dict(event)) == event


@given(st.text(min_size=6).filter(lambda text: text not in REDACTED))
def test_settings_secrets_are_hidden_literally(secret: str) -> None:
    event = Redaction((secret, secret + "longer"))(None, "", {"value": f"<{secret}longer> <{secret}>"})
    assert event["value"] == f"<{REDACTED}> <{REDACTED}>"


def test_lines_of_http_clients_with_whole_addresses_and_prompts_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(settings(tmp_path, log_level="debug"), service="probe")
    logging.getLogger("httpx2").info('HTTP Request: GET https://models.example/m.tar.gz?X-Signature=abc "200 OK"')
    logging.getLogger("openai._base_client").debug("Request options: {'messages': [{'content': 'my card 4111'}]}")
    logging.getLogger("httpcore2.http11").warning("closed")
    assert [line["event"] for line in lines(capsys)] == ["closed"]


def test_a_misspelt_setting_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_STOER_PORT", "1")
    configure_logging(settings(tmp_path), service="probe")
    (line,) = lines(capsys)
    assert (line["level"], line["variable"], line["meant"]) == ("warning", "EARSHOT_STOER_PORT", "EARSHOT_STORE_PORT")

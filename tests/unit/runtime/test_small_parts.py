"""Ids, retry configuration, request ids, code names, tokens of services, the metrics endpoint."""

import json
import os
import time
import urllib.request
from pathlib import Path
from uuid import UUID

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.runtime.ids import new_id
from services.runtime.interceptors.identity import bearer_token
from services.runtime.interceptors.metrics import code_label
from services.runtime.interceptors.request_id import sound_request_id
from services.runtime.metrics import MetricsEndpoint, grpc_server_metrics, new_registry
from services.runtime.retries import idempotent_methods, service_config
from services.runtime.service_token import ServiceToken
from services.runtime.settings import RuntimeSettings
from tests.support.probe import PROBE, probe_descriptor


def test_ids_are_uuid_version_7_and_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert len(set(ids)) == 1000
    for text in ids:
        uuid = UUID(text)
        assert (uuid.version, uuid.variant, str(uuid)) == (7, "specified in RFC 4122", text)
        assert before <= uuid.int >> 80 <= after


def test_only_marked_unary_methods_are_retriable() -> None:
    assert idempotent_methods(probe_descriptor()) == (f"/{PROBE}/Read", f"/{PROBE}/Put")


def test_service_config() -> None:
    config = json.loads(service_config([f"/{PROBE}/Read"]))
    (method,) = config["methodConfig"]
    assert method["name"] == [{"service": PROBE, "method": "Read"}]
    assert method["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert method["retryPolicy"]["maxAttempts"] == 3
    assert config["retryThrottling"] == {"maxTokens": 10, "tokenRatio": 0.1}
    assert config["loadBalancingConfig"] == [{"round_robin": {}}]
    assert "methodConfig" not in json.loads(service_config([]))


@given(st.from_regex(r"[A-Za-z0-9._:-]{1,64}", fullmatch=True))
def test_sound_request_ids_are_kept(candidate: str) -> None:
    assert sound_request_id(candidate) == candidate


@pytest.mark.parametrize("candidate", ["", "a b", "a\nb", "a\n", "ž", "x" * 65, '{"a":1}', "\x1b[31m"])
def test_other_request_ids_are_replaced(candidate: str) -> None:
    assert UUID(sound_request_id(candidate)).version == 7


@pytest.mark.parametrize(
    ("value", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("abc", ""), ("", ""), ("Bearer", "")],
)
def test_bearer_token(value: str, token: str) -> None:
    assert bearer_token(value) == token


def test_code_labels_are_those_of_go() -> None:
    labels = {code_label(code) for code in grpc.StatusCode}
    assert labels == {
        "OK",
        "Canceled",
        "Unknown",
        "InvalidArgument",
        "DeadlineExceeded",
        "NotFound",
        "AlreadyExists",
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "Aborted",
        "OutOfRange",
        "Unimplemented",
        "Internal",
        "Unavailable",
        "DataLoss",
        "Unauthenticated",
    }
    assert code_label(None) == "OK"


def test_a_service_token_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    token = ServiceToken(file=file)
    assert token.current() == "first"
    file.write_text("second")
    os.utime(file, ns=(1, 1))
    assert token.current() == "second"


def test_service_token_from_settings(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file")
    given_settings = RuntimeSettings(public_key_file=file)
    assert ServiceToken.from_settings(given_settings) is None
    by_value = ServiceToken.from_settings(RuntimeSettings(public_key_file=file, service_token=SecretStr("v")))
    assert by_value is not None
    assert by_value.current() == "v"
    by_file = ServiceToken.from_settings(
        RuntimeSettings(public_key_file=file, service_token=SecretStr("v"), service_token_file=file)
    )
    assert by_file is not None
    assert by_file.current() == "from-file"


def test_metrics_endpoint_serves_the_registry() -> None:
    registry = new_registry()
    grpc_server_metrics(registry).started.labels("unary", "a.B", "C").inc()
    endpoint = MetricsEndpoint(registry, host="127.0.0.1", port=0)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{endpoint.port}/metrics", timeout=10) as answer:
            body = answer.read().decode()
        with pytest.raises(OSError, match="in use"):
            MetricsEndpoint(registry, host="127.0.0.1", port=endpoint.port)
    finally:
        endpoint.close()
    assert 'grpc_server_started_total{grpc_method="C",grpc_service="a.B",grpc_type="unary"} 1.0' in body
    assert "process_resident_memory_bytes" in body

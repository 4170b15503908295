"""Readiness: what the log says of it, once for all services that turn at the same moment."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry, Gauge
from structlog.testing import capture_logs

from services.runtime import readiness as module
from services.runtime.readiness import Readiness, ReadinessCheck


def check(failing: set[str], name: str) -> ReadinessCheck:
    async def run() -> None:
        if name in failing:
            raise ConnectionError(f"{name} is away")

    return run


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    with capture_logs() as captured:
        monkeypatch.setattr(module, "_logger", structlog.get_logger("earshot.health"))
        yield captured


async def test_services_that_turn_together_are_named_in_one_line(lines: list[Any]) -> None:
    failing = {"postgres"}
    readiness = Readiness(
        requires={"a.Messages": ["postgres"], "a.Stats": ["postgres"], "a.Pure": []},
        checks={name: check(failing, name) for name in ("postgres", "model")},
        interval_seconds=1,
        timeout_seconds=1,
        serving=Gauge("serving", "probe", ["grpc_service"], registry=CollectorRegistry()),
    )
    rounds: list[set[str]] = [failing, failing, {"postgres", "model"}, set()]
    for failures in rounds:
        now = set(failures)
        failing.clear()
        failing.update(now)
        await readiness.check_now()
    whole, messages, stats = "(whole server)", "a.Messages", "a.Stats"
    postgres, model = ("ConnectionError: postgres is away", "ConnectionError: model is away")
    # What else runs in this process may have its say between.
    ours = [line for line in lines if "grpc_services" in line]
    told = [(line["event"], line["grpc_services"], line.get("causes")) for line in ours]
    assert told == [
        ("serving", ["a.Pure"], None),
        ("not serving", [whole, messages, stats], {"postgres": postgres}),
        ("not serving", [], {"postgres": postgres, "model": model}),
        ("serving", [whole, messages, stats], None),
    ]

"""Dashboard and alert rules read series that a running stack has, with labels they have (O7, O17, C32)."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.promql import SERVER_LABELS, grouping_labels, series
from tests.support.stack import StackRig

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "earshot.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
GROUPS = yaml.safe_load((DEPLOY / "prometheus" / "earshot.rules.yml").read_text(encoding="utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}


@pytest_asyncio.fixture(scope="module")
async def seen(stack: StackRig) -> dict[str, set[str]]:
    """Name of each series → its labels, of all four processes, after they did what they are for."""
    message = {
        "source": "email",
        "user_id": "metrics",
        "timestamp": "2026-01-05T10:00:00Z",
        "text": "where is my bonus",
    }
    for path, body in (
        ("/api/v1/messages?wait=30", message),
        ("/api/v1/classify", {"texts": ["my withdrawal is stuck"]}),
        ("/api/v1/chat", {"text": "How many messages last month?"}),
    ):
        answer = await stack.http.post(path, json=body)
        assert answer.status_code < 300, answer.text
    found: defaultdict[str, set[str]] = defaultdict(set)
    async with httpx.AsyncClient() as http:
        for url in (f"{stack.stack.url}/metrics", *(f"http://{at}/metrics" for at in stack.stack.metrics.values())):
            text = (await http.get(url)).text
            for family in text_string_to_metric_families(text):
                for sample in family.samples:
                    found[sample.name] |= set(sample.labels)
    return found


def _check(expression: str, seen: dict[str, set[str]]) -> None:
    read = list(series(expression))
    assert read, expression
    for name, labels in read:
        assert name in seen or name in RECORDED, f"no process has {name}"
        assert labels <= seen.get(name, set()) | SERVER_LABELS, f"{name} has no {labels}"
    known = set().union(*(seen.get(name, set()) for name, _ in read)) | SERVER_LABELS
    assert grouping_labels(expression) <= known, expression


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
async def test_every_panel_draws_series_that_exist(panel: dict[str, Any], seen: dict[str, set[str]]) -> None:
    assert panel["targets"]
    for target in panel["targets"]:
        _check(target["expr"], seen)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert", rule.get("record")))
async def test_every_rule_reads_series_that_exist(rule: dict[str, Any], seen: dict[str, set[str]]) -> None:
    _check(rule["expr"], seen)
    if "alert" in rule:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]


def test_the_dashboard_fits_its_grid() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


async def test_addresses_of_metrics_are_written_as_prometheus_discovers_them(stack: StackRig) -> None:
    groups = json.loads(stack.stack.home.scrape_targets.read_text(encoding="utf-8"))
    assert {group["labels"]["service"]: group["targets"] for group in groups} == {
        name: [address] for name, address in stack.stack.metrics.items()
    }

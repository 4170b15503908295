"""Nothing is taken from callers of the HTTP interface inside v1, and nothing new is asked of them (G18)."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.http_contract import BASELINE, NEEDS, document, lines

KEPT = set(BASELINE.read_text(encoding="utf-8").splitlines())


def breaks(now: set[str]) -> set[str]:
    """Lines that went away, and new needs of what was there."""
    gone = {line for line in KEPT - now if not line.startswith(NEEDS)}
    return gone | {line for line in now - KEPT if line.startswith(NEEDS) and _about(line) in KEPT}


def _about(need: str) -> str:
    """The operation or schema that needs it."""
    rest = need.removeprefix(NEEDS)
    return rest.rpartition(" ")[0] or rest.partition(".")[0]


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The document as it is."""
    return document()


def test_nothing_is_taken_away_and_nothing_more_is_asked(whole: dict[str, Any]) -> None:
    assert breaks(lines(whole)) == set()


def _drop_route(document: Any) -> None:
    del document["paths"]["/api/v1/stats"]["post"]


def _drop_field(document: Any) -> None:
    del document["components"]["schemas"]["ChatAnswer"]["properties"]["answer"]


def _ask_more(document: Any) -> None:
    document["components"]["schemas"]["ChatBody"].setdefault("required", []).append("time_zone")


def _other_type(document: Any) -> None:
    document["components"]["schemas"]["ChatAnswer"]["properties"]["answer"]["type"] = "integer"


def _need_parameter(document: Any) -> None:
    parameters = document["paths"]["/api/v1/messages"]["get"]["parameters"]
    next(item for item in parameters if item["name"] == "page_size")["required"] = True


@pytest.mark.parametrize("change", [_drop_route, _drop_field, _ask_more, _other_type, _need_parameter])
def test_a_break_is_seen(whole: dict[str, Any], change: Callable[[Any], None]) -> None:
    changed = copy.deepcopy(whole)
    change(changed)
    assert breaks(lines(changed))


def test_what_is_added_breaks_nothing(whole: dict[str, Any]) -> None:
    more = copy.deepcopy(whole)
    more["components"]["schemas"]["ChatAnswer"]["properties"]["more"] = {"type": "string"}
    more["components"]["schemas"]["NewBody"] = {"required": ["a"], "properties": {"a": {}}}
    new = {"responses": {"200": {}}, "requestBody": {"$ref": "#/components/schemas/NewBody"}}
    more["paths"]["/api/v1/new"] = {"post": new}
    assert breaks(lines(more)) == set()

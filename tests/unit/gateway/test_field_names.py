"""Errors of the services name fields as the JSON of a route does."""

from pathlib import Path
from typing import Any

import pytest

from gateway.field_names import EXPIRE_TIME, PARAMETERS, RULE, SETTING, Rename, fields_named
from gateway.routes.messages import MANY_NAMES, ONE_NAMES
from services.runtime.errors import EarshotError, FieldViolation, InvalidInputError, NotFoundError
from tests.support.any_service import gateway_before

MESSAGE = {"text": "where is my deposit", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"}
CONDITION = {"kind": "above", "threshold": 1}
ALERT = {"name": "any", "condition": CONDITION}
REPLY_RULE = {"name": "any", "category": "deposit"}
SOME = "0198c5d2-7c00-7a3e-9f21-4b8de02a6c11"


def told(error: EarshotError, *renames: Rename) -> tuple[str, list[str]]:
    with pytest.raises(type(error)) as caught, fields_named(*renames):
        raise error
    return caught.value.message, [violation.field for violation in caught.value.violations]


@pytest.mark.parametrize(
    ("renames", "field", "name"),
    [
        (ONE_NAMES, "messages[0].event_time", "timestamp"),
        (ONE_NAMES, "messages[0].text", "text"),
        (MANY_NAMES, "messages[7].event_time", "messages[7].timestamp"),
        (MANY_NAMES, "wait_for_labels", "wait"),
        (RULE, "rule.window", "window_seconds"),
        (RULE, "rule.query.filters.intents", "query.filters.intents"),
        ((EXPIRE_TIME,), "expire_time", "expires_at"),
        ((SETTING,), "settings.accepted_languages.codes", "accepted_languages"),
        (PARAMETERS, "filters.categories", "category"),
        (PARAMETERS, "filters.user_ids", "user_id"),
        (PARAMETERS, "filters.custom_categories", "custom_category"),
        (PARAMETERS, "filters.weekdays", "weekday"),
        (PARAMETERS, "filters.text", "text"),
        (PARAMETERS, "range.start", "start"),
        (PARAMETERS, "page_token", "page_token"),
    ],
)
def test_a_field_and_the_words_about_it_are_renamed(renames: tuple[Rename, ...], field: str, name: str) -> None:
    message, fields = told(InvalidInputError.of_field(field, "must be another"), *renames)
    assert (message, fields) == (f"{name}: must be another", [name])


def test_words_that_name_what_a_field_is_in_lose_it_where_there_is_one() -> None:
    violations = (FieldViolation(field="messages[0].external_id", description="is taken by other content"),)
    error = InvalidInputError("messages[0]: this source has it", violations=violations)
    assert told(error, *ONE_NAMES) == ("this source has it", ["external_id"])


def test_errors_without_fields_stay_as_they_are() -> None:
    assert told(NotFoundError("There is none: look."), *RULE) == ("There is none: look.", [])


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "name"),
    [
        ("POST", "/api/v1/messages", MESSAGE, "messages[0].event_time", "timestamp"),
        ("POST", "/api/v1/messages", {"messages": [MESSAGE]}, "messages[0].event_time", "messages[0].timestamp"),
        ("GET", "/api/v1/messages", None, "filters.intents", "intent"),
        ("GET", "/api/v1/export", None, "filters.intents", "intent"),
        ("GET", "/api/v1/events", None, "filters.intents", "intent"),
        ("GET", "/api/v1/stats", None, "filters.intents", "intent"),
        ("POST", "/api/v1/stats", {}, "filters.intents", "filters.intents"),
        ("POST", "/api/v1/alerts/rules", ALERT, "rule.window", "window_seconds"),
        ("PUT", f"/api/v1/alerts/rules/{SOME}", {**ALERT, "etag": "1"}, "rule.window", "window_seconds"),
        ("POST", f"/api/v1/receipts/{SOME}:subscribe", {"condition": CONDITION}, "rule.window", "window_seconds"),
        ("POST", "/api/v1/requests/rules", REPLY_RULE, "rule.name", "name"),
        ("PUT", f"/api/v1/requests/rules/{SOME}", REPLY_RULE, "rule.name", "name"),
        ("POST", "/api/v1/tokens", {"name": "any"}, "expire_time", "expires_at"),
        ("POST", "/api/v1/invitations", {}, "expire_time", "expires_at"),
        ("PATCH", "/api/v1/workspace/settings", {}, "settings.system_prompt.text", "system_prompt"),
    ],
)
async def test_routes_tell_of_their_own_fields(
    tmp_path: Path, method: str, path: str, body: dict[str, Any] | None, field: str, name: str
) -> None:
    refused = InvalidInputError.of_field(field, "must be another")
    async with gateway_before(tmp_path, lambda _, __: refused) as (_, gateway):
        answer = await gateway.http.request(method, path, json=body, headers=gateway.bearer())
    problem = answer.json()
    assert (answer.status_code, problem["detail"]) == (400, f"{name}: must be another")
    assert [violation["field"] for violation in problem["violations"]] == [name]

"""The examples of the OpenAPI document: every route has one, each fits its schema, and the running stack agrees."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from jsonschema_rs import Draft202012Validator

from gateway.examples import read_examples
from tests.support.example_calls import NOT_REPLAYED, STEPS, Replayed, replay
from tests.support.http_contract import document
from tests.support.stack import StackRig

DOCUMENT: Final = document()
OPERATIONS: Final = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}

_BY_WHAT_ELSE_IS_KEPT: Final = frozenset({"first_event_time"})
"""Fields that an answer has or lacks with the messages that other tests of the stack have stored."""


def _answer(operation: dict[str, Any]) -> dict[str, Any]:
    """Content of the answer that is no failure."""
    content: dict[str, Any] = next(
        answer.get("content", {}) for status, answer in operation["responses"].items() if status.startswith("2")
    )
    return content


def _examples(operation: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """(what, schema, example) of everything an operation takes and gives."""
    for parameter in operation.get("parameters", []):
        if "example" in parameter or parameter["in"] == "path":
            yield parameter["name"], parameter["schema"], parameter["example"]
    bodies = operation.get("requestBody", {}).get("content", {})
    for what, content in (("body", bodies), ("answer", _answer(operation))):
        if content:
            media = next(iter(content.values()))
            yield what, media.get("schema", {"type": "string"}), media["example"]


def _problems(schema: Any, value: Any) -> list[str]:
    whole = {"components": DOCUMENT["components"], "allOf": [schema]}
    return [f"{error.instance_path}: {error.message[:200]}" for error in Draft202012Validator(whole).iter_errors(value)]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_example_is_there_and_fits(operation: str) -> None:
    problems = {what: _problems(schema, value) for what, schema, value in _examples(OPERATIONS[operation])}
    assert not any(problems.values()), problems


def test_every_operation_is_asked_or_said_to_be_left_out() -> None:
    assert {step.operation for step in STEPS} | NOT_REPLAYED == set(OPERATIONS)
    assert set(read_examples()) == set(OPERATIONS)


async def test_a_running_stack_answers_as_the_examples_say(stack: StackRig) -> None:
    async for replayed in replay(stack, read_examples()):
        assert _differences(replayed) == [], replayed.step.operation


def _differences(replayed: Replayed) -> list[str]:
    """What of an answer is not as documented: its status, its type, its schema, the fields it has."""
    operation, response = OPERATIONS[replayed.step.operation], replayed.response
    if str(response.status_code) not in operation["responses"]:
        return [f"{response.status_code}: {response.text[:500]}"]
    content = _answer(operation)
    if not content:
        return [] if response.content == b"" else [response.text[:500]]
    kind = next(iter(content))
    if not response.headers["content-type"].startswith(kind):
        return [response.headers["content-type"]]
    if kind != "application/json":
        return []
    answer, example = response.json(), content[kind]["example"]
    return [*_problems(content[kind]["schema"], answer), *sorted((set(answer) ^ set(example)) - _BY_WHAT_ELSE_IS_KEPT)]

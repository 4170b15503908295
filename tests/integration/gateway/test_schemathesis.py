"""Schemathesis against the live document (T49): what it sends is answered as documented, never with a server error.

Bounded and the same at every run. Left out are streams without an end, and what would work on other tests' behalf:
logins (whose failures add up by address) and the password of the caller.
"""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any, Final
from uuid import uuid4

import pytest
import pytest_asyncio
import schemathesis
import schemathesis.specs.openapi.schemas  # else imported within the loop, where Python 3.11 may fail to parse it
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)

from tests.support.http_contract import document
from tests.support.stack import StackRig

EXAMPLES: Final = 3
SECONDS: Final = 60
LEFT_OUT: Final = frozenset(
    {"/api/v1/auth/token", "/api/v1/auth/revoke", "/api/v1/auth/register", "/api/v1/users/me:change-password"}
)
CHECKS: Final = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PASSWORD: Final = "a long password"


def _operations() -> Iterator[tuple[str, str]]:
    """(method, path) of what is sent to."""
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            content = operation["responses"].get("200", {}).get("content", {})
            if path not in LEFT_OUT and not (method == "get" and "text/event-stream" in content):
                yield method, path


@pytest_asyncio.fixture(scope="module")
async def schema(stack: StackRig) -> Any:
    """The document as the running gateway serves it."""
    return schemathesis.openapi.from_dict((await stack.stranger.get("/openapi.json")).json())


@pytest_asyncio.fixture(scope="module")
async def authorization(stack: StackRig) -> dict[str, str]:
    """An agent of its own, so that what is sent can change nothing that only admins may."""
    user = {"username": f"fuzz{uuid4().hex[:8]}", "password": PASSWORD, "role": "agent"}
    await stack.http.post("/api/v1/users", json=user)
    async with await stack.logged_in(user["username"], PASSWORD) as client:
        return {"Authorization": client.headers["authorization"]}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "unsound"])
@pytest.mark.parametrize(("method", "path"), sorted(_operations()))
async def test_what_it_sends_is_answered_as_documented(
    stack: StackRig, schema: Any, authorization: dict[str, str], method: str, path: str, mode: GenerationMode
) -> None:
    operation = schema[path][method.upper()]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        response = case.call(base_url=stack.stack.url, headers=authorization, timeout=SECONDS)
        case.validate_response(response, checks=CHECKS)

    # It calls by a blocking client of its own; what else this loop serves goes on meanwhile. Where nothing unsound can
    # be sent, a GET without parameters, say, there is nothing to see.
    with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
        await asyncio.to_thread(send)

"""What a call makes is made once, though the channel repeats a call whose end it could not hear (T03 to T05)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.runtime.errors import UnavailableError
from tests.support.any_service import AnyService, gateway_before
from tests.support.gateway import GatewayRig

MESSAGE = {"text": "where is my deposit", "source": "web", "user_id": "u", "timestamp": "2026-03-01T09:30:00Z"}
RULE = {"name": "any", "condition": {"kind": "above", "threshold": 1}, "window_seconds": 3600}
SOME = "0198c5d2-7c00-7a3e-9f21-4b8de02a6c11"
MADE: dict[str, dict[str, Any]] = {
    "/api/v1/messages?wait=0": MESSAGE,
    "/api/v1/requests": {"text": "my card was declined"},
    f"/api/v1/requests/{SOME}/replies": {"text": "Which card was it?"},
    "/api/v1/requests/rules": {"name": "Deposits", "category": "deposit"},
    "/api/v1/alerts/rules": RULE,
    f"/api/v1/receipts/{SOME}:subscribe": {"condition": RULE["condition"]},
    "/api/v1/categories": {"name": "Invoices"},
    f"/api/v1/messages/{SOME}/labels": {"intents": ["bonus_missing"]},
    "/api/v1/sessions": {},
}
"""Path → a body that makes something."""


@pytest_asyncio.fixture
async def deaf(tmp_path: Path) -> AsyncIterator[tuple[AnyService, GatewayRig]]:
    """Services that do what they are asked; the first answer of all is lost."""
    lost = UnavailableError("The answer was lost.")
    async with gateway_before(tmp_path, lambda call, _: lost if call == 1 else None) as rig:
        yield rig


@pytest.mark.parametrize("path", MADE)
async def test_a_repeated_call_is_known_as_the_same(deaf: tuple[AnyService, GatewayRig], path: str) -> None:
    service, gateway = deaf
    await gateway.http.post(path, json=MADE[path], headers=gateway.bearer())
    first, again = service.asked
    assert first == again
    assert getattr(first, "request_id", "") or first.id


async def test_messages_with_ids_of_their_source_need_no_other(deaf: tuple[AnyService, GatewayRig]) -> None:
    service, gateway = deaf
    messages = [{**MESSAGE, "external_id": "m-1"}, {**MESSAGE, "external_id": "m-2"}]
    for sent in (messages, [*messages, MESSAGE]):
        answer = await gateway.http.post("/api/v1/messages?wait=0", json={"messages": sent}, headers=gateway.bearer())
        assert answer.status_code == 201, answer.text
    assert [bool(request.request_id) for request in service.asked] == [False, False, True]


async def test_two_requests_are_two(deaf: tuple[AnyService, GatewayRig]) -> None:
    service, gateway = deaf
    for _ in range(2):
        await gateway.http.post("/api/v1/requests", json={"text": "again"}, headers=gateway.bearer())
    assert len({request.request_id for request in service.asked}) == 2

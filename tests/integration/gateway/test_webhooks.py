"""Telegram and LiveChat: secrets, fast acknowledgement, duplicates, and the runner against a scripted Bot API (D20)."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest_asyncio

from gateway.app import create_app
from gateway.settings import GatewaySettings
from services.runtime.auth import TokenSigner
from tests.support.stack import StackRig
from tests.support.telegram_server import TOKEN, bot_api

SECRET = "a-secret-of-telegram"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest_asyncio.fixture
async def hooks(stack: StackRig, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A gateway of the stack's with webhooks switched on, one secret from a file."""
    home = stack.stack.home
    token, secret = tmp_path / "token", tmp_path / "secret"
    token.write_text(TokenSigner.from_file(home.private_key).sign_service("gateway", workspace_id="default"))
    secret.write_text("a-secret-of-livechat\n")
    settings = GatewaySettings(
        public_key_file=home.public_key,
        private_key_file=home.private_key,
        service_token_file=token,
        store_address=stack.stack.addresses["store"],
        telegram_webhook_secret=SECRET,
        telegram_bot_id="4242",
        livechat_webhook_secret_file=secret,
        web_folder=tmp_path,
    )
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


def update(chat: int, number: int, text: str | None = "my deposit is missing", **change: Any) -> dict[str, Any]:
    message = {"message_id": number, "from": {"id": chat}, "chat": {"id": chat}, "date": 1_772_366_400, "text": text}
    return {"update_id": number, "message": {**message, **change}}


def new_chat() -> int:
    return uuid4().int % 10**9


async def texts(stack: StackRig, chat: object) -> list[str]:
    page = await stack.http.get("/api/v1/messages", params={"conversation_id": str(chat), "order": "oldest_first"})
    return [message["text"] for message in page.json()["messages"]]


async def test_an_update_is_stored_once_however_often_it_comes(stack: StackRig, hooks: httpx.AsyncClient) -> None:
    chat, headers = new_chat(), {HEADER: SECRET}
    for expected in (1, 0, 0):
        answer = await hooks.post("/api/v1/webhooks/telegram", json=update(chat, 7), headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"received": 1, "created": expected}), answer.text
    assert await texts(stack, chat) == ["my deposit is missing"]
    changed = await hooks.post("/api/v1/webhooks/telegram", json=update(chat, 7, "other"), headers=headers)
    assert (changed.status_code, changed.json()["created"]) == (200, 0)
    others: tuple[Any, ...] = (
        {"update_id": 1, "edited_message": update(chat, 8)["message"]},
        update(chat, 9, text=None),
        [],
        5,
    )
    for ignored in others:
        answer = await hooks.post("/api/v1/webhooks/telegram", json=ignored, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"received": 0, "created": 0})
    assert await texts(stack, chat) == ["my deposit is missing"]


async def test_a_wrong_secret_opens_nothing(hooks: httpx.AsyncClient, stack: StackRig) -> None:
    chat = new_chat()
    for headers in ({}, {HEADER: ""}, {HEADER: SECRET[:-1]}, {HEADER: "ä".encode()}):
        answer = await hooks.post("/api/v1/webhooks/telegram", json=update(chat, 1), headers=headers)  # type: ignore[arg-type]  # bytes too
        assert (answer.status_code, answer.json()["reason"]) == (401, "BAD_CREDENTIALS")
        assert SECRET not in answer.text
    assert await texts(stack, chat) == []
    broken = await hooks.post("/api/v1/webhooks/telegram", content=b"{", headers={HEADER: SECRET})
    assert broken.status_code == 400


async def test_a_webhook_that_is_off_says_how_to_switch_it_on(stack: StackRig) -> None:
    for name in ("telegram", "livechat"):
        answer = await stack.stranger.post(f"/api/v1/webhooks/{name}", json={})
        assert answer.status_code == 404
        assert f"EARSHOT_{name.upper()}_WEBHOOK_SECRET" in answer.json()["hint"]


async def test_livechat_sends_its_secret_in_the_body(stack: StackRig, hooks: httpx.AsyncClient) -> None:
    chat = f"C{new_chat()}"
    event = {
        "id": "E_1",
        "created_at": "2026-03-01T12:00:00Z",
        "type": "message",
        "text": "where is my bonus",
        "author_id": "customer-1",
    }
    body = {
        "secret_key": "a-secret-of-livechat",
        "action": "incoming_event",
        "payload": {"chat_id": chat, "event": event},
    }
    for expected in (1, 0):
        answer = await hooks.post("/api/v1/webhooks/livechat", json=body)
        assert answer.json() == {"received": 1, "created": expected}
    assert await texts(stack, chat) == ["where is my bonus"]
    wrong = await hooks.post("/api/v1/webhooks/livechat", json={**body, "secret_key": "x"})
    assert wrong.status_code == 401


async def test_the_runner_fetches_stores_and_goes_on_where_it_was(stack: StackRig) -> None:
    chat = new_chat()
    async with bot_api(update(chat, 1, "one"), update(chat, 2, text=None), update(chat, 3, "three")) as api:
        api.troubles = [(502, {}), (429, {"ok": False, "parameters": {"retry_after": 0}})]
        environment = {"EARSHOT_TELEGRAM_BOT_TOKEN": TOKEN, "EARSHOT_TELEGRAM_API_URL": api.url}
        done = await stack.earshot("telegram", "--once", environment=environment)
        assert (done.code, done.out) == (0, "3 updates, 2 messages stored\n"), done.err
        assert TOKEN not in done.out + done.err
        assert (api.offsets, await texts(stack, chat)) == ([0, 4], ["one", "three"])
        api.updates.append(update(chat, 4, "four"))
        again = await stack.earshot("telegram", "--once", "--json", environment=environment)
        assert (again.json, api.offsets[2:]) == ({"received": 1, "created": 1, "offset": 5}, [4, 5])
        stranger = {**environment, "EARSHOT_TELEGRAM_BOT_TOKEN": "4242:wrong"}
        refused = await stack.earshot("telegram", "--once", environment=stranger)
        assert (refused.code, "4242:wrong" in refused.err) == (2, False)
    assert await texts(stack, chat) == ["one", "three", "four"]

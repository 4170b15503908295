"""Webhooks of Telegram and LiveChat: the secret is checked, the messages are on disk, then it is acknowledged.

What is no message of a person is acknowledged too, and so is what the store refuses: the sender could only send it
again. While the store is away the answer is 503, and the sender does send it again; that stores nothing twice.
"""

import hmac
import json
from collections.abc import Sequence
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request

from earshot_client.earshot.store.v1 import IngestMessagesRequest, NewMessage
from gateway.clients.stubs import MessageClient
from gateway.connectors import livechat, telegram
from gateway.dependencies import ServiceClients, Settings
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.message import WebhookAnswer
from services.runtime.errors import (
    AlreadyExistsError,
    ErrorReason,
    InvalidInputError,
    NotFoundError,
    UnauthenticatedError,
)

router = APIRouter(tags=["webhooks"])

_LOGGER: Final = structlog.get_logger("earshot.webhooks")
_TELEGRAM_HEADER: Final = "x-telegram-bot-api-secret-token"
_ANY_JSON: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.post("/api/v1/webhooks/telegram", openapi_extra=_ANY_JSON, **documented(WebhookAnswer))
async def telegram_update(request: Request, clients: ServiceClients, settings: Settings) -> Json:
    """An update of the Telegram Bot API, known by `X-Telegram-Bot-Api-Secret-Token`."""
    secret = settings.telegram_secret()
    _check_on(secret, "EARSHOT_TELEGRAM_WEBHOOK_SECRET")
    _check(request.headers.get(_TELEGRAM_HEADER, ""), secret)
    message = telegram.message_of(await _json(request), bot_id=settings.telegram_bot_id)
    return await _stored(clients.arriving, [] if message is None else [message])


@router.post("/api/v1/webhooks/livechat", openapi_extra=_ANY_JSON, **documented(WebhookAnswer))
async def livechat_webhook(request: Request, clients: ServiceClients, settings: Settings) -> Json:
    """A webhook of LiveChat, known by the `secret_key` in its body."""
    secret = settings.livechat_secret()
    _check_on(secret, "EARSHOT_LIVECHAT_WEBHOOK_SECRET")
    body = await _json(request)
    _check(livechat.secret_of(body), secret)
    return await _stored(clients.arriving, livechat.messages_of(body))


def _check_on(secret: str, setting: str) -> None:
    if not secret:
        raise NotFoundError("This webhook is not switched on here.", hint=f"Set {setting} to switch it on.")


def _check(given: str, secret: str) -> None:
    """In the same time wherever the two begin to differ."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode()):
        raise UnauthenticatedError("The secret of this webhook is wrong.", reason=ErrorReason.BAD_CREDENTIALS)


async def _json(request: Request) -> object:
    try:
        body: object = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise InvalidInputError("The body is not JSON.") from None
    return body


async def _stored(client: MessageClient, messages: Sequence[NewMessage]) -> Json:
    """Durable before it is acknowledged; nobody waits for labels."""
    created = 0
    for message in messages:
        try:
            created += (await client.ingest_messages(IngestMessagesRequest(messages=[message]))).created
        except (InvalidInputError, AlreadyExistsError) as error:
            _LOGGER.warning("a webhook's message was refused", source=message.source, reason=str(error.reason))
    return {"received": len(messages), "created": created}

"""Webhooks of LiveChat as messages (https://platform.text.com/docs/management/webhooks, version 3). Pure.

`incoming_event` carries one event, `incoming_chat` a chat with the events it began with. Events of type `message` that
everybody in the chat sees count: older versions say who does in `recipients`, newer in `visibility`. An event names its
author by id alone: those of agents are e-mail addresses, those of bots 32 hexadecimal digits, of customers UUIDs.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from earshot_client.earshot.store.v1 import Author, NewMessage
from gateway.connectors.values import found, sound_text

SOURCE: Final = "livechat"

_BOT: Final = re.compile(r"[0-9a-f]{32}")
_EVERYBODY: Final = (None, "all")


def secret_of(body: object) -> str:
    """The secret a webhook came with; empty where it has none."""
    secret = found(body, "secret_key")
    return secret if isinstance(secret, str) else ""


def messages_of(body: object) -> list[NewMessage]:
    """The messages in a webhook; none where it is about anything else. Delivered again it gives the same ones."""
    return [message for chat_id, event in _events(body) if (message := _message(chat_id, event)) is not None]


def _events(body: object) -> Iterator[tuple[object, object]]:
    """(chat, event) of every event in a webhook."""
    match found(body, "action"):
        case "incoming_event":
            yield found(body, "payload", "chat_id"), found(body, "payload", "event")
        case "incoming_chat":
            events = found(body, "payload", "chat", "thread", "events")
            for event in events if isinstance(events, list) else ():
                yield found(body, "payload", "chat", "id"), event
        case _:
            return


def _message(chat_id: object, event: object) -> NewMessage | None:
    event_id, author_id = sound_text(found(event, "id")), sound_text(found(event, "author_id"))
    text, chat = sound_text(found(event, "text")), sound_text(chat_id)
    moment = _moment(found(event, "created_at"))
    seen_by = (found(event, "recipients"), found(event, "visibility"))
    if found(event, "type") != "message" or any(who not in _EVERYBODY for who in seen_by):
        return None
    if event_id is None or author_id is None or text is None or chat is None or moment is None:
        return None
    return NewMessage(
        external_id=f"{chat}:{event_id}",
        source=SOURCE,
        user_id=author_id,
        event_time=moment,
        text=text,
        conversation_id=chat,
        author=Author.AGENT if "@" in author_id or _BOT.fullmatch(author_id) else Author.CUSTOMER,
    )


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)

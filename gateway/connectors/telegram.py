"""Updates of the Telegram Bot API as messages (https://core.telegram.org/bots/api#update). Pure.

Only new messages with a text or a caption count. Edits, channel posts and what a group is forwarded of them, stickers,
commands to a bot without further words, and everything else map to nothing.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final

from earshot_client.earshot.store.v1 import Author, NewMessage
from gateway.connectors.values import found, is_number, sound_text

SOURCE: Final = "telegram"
ALLOWED_UPDATES: Final = ("message",)

# What follows /start is no word of the person's but of the link that was clicked (https://core.telegram.org/bots/features).
_COMMAND: Final = re.compile(r"\s*/(?:start(?:@\w+)?(?:\s.*)?|\w{1,32}(?:@\w+)?\s*)", re.DOTALL | re.IGNORECASE)


def message_of(update: object, *, bot_id: str) -> NewMessage | None:
    """The message in an update; None where it holds none that we keep, or is no update at all.

    Message ids count per chat, and private chats are numbered by their user: only bot, chat and message together name
    one. The same update delivered again gives the same message.
    """
    message = found(update, "message")
    text = sound_text(found(message, "text")) or sound_text(found(message, "caption"))
    number, date = found(message, "message_id"), found(message, "date")
    chat_id, sender = found(message, "chat", "id"), found(message, "from")
    if text is None or not (is_number(number) and is_number(date) and is_number(chat_id)):
        return None
    if _COMMAND.fullmatch(text) or found(message, "is_automatic_forward") is True:
        return None
    moment = _moment(date)
    if moment is None:
        return None
    sender_id = found(sender, "id")
    return NewMessage(
        external_id=":".join(str(part) for part in (bot_id, chat_id, number) if part != ""),
        source=SOURCE,
        user_id=str(sender_id if is_number(sender_id) else chat_id),
        event_time=moment,
        text=text,
        conversation_id=str(chat_id),
        author=Author.AGENT if found(sender, "is_bot") is True else Author.CUSTOMER,
    )


def _moment(seconds: Any) -> datetime | None:  # noqa: ANN401 - a number of JSON
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None

"""Updates of Telegram and webhooks of LiveChat as messages; whatever else comes maps to nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earshot_client.earshot.store.v1 import Author
from gateway.connectors import livechat, telegram

NAMES = ["message", "text", "chat", "id", "from", "date", "action", "payload", "event", "type", "visibility"]

json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(
            st.sampled_from(["message", "text", "chat", "id", "from", "date", "action", "payload", "event", "type"]),
            inner,
        ),
    ),
    max_leaves=20,
)


def update(**change: Any) -> dict[str, Any]:
    message = {
        "message_id": 365,
        "from": {"id": 1111111, "is_bot": False, "first_name": "Test", "username": "Testusername"},
        "chat": {"id": 1111111, "type": "private", "first_name": "Test"},
        "date": 1_772_366_400,
        "text": "my deposit is missing",
    }
    return {"update_id": 10000, "message": {**message, **change}}


def test_a_text_becomes_a_message() -> None:
    message = telegram.message_of(update(), bot_id="99")
    assert message is not None
    assert (message.external_id, message.source, message.user_id) == ("99:1111111:365", "telegram", "1111111")
    assert (message.conversation_id, message.text) == ("1111111", "my deposit is missing")
    assert message.event_time == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert message.author == Author.CUSTOMER
    assert telegram.message_of(update(), bot_id="99") == message


def test_a_group_a_caption_and_a_bot() -> None:
    group = telegram.message_of(update(chat={"id": -1001234}, text=None, caption="see my photo"), bot_id="")
    assert group is not None
    assert (group.external_id, group.user_id, group.text) == ("-1001234:365", "1111111", "see my photo")
    bot = telegram.message_of(update(**{"from": {"id": 5, "is_bot": True}}), bot_id="")
    assert bot is not None
    assert bot.author == Author.AGENT


@pytest.mark.parametrize("text", ["/support my deposit is missing", "/started to wait on monday", "and/or", "50/50"])
def test_words_beside_a_command_are_a_message(text: str) -> None:
    message = telegram.message_of(update(text=text), bot_id="99")
    assert message is not None
    assert message.text == text


@pytest.mark.parametrize(
    "other",
    [
        {"update_id": 1, "edited_message": update()["message"]},
        {"update_id": 1, "channel_post": update()["message"]},
        {"update_id": 1, "callback_query": {"id": "x"}},
        update(text=None, sticker={"emoji": "😀"}),
        update(text="  "),
        update(text="/start"),
        update(text="/start ref_8842"),
        update(text="/help@our_bot "),
        update(is_automatic_forward=True, sender_chat={"id": -1005, "type": "channel"}),
        update(text="half \ud800 a pair"),
        update(text="nul \x00"),
        update(chat={"id": True}),
        update(date=10**30),
        [],
        None,
    ],
)
def test_everything_else_maps_to_nothing(other: object) -> None:
    assert telegram.message_of(other, bot_id="99") is None


@given(value=json_values)
def test_no_json_does_harm(value: object) -> None:
    telegram.message_of(value, bot_id="")
    livechat.messages_of(value)
    livechat.secret_of(value)


def event(**change: Any) -> dict[str, Any]:
    return {
        "id": "Q20163UAHO_2",
        "created_at": "2026-03-01T12:00:00.820000Z",
        "type": "message",
        "text": "hello",
        "author_id": "b7eff798-f8df-4364-8059-649c35c9ed0c",
        "recipients": "all",
        **change,
    }


def hook(action: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"webhook_id": "w", "secret_key": "s", "action": action, "organization_id": "o", "payload": payload}


def test_an_event_of_a_chat_becomes_a_message() -> None:
    body = hook("incoming_event", {"chat_id": "PJ0MRSHTDG", "thread_id": "K600PKZON8", "event": event()})
    [message] = livechat.messages_of(body)
    assert (message.external_id, message.conversation_id) == ("PJ0MRSHTDG:Q20163UAHO_2", "PJ0MRSHTDG")
    assert message.event_time == datetime(2026, 3, 1, 12, 0, 0, 820_000, tzinfo=UTC)
    assert (message.author, message.text, livechat.secret_of(body)) == (Author.CUSTOMER, "hello", "s")


def test_a_chat_comes_with_the_events_it_began_with() -> None:
    events = [
        event(),
        event(id="Q_3", author_id="agent@example.com"),
        event(id="Q_4", type="system_message"),
        event(id="Q_5", recipients="agents"),
        event(id="Q_7", recipients=None, visibility="agents"),
        event(id="Q_8", recipients=None, visibility="all", author_id="5c9871d5372c824cbf22d860a707a578"),
        event(id="Q_6", text=""),
    ]
    body = hook("incoming_chat", {"chat": {"id": "C", "thread": {"id": "T", "events": events}}})
    assert [(message.external_id, message.author) for message in livechat.messages_of(body)] == [
        ("C:Q20163UAHO_2", Author.CUSTOMER),
        ("C:Q_3", Author.AGENT),
        ("C:Q_8", Author.AGENT),
    ]
    assert livechat.messages_of(hook("chat_deactivated", {"chat_id": "C"})) == []

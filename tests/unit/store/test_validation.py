"""The rules of fields: every one that is broken is named, and good values pass."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import ErrorReason, InvalidInputError
from services.runtime.labels import CATEGORIES, INTENTS, KNOWN_SOURCES
from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.message import ABSENT_TIME, IMPOSSIBLE_TIME, Author, MessageColumns, NewMessage
from services.store.validation import (
    are_all_valid,
    filter_violations,
    message_violations,
    parse_id,
    range_violations,
    refuse,
    row_number_violations,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = NewMessage(
    external_id="",
    source="livechat",
    user_id="u",
    event_time=NOW,
    text="t",
    conversation_id="",
    author=Author.CUSTOMER,
)


def broken(message: NewMessage) -> list[tuple[str, ErrorReason]]:
    return [(violation.field, violation.reason) for violation in message_violations(message, now=NOW)]


@pytest.mark.parametrize(
    "fields",
    [{"source": source} for source in (*KNOWN_SOURCES, "a", "x_1-y", "a" * 64)]
    + [
        {"text": "x" * 20_000},
        {"text": "🎰" * 20_000},
        {"text": "\u200b"},
        {"external_id": "e" * 512},
        {"user_id": "\U0010ffff" * 256},
        {"conversation_id": "c" * 256},
        {"author": Author.AGENT},
        {"event_time": datetime(1970, 1, 1, tzinfo=UTC)},
        {"event_time": NOW + timedelta(days=1)},
    ],
    ids=str,
)
def test_good_values_pass(fields: dict[str, Any]) -> None:
    assert broken(GOOD._replace(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"source": ""}, [("source", ErrorReason.MISSING_FIELD)]),
        ({"source": "Email"}, [("source", ErrorReason.INVALID_ARGUMENT)]),
        ({"source": "1st"}, [("source", ErrorReason.INVALID_ARGUMENT)]),
        ({"source": "a" * 65}, [("source", ErrorReason.INVALID_ARGUMENT)]),
        ({"source": "web\n"}, [("source", ErrorReason.INVALID_ARGUMENT)]),
        ({"user_id": ""}, [("user_id", ErrorReason.MISSING_FIELD)]),
        ({"user_id": "u" * 257}, [("user_id", ErrorReason.TEXT_TOO_LONG)]),
        ({"text": ""}, [("text", ErrorReason.EMPTY_TEXT)]),
        ({"text": " \t\u2003\n"}, [("text", ErrorReason.EMPTY_TEXT)]),
        ({"text": "x" * 20_001}, [("text", ErrorReason.TEXT_TOO_LONG)]),
        ({"text": "a\x00b"}, [("text", ErrorReason.INVALID_ARGUMENT)]),
        ({"text": "a\ud800b"}, [("text", ErrorReason.INVALID_ARGUMENT)]),
        ({"external_id": "e" * 513}, [("external_id", ErrorReason.TEXT_TOO_LONG)]),
        ({"conversation_id": "\x00"}, [("conversation_id", ErrorReason.INVALID_ARGUMENT)]),
        ({"author": None}, [("author", ErrorReason.UNKNOWN_ENUM_VALUE)]),
        ({"event_time": ABSENT_TIME}, [("event_time", ErrorReason.MISSING_FIELD)]),
        ({"event_time": IMPOSSIBLE_TIME}, [("event_time", ErrorReason.BAD_TIMESTAMP)]),
        ({"event_time": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)}, [("event_time", ErrorReason.BAD_TIMESTAMP)]),
        ({"event_time": datetime(9999, 1, 1, tzinfo=UTC)}, [("event_time", ErrorReason.BAD_TIMESTAMP)]),
        (
            {"event_time": NOW + timedelta(days=1, microseconds=1)},
            [("event_time", ErrorReason.BAD_TIMESTAMP)],
        ),
        (
            {"source": "?", "text": "\x00" + "x" * 20_000},
            [
                ("source", ErrorReason.INVALID_ARGUMENT),
                ("text", ErrorReason.TEXT_TOO_LONG),
                ("text", ErrorReason.INVALID_ARGUMENT),
            ],
        ),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_bad_values_are_all_named(fields: dict[str, Any], wrong: list[tuple[str, ErrorReason]]) -> None:
    assert broken(GOOD._replace(**fields)) == wrong


@given(st.text())
def test_a_text_passes_exactly_when_postgres_can_keep_it(text: str) -> None:
    keepable = bool(text.strip()) and "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)
    assert (broken(GOOD._replace(text=text)) == []) == keepable


def test_a_refusal_names_all_and_keeps_a_common_reason() -> None:
    refuse([])
    one = message_violations(GOOD._replace(text=""), now=NOW, prefix="messages[0].")
    with pytest.raises(InvalidInputError) as caught:
        refuse([*one, *one])
    assert caught.value.reason == ErrorReason.EMPTY_TEXT
    assert [violation.field for violation in caught.value.violations] == ["messages[0].text"] * 2
    with pytest.raises(InvalidInputError) as caught:
        refuse([*one, *message_violations(GOOD._replace(user_id=""), now=NOW)])
    assert caught.value.reason == ErrorReason.INVALID_ARGUMENT


@pytest.mark.parametrize("number", [1, 2**53 + 1, 2**63 - 1])
def test_row_numbers_that_fit(number: int) -> None:
    assert row_number_violations(number) == ()


@pytest.mark.parametrize("number", [0, -1, 2**63, 2**64 - 1])
def test_row_numbers_that_do_not(number: int) -> None:
    assert row_number_violations(number)[0].field == "number"


@given(st.uuids())
def test_ids_are_read_in_either_case(row_id: Any) -> None:
    assert parse_id(str(row_id).upper(), field="id") == row_id


@pytest.mark.parametrize("text", ["", "x", "0" * 32, "urn:uuid:" + "0" * 36, "٠" * 8 + "-0000-0000-0000-" + "0" * 12])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_id(text, field="id")
    assert caught.value.reason == ErrorReason.BAD_ID


def test_filters_of_known_names_pass() -> None:
    filters = Filters(
        categories=ValueFilter(any_of=CATEGORIES),
        intents=ValueFilter(all_of=INTENTS),
        sources=ValueFilter(none_of=("anything",)),
        min_confidence=0.0,
        text="x" * 1000,
    )
    assert filter_violations(filters) == ()


def test_every_bad_filter_is_named_with_what_is_known() -> None:
    filters = Filters(
        categories=ValueFilter(any_of=("money", "deposit")),
        user_ids=ValueFilter(any_of=tuple(f"u{n}" for n in range(101))),
        languages=ValueFilter(none_of=("\x00", "\x00")),
        min_confidence=float("nan"),
        text="\x00",
    )
    violations = filter_violations(filters, prefix="share_of")
    assert {violation.field for violation in violations} == {
        "share_of.categories",
        "share_of.user_ids",
        "share_of.languages",
        "share_of.min_confidence",
        "share_of.text",
    }
    assert {violation.reason for violation in violations} == {ErrorReason.BAD_FILTER}
    categories = next(violation for violation in violations if violation.field == "share_of.categories")
    assert "'money'" in categories.description
    assert "withdraw" in categories.description


@pytest.mark.parametrize(
    ("time_range", "field"),
    [
        (TimeRange(start=NOW, end=NOW - timedelta(microseconds=1)), "range"),
        (TimeRange(start=IMPOSSIBLE_TIME), "range.start"),
        (TimeRange(end=datetime(1969, 1, 1, tzinfo=UTC)), "range.end"),
    ],
)
def test_bad_ranges_are_named(time_range: TimeRange, field: str) -> None:
    (violation,) = range_violations(time_range)
    assert (violation.field, violation.reason) == (field, ErrorReason.BAD_RANGE)


@pytest.mark.parametrize("time_range", [TimeRange(), TimeRange(start=NOW), TimeRange(start=NOW, end=NOW)])
def test_open_and_empty_ranges_are_ranges(time_range: TimeRange) -> None:
    assert range_violations(time_range) == ()


_CHARACTERS = st.sampled_from("ab \t\x00é\U0001f600\u2003")
_TEXTS = st.text(_CHARACTERS, max_size=6) | st.integers(250, 260).map(lambda length: "x" * length)
_TIMES = st.sampled_from([ABSENT_TIME, IMPOSSIBLE_TIME, NOW, NOW + timedelta(days=2), NOW - timedelta(days=30_000)])


_MESSAGES = st.builds(
    NewMessage,
    external_id=_TEXTS,
    source=st.sampled_from(["livechat", "web", "", "Web", "new_source"]),
    user_id=_TEXTS,
    event_time=_TIMES,
    text=_TEXTS,
    conversation_id=_TEXTS,
    author=st.sampled_from([Author.CUSTOMER, Author.AGENT, None]),
)


@given(st.lists(_MESSAGES | st.just(GOOD), min_size=1, max_size=4))
def test_a_look_at_all_says_what_the_rules_say_of_each(messages: list[NewMessage]) -> None:
    assert are_all_valid(MessageColumns.of(messages), NOW) == all(
        not message_violations(message, now=NOW) for message in messages
    )

"""From a record to a message, by column options."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from earshot_client.earshot.store.v1 import Author
from gateway.importing.mapping import Columns, Defaults, RowProblemError, missing_columns, to_message

ANCHOR = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def defaults(zone: str = "UTC", timestamp_format: str = "") -> Defaults:
    return Defaults(
        source="import", user_id="unknown", timestamp=ANCHOR, zone=ZoneInfo(zone), timestamp_format=timestamp_format
    )


def moment(value: object, *, zone: str = "UTC", timestamp_format: str = "") -> datetime | None:
    columns = Columns(timestamp="at")
    return to_message({"text": "a", "at": value}, columns, defaults(zone, timestamp_format)).event_time


def test_columns_win_over_defaults_and_defaults_fill_what_is_empty() -> None:
    columns = Columns(text="body", user="who", source="channel", external_id="id", conversation="thread", author="by")
    fields: dict[str, object] = {"body": "hi", "who": "", "channel": "web", "id": 7, "thread": "t", "by": "Operator"}
    message = to_message(fields, columns, defaults())
    assert (message.text, message.user_id, message.source, message.external_id) == ("hi", "unknown", "web", "7")
    assert (message.conversation_id, message.author, message.event_time) == ("t", Author.AGENT, ANCHOR)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T09:30:00Z", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T09:30:00+02:00", datetime(2026, 3, 1, 7, 30, tzinfo=UTC)),
        (" 2026-03-01 09:30 ", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("1772357400", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("1772357400.5", datetime(2026, 3, 1, 9, 30, 0, 500_000, tzinfo=UTC)),
        ("1772357400500", datetime(2026, 3, 1, 9, 30, 0, 500_000, tzinfo=UTC)),
        (1772357400, datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("20260301", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_times(value: object, expected: datetime) -> None:
    assert moment(value) == expected


def test_times_without_an_offset_are_in_the_zone_named() -> None:
    assert moment("2026-07-01 09:30", zone="Europe/Ljubljana") == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    written = moment("01.07.2026 09:30", zone="Europe/Ljubljana", timestamp_format="%d.%m.%Y %H:%M")
    assert written == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "10000-01-01",
        "0000-01-01",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "1969-12-31T23:59:59Z",
        "9" * 400,
        "²",
        "-1",
        "1e400",
        "\x00",
        "46327.41667",
        "0",
        "20261399",
    ],
)
def test_times_that_are_none_name_the_field(value: str) -> None:
    with pytest.raises(RowProblemError) as caught:
        moment(value)
    assert caught.value.field == "timestamp"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [True, [], {}])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(RowProblemError, match="text must be text"):
        to_message({"text": value}, Columns(), defaults())


def test_an_unknown_author_is_refused() -> None:
    with pytest.raises(RowProblemError, match="customer or agent"):
        to_message({"text": "a", "by": "bot"}, Columns(author="by"), defaults())


def test_missing_columns() -> None:
    assert missing_columns(Columns(user="who", source="channel"), {"text": "", "channel": ""}) == ["who"]

"""Cursors of watches: a round trip, and nothing that Postgres would not read passes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.live.cursor import RETENTION, Cursor, decoded

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@st.composite
def snapshots(draw: st.DrawFn) -> str:
    low = draw(st.integers(1, 2**62))
    span = draw(st.integers(0, 1000))
    running = draw(st.sets(st.integers(0, span - 1), max_size=5)) if span else set()
    return f"{low}:{low + span}:{','.join(str(low + offset) for offset in sorted(running))}"


@given(seen=snapshots(), until=st.one_of(st.just(""), snapshots()), row=st.integers(0, 2**63 - 1))
def test_a_cursor_is_read_as_it_was_written(seen: str, until: str, row: int) -> None:
    cursor = Cursor(seen=seen, until=until, row=row if until else 0, place=3 if until else 0, time=NOW)
    assert decoded(cursor.encoded(), now=NOW + timedelta(days=6)) == cursor


@given(text=st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        decoded(text, now=NOW)


@pytest.mark.parametrize(
    "seen", ["5:3:", "0:3:", "1:9:3,2", "1:9:9", "1:9:0", "1:9:2,2", "1:9", "9223372036854775808:9223372036854775809:"]
)
def test_what_is_no_snapshot_is_refused(seen: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decoded(Cursor(seen=seen, time=NOW).encoded(), now=NOW)
    assert caught.value.reason == ErrorReason.BAD_CURSOR


def test_an_old_cursor_says_so() -> None:
    with pytest.raises(InvalidInputError) as caught:
        decoded(Cursor(seen="1:1:", time=NOW).encoded(), now=NOW + RETENTION + timedelta(seconds=1))
    assert caught.value.reason == ErrorReason.CURSOR_EXPIRED

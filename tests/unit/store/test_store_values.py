"""Small pure pieces: ids, times, payload hashes, notifications, durability, settings."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

import services.store
from earshot.store.v1 import message_pb2
from services.runtime.errors import InvalidInputError
from services.runtime.settings import ServerSettings, describe
from services.store.contract import convert
from services.store.durability import unsafe_settings
from services.store.ingesting.ingest import payload_hash
from services.store.ingesting.message_ids import new_message_ids
from services.store.message import ABSENT_TIME, IMPOSSIBLE_TIME, Author, MessageColumns, NewMessage
from services.store.repositories.label_queue import ids_of_notification
from services.store.settings import StoreSettings
from services.store.validation import FIRST_TIME

MESSAGES = st.builds(
    NewMessage,
    external_id=st.text(max_size=3),
    source=st.just("web"),
    user_id=st.text(max_size=3),
    event_time=st.datetimes(timezones=st.just(UTC)),
    text=st.text(max_size=3),
    conversation_id=st.text(max_size=3),
    author=st.sampled_from(Author),
)


@pytest.mark.parametrize("count", [0, 1, 1000, 5000])
def test_ids_are_version_seven_and_ascend(count: int) -> None:
    ids = [UUID(message_id) for message_id in new_message_ids(count)]
    assert len(set(ids)) == count
    assert ids == sorted(ids)
    assert {(message_id.version, message_id.variant) for message_id in ids} <= {(7, "specified in RFC 4122")}


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_survive_the_way_through_protobuf(time: datetime) -> None:
    assert convert.instant(convert.timestamp(time)) == time


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
def test_no_timestamp_breaks_the_conversion(seconds: int, nanos: int) -> None:
    time = convert.instant(Timestamp(seconds=seconds, nanos=nanos))
    fits = -62_135_596_800 <= seconds <= 253_402_300_799 and 0 <= nanos < 10**9
    assert (time is IMPOSSIBLE_TIME) != fits


@pytest.mark.parametrize(("seconds", "nanos", "wanted"), [(0, 0, 0.0), (1, 500_000_000, 1.5), (3600, 0, 30.0)])
def test_waiting_is_bounded(seconds: int, nanos: int, wanted: float) -> None:
    assert convert.wait_seconds(Duration(seconds=seconds, nanos=nanos), "wait_for_labels", maximum=30) == wanted


@pytest.mark.parametrize(("seconds", "nanos"), [(-1, 0), (0, -1), (0, 10**9)])
def test_a_wait_that_is_none_is_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(InvalidInputError):
        convert.wait_seconds(Duration(seconds=seconds, nanos=nanos), "wait_for_labels", maximum=30)


@given(st.lists(MESSAGES, min_size=1, max_size=3), st.lists(MESSAGES, min_size=1, max_size=3))
def test_payload_hashes_differ_exactly_where_payloads_do(one: list[NewMessage], two: list[NewMessage]) -> None:
    assert (payload_hash(MessageColumns.of(one)) == payload_hash(MessageColumns.of(two))) == (one == two)


def test_fields_do_not_run_into_each_other_in_the_hash() -> None:
    message = NewMessage(
        external_id="ab",
        source="web",
        user_id="c",
        event_time=datetime(2026, 1, 1, tzinfo=UTC),
        text="t",
        conversation_id="",
        author=Author.CUSTOMER,
    )
    moved = message._replace(external_id="a", user_id="bc")
    assert payload_hash(MessageColumns.of([message])) != payload_hash(MessageColumns.of([moved]))


@given(st.lists(MESSAGES, min_size=1, max_size=3))
def test_messages_survive_the_way_through_columns(messages: list[NewMessage]) -> None:
    columns = MessageColumns.of(messages)
    assert [columns.message(position) for position in range(len(columns))] == messages


@given(st.lists(st.builds(Timestamp, seconds=st.integers(-2, 2), nanos=st.integers(-2, 2)) | st.none(), min_size=1))
def test_columns_hold_the_times_of_their_protos(times: list[Timestamp | None]) -> None:
    protos = [message_pb2.NewMessage(event_time=time) for time in times]
    wanted = [convert.new_message(proto).event_time for proto in protos]
    found = convert.message_columns(protos).event_times
    for time, instant in zip(found, wanted, strict=True):
        in_range = instant not in {ABSENT_TIME, IMPOSSIBLE_TIME} and instant >= FIRST_TIME
        assert (time >= 0) == in_range
        assert not in_range or FIRST_TIME + timedelta(microseconds=time) == instant


def test_a_notification_names_its_messages() -> None:
    ids = [uuid4() for _ in range(300)]
    payload = base64.b64encode(b"".join(message_id.bytes for message_id in ids)).decode()
    assert len(payload) < 8000
    assert ids_of_notification(payload) == ids


@pytest.mark.parametrize("value", ["on", "local", "remote_write", "remote_apply"])
def test_a_commit_that_waits_for_the_disk_is_safe(value: str) -> None:
    found = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": value}
    assert unsafe_settings(found) == {}
    assert unsafe_settings({**found, "fsync": "off"}) == {"fsync": "off"}


def test_every_setting_of_the_store_is_on_its_page() -> None:
    page = (Path(services.store.__path__[0]) / "README.md").read_text(encoding="utf-8")
    everywhere = {doc.variable for doc in describe(ServerSettings)}
    own = [doc for doc in describe(StoreSettings) if doc.variable not in everywhere]
    assert own
    for doc in own:
        assert doc.description
        assert f"`{doc.variable}`" in page


def settings_with(languages: str) -> StoreSettings:
    given: dict[str, Any] = {"store_accepted_languages": languages, "database_url": SecretStr("postgresql://x")}
    return StoreSettings(**given, public_key_file=Path(__file__))


@pytest.mark.parametrize(("given", "accepted"), [("", ()), ("en", ("en",)), (" en, fr,", ("en", "fr"))])
def test_accepted_languages_are_a_list(given: str, accepted: tuple[str, ...]) -> None:
    assert settings_with(given).store_accepted_languages == accepted


@pytest.mark.parametrize("given", ["EN", "en-GB", "english", "en;fr"])
def test_what_is_no_code_of_a_language_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="store_accepted_languages"):
        settings_with(given)

"""ExportMessages: the same rows in three formats, from one snapshot, safe in a spreadsheet (D13, T50)."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from arro3.core import DataType
from arro3.io import read_parquet

from earshot.store.v1 import message_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason
from services.store.exporting import exporter
from tests.support.postgres import connection
from tests.support.scripted_classifier import scripted_classifier
from tests.support.statistics_world import WorldLabels, WorldMessage, load
from tests.support.store import NOW, StoreRig, caller, error_of, ingest, new_message, running_store, timestamp

CSV, JSONL, PARQUET = (
    message_pb2.EXPORT_FORMAT_CSV,
    message_pb2.EXPORT_FORMAT_JSONL,
    message_pb2.EXPORT_FORMAT_PARQUET,
)
MINE = caller(workspace_id="exporting")
HOSTILE = [
    '=HYPERLINK("http://evil")',
    "+1 deposit",
    "-1",
    "@SUM(A1)",
    "\tdeposit",
    "\rdeposit",
    "'=already quoted",
    "''''",
    "it's fine",
    'say "deposit", now\nand\r\nhere',
    "\\N",
    "\\.",
    "\\n\\t",
    '{"json": true}',
    "emoji 😀 and \u2028 and \u202eright to left",
    "\x01\x02\x1f control",
    "'; DROP TABLE messages; --",
]


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        messages = [
            new_message(
                text,
                external_id=f"={number}",
                user_id=f"+{number % 3}",
                conversation_id="-c" if number % 2 else "",
                event_time=timestamp(NOW + timedelta(microseconds=number)),
            )
            for number, text in enumerate(HOSTILE)
        ]
        await running.client.messages(MINE).IngestMessages(ingest(*messages, wait_seconds=30))
        await running.client.messages(caller(workspace_id="rival")).IngestMessages(ingest(new_message("theirs")))
        yield running


async def file_of(rig: StoreRig, who: Identity = MINE, **request: Any) -> tuple[bytes, int]:
    parts: list[message_pb2.ExportMessagesResponse] = [
        part async for part in rig.client.messages(who).ExportMessages(message_pb2.ExportMessagesRequest(**request))
    ]
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    return b"".join(part.data for part in parts), parts[-1].message_count


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True))


def lines_of(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().removesuffix("\n").split("\n")]


def restored(value: str) -> str:
    bare = value.lstrip("'")
    return value[1:] if bare != value and bare[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else value


async def test_csv_holds_every_row_and_nothing_that_runs(rig: StoreRig) -> None:
    data, count = await file_of(rig, format=CSV)
    rows = rows_of(data)
    assert (len(rows), count) == (len(HOSTILE), len(HOSTILE))
    for row in rows:
        for value in row.values():
            assert value[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}
    assert [restored(row["text"]) for row in rows] == HOSTILE
    assert [restored(row["external_id"]) for row in rows] == [f"={number}" for number in range(len(HOSTILE))]
    assert rows[1]["timestamp"] == "2026-03-01T12:00:00.000001Z"
    assert (rows[1]["category"], rows[1]["categories"], rows[1]["intents"]) == ("deposit", "deposit", "deposit_failed")
    assert (rows[1]["status"], rows[1]["labelled_by"], rows[1]["model_name"]) == ("labelled", "model", "scripted")
    assert {row["abstained"] for row in rows} <= {"true", "false"}


@pytest.mark.parametrize("file_format", [CSV, PARQUET])
async def test_hours_are_those_of_the_zone(rig: StoreRig, file_format: message_pb2.ExportFormat.ValueType) -> None:
    # The first of March 2026 is a Sunday; at 12:00 UTC it is 13:00 in Ljubljana.
    sunday = question_pb2.Filters(hours=[13], weekdays=[question_pb2.WEEKDAY_SUNDAY])
    _, all_of_them = await file_of(rig, format=file_format, filters=sunday, time_zone="Europe/Ljubljana")
    _, none = await file_of(rig, format=file_format, filters=sunday)
    assert (all_of_them, none) == (len(HOSTILE), 0)


@pytest.mark.parametrize("file_format", [CSV, JSONL, PARQUET])
async def test_a_file_may_be_of_one_side_alone(rig: StoreRig, file_format: message_pb2.ExportFormat.ValueType) -> None:
    who = caller(workspace_id=f"exporting-authors-{file_format}")
    sides = [message_pb2.AUTHOR_CUSTOMER, message_pb2.AUTHOR_AGENT, message_pb2.AUTHOR_CUSTOMER]
    await rig.client.messages(who).IngestMessages(ingest(*(new_message("deposit", author=side) for side in sides)))
    _, customers = await file_of(rig, who, format=file_format, authors=[message_pb2.AUTHOR_CUSTOMER])
    _, agents = await file_of(rig, who, format=file_format, authors=[message_pb2.AUTHOR_AGENT])
    _, both = await file_of(rig, who, format=file_format)
    assert (customers, agents, both) == (2, 1, 3)


async def test_json_lines_hold_the_same_rows_unchanged(rig: StoreRig) -> None:
    data, count = await file_of(rig, format=JSONL)
    lines = lines_of(data)
    assert count == len(lines)
    assert [line["text"] for line in lines] == HOSTILE
    assert (lines[1]["categories"], lines[1]["intents"]) == (["deposit"], ["deposit_failed"])
    assert lines[1]["confidence"] == pytest.approx(0.9)
    assert lines[1]["timestamp"] == "2026-03-01T12:00:00.000001Z"


async def test_parquet_holds_the_same_rows_with_their_types(rig: StoreRig) -> None:
    data, count = await file_of(rig, format=PARQUET)
    table = read_parquet(io.BytesIO(data)).read_all()
    assert (table.num_rows, count) == (len(HOSTILE), len(HOSTILE))
    columns = {name: table[name].to_pylist() for name in table.column_names}
    assert columns["text"] == HOSTILE
    assert columns["intents"][1] == ["deposit_failed"]
    assert columns["timestamp"][1] == datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
    csv_rows = rows_of((await file_of(rig, format=CSV))[0])
    assert columns["id"] == [row["id"] for row in csv_rows]


async def test_parquet_says_what_json_lines_say(rig: StoreRig, database_url: str) -> None:
    labels = WorldLabels(
        valid_from=NOW,
        valid_to=None,
        intents=("deposit_failed", "withdrawal_delayed"),
        scores=(0.9, 0.3),
        sentiment="neutral",
        language="en",
    )
    world = [
        WorldMessage(event_time=NOW, create_time=NOW, source="web", user_id="u", text="hello", labels=given)
        for given in ((labels,), (labels,), ())
    ]
    async with connection(database_url) as owner, owner.transaction():
        await load(owner, "sparse", world)
        await owner.execute("UPDATE label_queue SET failed = true WHERE workspace_id = 'sparse'")
        # A person's labels for what no model had looked at.
        await owner.execute(
            "UPDATE labels SET author = 'human', model_name = '', model_version = '' WHERE workspace_id = 'sparse'"
            " AND message_id = (SELECT min(id::text)::uuid FROM messages WHERE workspace_id = 'sparse')"
        )
    for who in (caller(workspace_id="sparse"), MINE):
        table = read_parquet(io.BytesIO((await file_of(rig, who, format=PARQUET))[0])).read_all()
        assert table.schema.field("source").type == DataType.utf8()
        columns = {name: table[name].to_pylist() for name in table.column_names}
        lines = [
            json.loads(line)
            for line in (await file_of(rig, who, format=JSONL))[0].decode().removesuffix("\n").split("\n")
        ]
        for number, line in enumerate(lines):
            row = {name: column[number] for name, column in columns.items()}
            for name in ("timestamp", "created_at", "labelled_at"):
                line[name] = line[name] and datetime.fromisoformat(line[name])
            for name in ("categories", "intents"):
                line[name] = line[name] or []
            line["confidence"] = line["confidence"] and pytest.approx(line["confidence"])
            assert row == line
    assert "" in columns["conversation_id"]


async def test_filters_are_those_of_lists_and_values_are_data(rig: StoreRig) -> None:
    deposits = question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=["deposit"]))
    listed = await rig.client.messages(MINE).ListMessages(message_pb2.ListMessagesRequest(filters=deposits))
    exported = rows_of((await file_of(rig, filters=deposits))[0])
    assert [row["id"] for row in exported] == [message.id for message in reversed(listed.messages)]
    for hostile in ("$1", "$2", "x'); DROP TABLE messages; --", "\\", "{}", "%s", "$$"):
        filters = question_pb2.Filters(user_ids=question_pb2.ValueFilter(any_of=[hostile, "+1"]), text="deposit")
        assert {restored(row["user_id"]) for row in rows_of((await file_of(rig, filters=filters))[0])} == {"+1"}
    window = question_pb2.TimeRange(start=timestamp(NOW), end=timestamp(NOW + timedelta(microseconds=3)))
    assert (await file_of(rig, range=window))[1] == 3
    assert await file_of(rig, caller(workspace_id="nobody"), format=JSONL) == (b"", 0)


@pytest.mark.parametrize("file_format", [CSV, JSONL, PARQUET])
async def test_a_reader_who_leaves_takes_no_connection_along(rig: StoreRig, file_format: Any) -> None:
    who = caller(workspace_id="large")
    text = "x" * 10_000
    for start in range(0, 1200, 300):
        messages = [new_message(text, external_id=str(start + place)) for place in range(300)]
        await rig.client.messages(who).IngestMessages(ingest(*messages))
    for _ in range(exporter.MAX_RUNNING + 1):
        call = rig.client.messages(who).ExportMessages(message_pb2.ExportMessagesRequest(format=file_format))
        await call.read()
        call.cancel()
    async with asyncio.timeout(30):
        while rig.store.pools.calls.open_connections() != rig.store.pools.calls.idle_connections():  # noqa: ASYNC110 - a gauge
            await asyncio.sleep(0.01)
    assert (await file_of(rig, who, format=file_format))[1] == 1200


async def test_only_so_many_run_at_a_time(rig: StoreRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "MAX_RUNNING", 0)
    call = rig.client.messages(MINE).ExportMessages(message_pb2.ExportMessagesRequest())
    assert (await error_of(call.read())).reason == ErrorReason.TOO_MANY_STREAMS


@pytest.mark.parametrize(
    ("who", "request_fields", "reason"),
    [
        (caller(Role.VIEWER), {}, ErrorReason.ROLE_MISSING),
        (caller(Role.INGEST), {}, ErrorReason.ROLE_MISSING),
        (MINE, {"format": 9}, ErrorReason.UNKNOWN_ENUM_VALUE),
        (MINE, {"authors": [0]}, ErrorReason.UNKNOWN_ENUM_VALUE),
        (MINE, {"filters": question_pb2.Filters(min_confidence=2)}, ErrorReason.BAD_FILTER),
    ],
)
async def test_what_is_wrong_is_named(
    rig: StoreRig, who: Identity, request_fields: dict[str, Any], reason: ErrorReason
) -> None:
    call = rig.client.messages(who).ExportMessages(message_pb2.ExportMessagesRequest(**request_fields))
    assert (await error_of(call.read())).reason == reason

"""Chunks of an import: whatever rows a file has, each chunk fits into a gRPC message, and no row takes others along."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from earshot_client.earshot.store.v1 import ImportMessagesRequest, ImportMessagesResponse
from gateway.importing.mapping import Columns, Defaults
from gateway.importing.records import Record
from gateway.importing.sending import MAX_ROW_CHARACTERS, Plan, Progress, import_records
from services.runtime.channel import DEFAULT_MAX_MESSAGE_BYTES
from services.runtime.ids import new_id

PLAN = Plan(
    import_id=new_id(),
    columns=Columns(),
    defaults=Defaults(
        source="import", user_id="unknown", timestamp=datetime(2026, 3, 1, tzinfo=UTC), zone=ZoneInfo("UTC")
    ),
)


class Store:
    """Acknowledges every chunk."""

    def __init__(self) -> None:
        self.chunks: list[ImportMessagesRequest] = []

    async def import_messages(
        self, requests: AsyncIterator[ImportMessagesRequest]
    ) -> AsyncIterator[ImportMessagesResponse]:
        async for request in requests:
            self.chunks.append(request)
            yield ImportMessagesResponse(chunk=request.chunk, created=len(request.rows))

    @property
    def rows(self) -> list[int]:
        return [row.number for chunk in self.chunks for row in chunk.rows]


def records(*texts: str) -> Iterator[Record]:
    return (Record(row=row, line=row, fields={"text": text}) for row, text in enumerate(texts, start=1))


async def sent(*texts: str) -> tuple[Store, Progress]:
    store, progress = Store(), Progress()
    client: Any = store
    async for _ in import_records(client, records(*texts), PLAN, progress):
        pass
    return store, progress


async def test_long_texts_make_smaller_chunks() -> None:
    store, progress = await sent(*["😀" * 20_000] * 120)
    assert store.rows == list(range(1, 121))
    assert progress.created == 120
    assert max(len(bytes(chunk)) for chunk in store.chunks) < DEFAULT_MAX_MESSAGE_BYTES


async def test_a_text_that_the_store_would_refuse_is_left_to_it_also_beside_many() -> None:
    store, _ = await sent(*["x" * 131_000] * 90, "short")
    assert store.rows == list(range(1, 92))
    assert max(len(bytes(chunk)) for chunk in store.chunks) < DEFAULT_MAX_MESSAGE_BYTES


async def test_a_row_that_nothing_could_carry_is_refused_alone() -> None:
    store, progress = await sent("one", "x" * (MAX_ROW_CHARACTERS + 1), "three")
    assert store.rows == [1, 3]
    assert (progress.created, progress.failed) == (2, 1)
    assert (progress.errors[0].row, progress.errors[0].field) == (2, "text")
    assert "20,000" in progress.errors[0].message


async def test_short_rows_fill_whole_chunks_to_the_last() -> None:
    store, _ = await sent(*["a"] * 1_001)
    assert [len(chunk.rows) for chunk in store.chunks] == [500, 500, 1]
    assert [len(chunk.rows) for chunk in (await sent(*["a"] * 1_000))[0].chunks] == [500, 500]

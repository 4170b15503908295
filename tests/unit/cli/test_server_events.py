"""Events out of the bytes of an answer."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.server_events import BadEventError, ServerEvent, read_events
from gateway.sse import event

JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


async def _cut(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def events_of(data: bytes, size: int = 4096) -> list[ServerEvent]:
    return [item async for item in read_events(_cut(data, size))]


@given(st.lists(st.tuples(st.sampled_from(["delta", "started"]), JSON_TEXT, st.none() | st.integers(0)), max_size=5))
async def test_what_the_gateway_writes_is_read_back_from_pieces_of_any_size(
    given_events: list[tuple[str, str, int | None]],
) -> None:
    wire = b"".join(event(name, {"text": text}, seq=seq).encode() for name, text, seq in given_events)
    expected = [
        ServerEvent(name=name, data={"text": text}, id="" if seq is None else str(seq))
        for name, text, seq in given_events
    ]
    for size in (1, 3, 4096):
        assert await events_of(wire, size) == expected


async def test_pings_and_an_unfinished_event_are_no_events() -> None:
    wire = b": ping\r\n\r\nevent: delta\r\ndata: {}\r\n\r\nevent: delta\r\ndata: {}\r\n"
    assert await events_of(wire) == [ServerEvent(name="delta", data={})]


async def test_data_on_several_lines_is_joined() -> None:
    assert await events_of(b'data: {"a":\ndata: 1}\n\n') == [ServerEvent(name="message", data={"a": 1})]


@pytest.mark.parametrize("data", [b"nonsense", b"[]", b"<html>"])
async def test_what_is_no_object_is_an_error(data: bytes) -> None:
    with pytest.raises(BadEventError):
        await events_of(b"data: " + data + b"\n\n")

"""What a model writes stays text: no answer makes a frame of its own, whatever it consists of (T65)."""

import json
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from earshot_client.earshot.chat.v1 import ChatEvent, Completed, Delta, Started
from gateway.sse import reply_events

NASTY = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "\x1b[2J\x1b]0;owned\x07",
    "\n\ndata: {}\n\nevent: completed\nid: 99\n\n",
    "\r\r\r\ndata: x",
    "'; DROP TABLE messages; --",
    "\u2028\u2029\x85",
)


async def _rest(texts: tuple[str, ...]) -> AsyncIterator[ChatEvent]:
    for place, text in enumerate(texts, start=1):
        yield ChatEvent(seq=place, reply_id="r", delta=Delta(text=text))
    yield ChatEvent(seq=len(texts) + 1, reply_id="r", completed=Completed(finish_reason="stop"))


async def _frames(texts: tuple[str, ...]) -> list[dict[str, str]]:
    first = ChatEvent(seq=0, reply_id="r", started=Started(session_id="s", turn_id="r"))
    wire = b"".join([event.encode() async for event in reply_events(first, _rest(texts))]).decode()
    frames = wire.replace("\r\n", "\n").split("\n\n")
    assert frames.pop() == ""
    return [dict(line.split(": ", 1) for line in frame.split("\n")) for frame in frames]


async def test_frames_are_as_many_as_events_and_say_what_was_said() -> None:
    frames = await _frames(NASTY)
    assert [frame["event"] for frame in frames] == ["started", *["delta"] * len(NASTY), "completed"]
    assert [int(frame["id"]) for frame in frames] == list(range(len(NASTY) + 2))
    assert tuple(json.loads(frame["data"])["text"] for frame in frames[1:-1]) == NASTY


@given(st.lists(st.text(alphabet=st.sampled_from('a\n\r:{}"\\ \x00\x1b\u2028<datevn'), max_size=30), max_size=4))
async def test_no_text_breaks_out_of_its_frame(texts: list[str]) -> None:
    frames = await _frames(tuple(texts))
    assert [json.loads(frame["data"])["text"] for frame in frames[1:-1]] == texts

"""The data of server-sent events is the same wherever the wire cuts them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chat.upstream.event_data import LONGEST_EVENT_BYTES, EventData

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=20)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """A stream as bytes, and the data of its events."""
    end, wire, expected = draw(ENDS), "", []
    for lines in draw(st.lists(st.lists(TEXTS, min_size=1, max_size=3), max_size=5)):
        wire += draw(st.sampled_from(["", f": ping{end}", f"id: 7{end}", f"event: x{end}", end]))
        space = draw(st.sampled_from(["", " "]))
        # One space after the colon is not part of the data.
        wire += "".join(f"data:{space if space else ' ' * line.startswith(' ')}{line}{end}" for line in lines) + end
        expected.append("\n".join(lines))
    return wire.encode(), expected


@given(streams(), st.lists(st.integers(0, 400), max_size=12))
def test_a_stream_says_the_same_however_it_is_cut(stream: tuple[bytes, list[str]], places: list[int]) -> None:
    wire, expected = stream
    cuts = sorted({0, len(wire), *(place for place in places if place < len(wire))})
    decoder = EventData()
    found = [data for start, stop in pairwise(cuts) for data in decoder.feed(wire[start:stop])]
    # A lone carriage return at the very end may have been half of a line's end.
    found += decoder.feed(b": end\n")
    assert found == expected


def test_a_byte_order_mark_an_unfinished_event_and_one_without_an_end() -> None:
    assert EventData().feed(b"\xef\xbb\xbfdata: a\n\ndata: b\n") == ["a"]
    with pytest.raises(ValueError, match="without an end"):
        EventData().feed(b"data: " + b"x" * LONGEST_EVENT_BYTES)
    with pytest.raises(UnicodeDecodeError):
        EventData().feed(b"data: \xff\n\n")

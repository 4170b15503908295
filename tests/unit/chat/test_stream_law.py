"""The law of a reply's events: every lawful order passes, every other one is named."""

from itertools import product

import pytest

from services.chat.stream_law import TERMINAL, EventKind, Phase, Position, StreamLawViolation, check, resumed

_K = EventKind


def _numbered(*kinds: EventKind) -> list[tuple[EventKind, int]]:
    return [(kind, seq) for seq, kind in enumerate(kinds)]


@pytest.mark.parametrize("end", sorted(TERMINAL))
def test_a_whole_reply_passes(end: EventKind) -> None:
    position = check(_numbered(_K.STARTED, _K.QUERY, _K.DELTA, _K.NOTICE, _K.DELTA, _K.USAGE, end))
    assert position.ended
    assert position.next_seq == 7


def test_the_law_over_every_short_order() -> None:
    """All sequences of up to four events agree with the law written as a regular language."""
    body = {_K.DELTA, _K.QUERY, _K.NOTICE}
    for length in range(1, 5):
        for kinds in product(_K, repeat=length):
            end = len(kinds) - (kinds[-1] in TERMINAL and len(kinds) > 1)
            used = end - (end > 1 and kinds[end - 1] is _K.USAGE)
            lawful = kinds[0] is _K.STARTED and all(kind in body for kind in kinds[1:used])
            try:
                check(_numbered(*kinds))
                passed = True
            except StreamLawViolation:
                passed = False
            assert passed == lawful, kinds


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(_K.DELTA, 0)], "started"),
        ([(_K.STARTED, 1)], "seq 0"),
        ([(_K.STARTED, 0), (_K.DELTA, 2)], "seq 1"),
        ([(_K.STARTED, 0), (_K.DELTA, 0)], "seq 1"),
        ([(_K.STARTED, 0), (_K.STARTED, 1)], "delta, query, notice, usage or an end"),
        ([(_K.STARTED, 0), (_K.USAGE, 1), (_K.DELTA, 2)], "completed, cancelled or failed"),
        ([(_K.STARTED, 0), (_K.USAGE, 1), (_K.USAGE, 2)], "completed, cancelled or failed"),
        ([(_K.STARTED, 0), (_K.FAILED, 1), (_K.COMPLETED, 2)], "nothing after the end"),
    ],
)
def test_a_violation_says_what_was_expected(events: list[tuple[EventKind, int]], expected: str) -> None:
    with pytest.raises(StreamLawViolation) as caught:
        check(events)
    assert caught.value.expected == expected
    assert (caught.value.kind, caught.value.seq) == events[-1]
    assert str(caught.value.seq) in str(caught.value)


def test_a_reader_may_resume_anywhere() -> None:
    assert resumed(-1) == Position()
    position = resumed(4)
    assert position.phase is Phase.BODY
    assert position.after(_K.DELTA, 5).after(_K.COMPLETED, 6).ended
    with pytest.raises(StreamLawViolation):
        resumed(4).after(_K.DELTA, 7)

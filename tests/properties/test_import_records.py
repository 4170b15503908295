"""Properties of reading CSV: the reference is Python's own writer."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gateway.importing.records import Record, read_records

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TRICKY = st.text(st.sampled_from('",\r\n\x00\x0b\x85\u2028 ;a'), max_size=12)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(ANY_TEXT | TRICKY, min_size=width, max_size=width), max_size=8)
)
# Without quotes and line ends, so that no reading but one is possible.
PLAIN = st.text(st.characters(exclude_characters='",\r\n', exclude_categories=["Cs"]), min_size=1, max_size=20)
# None ends with a quote, which could honestly close one left open in a line before.
BROKEN = st.sampled_from(['x,"open', '"open', 'a,"b"c', '"a"b,c', "only", "a,b,c", "a,b,c,d", '"a""b'])


def write(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    return file.getvalue()


def read(text: str) -> list[Record]:
    return list(read_records(io.StringIO(text, newline=""), "csv"))


@given(TABLES)
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]]) -> None:
    names = [f"c{place}" for place in range(len(rows[0]) if rows else 2)]
    records = read(write(names, rows))
    assert [record.problem for record in records] == [""] * len(rows)
    assert [[record.fields[name] for name in names] for record in records] == rows
    assert [record.row for record in records] == list(range(1, len(rows) + 1))


@given(st.lists(st.tuples(PLAIN, PLAIN) | BROKEN, max_size=12))
def test_a_broken_record_never_takes_others_along(rows: list[tuple[str, str] | str]) -> None:
    lines = [row if isinstance(row, str) else ",".join(row) for row in rows]
    records = read("\r\n".join(["a,b", *lines]) + "\r\n")
    good = [row for row in rows if not isinstance(row, str)]
    assert [(record.fields["a"], record.fields["b"]) for record in records if not record.problem] == good
    assert len(records) == len(rows)
    assert [record.line for record in records] == list(range(2, len(rows) + 2))

"""Reading records: what is wrong with one is said, and the others are read."""

import io
from collections.abc import Sequence

import pytest

from gateway.importing.decoding import lines_of
from gateway.importing.records import (
    MAX_LINE_CHARACTERS,
    MAX_RECORD_LINES,
    BadFileError,
    FileFormat,
    Record,
    read_records,
)


def read(
    content: bytes | str, file_format: FileFormat = "csv", delimiter: str = ",", wanted: Sequence[str] = ()
) -> list[Record]:
    """The records of an upload, decoded as the import route decodes it."""
    data = content.encode() if isinstance(content, str) else content
    return list(read_records(lines_of(io.BytesIO(data)), file_format, delimiter=delimiter, wanted=wanted))


def texts(records: list[Record]) -> list[object]:
    return [record.fields.get("text") for record in records if not record.problem]


def problems(records: list[Record]) -> dict[int, str]:
    return {record.row: record.problem for record in records if record.problem}


def test_rows_and_lines_are_counted_apart() -> None:
    records = read('id,text\n1,"two\nlines"\n\n2,one\n')
    assert [(record.row, record.line) for record in records] == [(1, 2), (2, 5)]
    assert texts(records) == ["two\nlines", "one"]


def test_a_quote_never_closed_costs_its_own_row_only() -> None:
    records = read('id,text\n1,"open\n2,b\n3,"c, d"\n4,e\n')
    assert problems(records) == {1: 'has a quote within a field; there it is written twice: ""'}
    assert texts(records) == ["b", "c, d", "e"]


def test_a_quote_never_closed_up_to_the_end_is_called_that() -> None:
    records = read('id,text\n1,a\n2,"open\n3,c\n')
    assert problems(records) == {2: "has a quote that is never closed"}
    assert texts(records) == ["a", "c"]


def test_stray_quotes_of_two_rows_do_not_swallow_the_row_between() -> None:
    assert texts(read('id,text\n1,tv 5" wide\n2,ok\n3,tv 6" wide\n')) == ['tv 5" wide', "ok", 'tv 6" wide']


def test_a_record_is_only_so_long() -> None:
    lines = "line\n" * (MAX_RECORD_LINES + 50)
    records = read(f'id,text\n1,"{lines}"\n2,ok\n')
    assert records[0].problem == "has a quote that is never closed"
    assert texts(records) == ["ok"]


@pytest.mark.parametrize(
    ("head", "file_format", "row", "last"),
    [
        ("id,text\n", "csv", "1," + "a," * MAX_LINE_CHARACTERS, "2,ok\n"),
        ("", "jsonl", '{"text": "' + "a" * MAX_LINE_CHARACTERS + '"}', '{"text": "ok"}\n'),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_takes_only_so_much_memory(head: str, file_format: FileFormat, row: str, last: str, end: str) -> None:
    content = f"{head}{row}{end}{last}"
    records = read(content, file_format)
    assert problems(records) == {1: "is a line of more than 8,388,608 characters"}
    assert (texts(records), records[-1].row) == (["ok"], 2)
    assert max(map(len, lines_of(io.BytesIO(content.encode())))) == MAX_LINE_CHARACTERS + 1


def test_a_line_that_never_ends_is_one_row_or_no_header() -> None:
    assert problems(read("a" * (MAX_LINE_CHARACTERS + 1), "jsonl")) == {
        1: "is a line of more than 8,388,608 characters"
    }
    with pytest.raises(BadFileError, match="header line has a field of more than"):
        read("a" * (MAX_LINE_CHARACTERS + 1))


def test_wrong_field_counts_are_named() -> None:
    records = read("id,text\n1\n2,b\n3,c,d\n")
    assert problems(records) == {
        1: "has 1 fields where the header has 2",
        3: "has 3 fields where the header has 2",
    }
    assert texts(records) == ["b"]


def test_bytes_that_are_not_utf8_cost_their_own_row_only() -> None:
    records = read(b"id,text\n1,caf\xe9\n2,caf\xc3\xa9\n")
    assert problems(records) == {1: "text is not valid UTF-8: save the file as UTF-8 and try again"}
    assert texts(records) == ["café"]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read("\ufefftext,id\na,1\n")[0].fields == {"text": "a", "id": "1"}


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1c", "\x85", "\u2028", "\u202e", "😀", "\t"])
def test_characters_are_kept_and_end_no_line(character: str) -> None:
    assert texts(read(f"id,text\n1,a{character}b\n2,c\n")) == [f"a{character}b", "c"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(end: str) -> None:
    assert texts(read(end.join(["id,text", "1,a", "2,b"]))) == ["a", "b"]


def test_other_delimiters() -> None:
    assert texts(read("id;text\n1;a,b\n", delimiter=";")) == ["a,b"]
    assert texts(read("id\ttext\n1\ta\n\t\n", delimiter="\t")) == ["a", ""]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ('"id,text\n1,a\n', "header line has a quote"),
        ('"id"x,text\n1,a\n', "header line has a quote"),
        ("id,text,text\n1,a,b\n", "'text' twice"),
        (b"id,t\xe9xt\n1,a\n", "not valid UTF-8"),
    ],
)
def test_a_file_without_a_usable_header_is_refused(content: bytes | str, says: str) -> None:
    with pytest.raises(BadFileError, match=says):
        read(content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("when,who\n", r"no column 'text'; it has: when, who$"),
        ("text;when\na, b;c\n", r"no column 'text'; it has: text;when; ';' seems to .*: name that as the delimiter$"),
        ("text\twhen\na\tb\n", "a tab seems to stand between its fields"),
    ],
)
def test_a_file_without_a_wanted_column_is_refused_by_its_header(content: str, says: str) -> None:
    with pytest.raises(BadFileError, match=says):
        read(content, wanted=["text"])


def test_columns_without_a_name_are_left_out() -> None:
    assert read("text,,\na,,\n")[0].fields == {"text": "a"}


def test_utf16_is_read_where_its_mark_says_so() -> None:
    assert texts(read("id\ttext\n1\tcafé 🎰\n".encode("utf-16"), delimiter="\t")) == ["café 🎰"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04", "Excel workbook or a zip archive: save it as CSV"),
        (b"\xd0\xcf\x11\xe0", "Excel workbook: save it as CSV"),
        (b"PAR1", "Parquet"),
        (b"\x1f\x8b\x08", "gzip: unpack it"),
    ],
)
def test_what_is_no_text_is_told_by_name(content: bytes, says: str) -> None:
    with pytest.raises(BadFileError, match=says):
        read(content + b"\x00,\n")


def test_a_field_that_is_far_too_long_costs_its_own_row_only() -> None:
    records = read(f"text\n{'a' * 200_000}\nb\n")
    assert problems(records) == {1: "has a field of more than 131,072 characters"}
    assert texts(records) == ["b"]


def test_json_lines() -> None:
    records = read('{"text": "a", "id": 7}\n\n{"text": "b", "extra": null}\n', "jsonl")
    assert [(record.row, record.line) for record in records] == [(1, 1), (2, 3)]
    assert texts(records) == ["a", "b"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "is not JSON"),
        ("[1]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ('{"text": NaN}', "is no JSON number"),
        ('{"text": "a", "text": "b"}', "'text' is there twice"),
        ('{"text": "\\ud800"}', "text is not valid UTF-8"),
        ('{"\\ud800": "a"}', "is not valid UTF-8"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_line_that_is_no_object_costs_its_own_row_only(line: str, says: str) -> None:
    records = read(f'{line}\n{{"text": "ok"}}\n', "jsonl")
    assert says in records[0].problem
    assert texts(records) == ["ok"]


@pytest.mark.parametrize("number", ["1e400", "1.10", "9223372036854775808", "-0", "0.1000000000000000055"])
def test_json_numbers_stay_as_they_are_written(number: str) -> None:
    assert read(f'{{"text": "a", "id": {number}}}', "jsonl")[0].fields["id"] == number

"""Any labelled file: which column is what, one label or several, and what cannot be told."""

from pathlib import Path

import pytest

from services.classifier.training.__main__ import next_steps
from services.classifier.training.hyperparameters import ANY_FILE
from services.classifier.training.labelled_files import Columns, read_labelled, read_texts
from services.classifier.training.rows import RowError
from services.classifier.training.sources import file_source, read_corrections
from services.classifier.training.task import task_of


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_banking77_is_recognised(tmp_path: Path) -> None:
    content = 'text,category\n"Where is it, please?",card_arrival\nTop up failed,top_up_failed\n'
    file = read_labelled(written(tmp_path, "train.csv", content))
    assert [(row.text, row.intents) for row in file.rows] == [
        ("Where is it, please?", frozenset({"card_arrival"})),
        ("Top up failed", frozenset({"top_up_failed"})),
    ]
    assert (file.columns.text, file.columns.labels, file.multi_label) == ("text", ("category",), False)
    assert task_of(file.rows, "b", multi_label=False).problem_type == "single_label_classification"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "message;tags\nfirst;red|blue\nsecond;red\n"),
        ("a.csv", "message,red,blue\nfirst,1,1\nsecond,1,0\n"),
        ("a.csv", "message,one,two\nfirst,red,blue\nsecond,red,\n"),
        ("a.jsonl", '{"message": "first", "labels": ["red", "blue"]}\n{"message": "second", "labels": ["red"]}\n'),
        ("a.tsv", "message\tlabels\nfirst\tred+blue\nsecond\tred\n"),
    ],
)
def test_several_labels_in_every_common_shape(tmp_path: Path, name: str, content: str) -> None:
    columns = Columns(labels=("red", "blue")) if "red,blue" in content.split("\n", maxsplit=1)[0] else Columns()
    if "one,two" in content:
        columns = Columns(labels=("one", "two"))
    file = read_labelled(written(tmp_path, name, content), columns)
    assert [row.intents for row in file.rows] == [frozenset({"red", "blue"}), frozenset({"red"})]
    assert file.multi_label


def test_numbers_that_pandas_writes_beside_empty_cells_are_yes_and_no(tmp_path: Path) -> None:
    content = "text,red,blue\nfirst,1.0,0.0\nsecond,1.0,1.0\nthird,,nan\n"
    file = read_labelled(written(tmp_path, "a.csv", content), Columns(labels=("red", "blue")))
    assert [row.intents for row in file.rows] == [frozenset({"red"}), frozenset({"red", "blue"}), frozenset()]


def test_json_lines_may_leave_out_what_they_do_not_have(tmp_path: Path) -> None:
    content = '{"note": 1}\n{"text": "a", "labels": ["red", null]}\n{"text": "b"}\n{"text": "c", "labels": "blue"}\n'
    file = read_labelled(written(tmp_path, "a.jsonl", content))
    assert [(row.text, row.intents) for row in file.rows] == [("a", frozenset({"red"})), ("c", frozenset({"blue"}))]
    assert file.skipped == 2
    with pytest.raises(RowError, match="cannot tell which column"):
        read_labelled(written(tmp_path, "b.jsonl", "{}\n"))


def test_a_row_of_tab_separated_values_that_is_too_long_is_named(tmp_path: Path) -> None:
    with pytest.raises(RowError, match=r"a\.tsv: the row in line 2 cannot be read: field larger"):
        read_labelled(written(tmp_path, "a.tsv", f"text\tlabel\n{'long' * 50_000}\tred\n"))


def test_a_label_that_holds_a_separator_stays_whole_unless_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text,label\nhello,"red, dark"\n')
    assert read_labelled(path).rows[0].intents == frozenset({"red, dark"})
    assert read_labelled(path, Columns(separator=",")).rows[0].intents == frozenset({"red", "dark"})


def test_a_file_in_another_encoding_or_with_a_cut_text_says_so(tmp_path: Path) -> None:
    for encoding in ("latin-1", "utf-16"):
        path = tmp_path / "a.csv"
        path.write_bytes("text,label\ncafé,red\n".encode(encoding))
        with pytest.raises(RowError, match=r"a\.csv is not UTF-8"):
            read_labelled(path)
    with pytest.raises(RowError, match=r"b\.csv:3: more cells than the header has; put a text that holds ','"):
        read_labelled(written(tmp_path, "b.csv", "text,label\nhello,red\nhello, you,red\n"))


def test_rows_without_text_or_label_are_skipped_and_counted(tmp_path: Path) -> None:
    file = read_labelled(written(tmp_path, "a.csv", "text,label\n,red\nhello,\nyes,blue\n"))
    assert [row.text for row in file.rows] == ["yes"]
    assert file.skipped == 2


def test_joined_files_and_missing_numbers_make_no_labels(tmp_path: Path) -> None:
    file = read_labelled(written(tmp_path, "a.csv", "text|label\none|red\ntext|label\ntwo|nan\nthree|NaN\nfour|blue\n"))
    assert [(row.text, row.intents) for row in file.rows] == [
        ("one", frozenset({"red"})),
        ("four", frozenset({"blue"})),
    ]
    assert file.skipped == 2


def test_a_label_with_one_row_is_trained_on_and_named(tmp_path: Path) -> None:
    rows = "".join(f"{word} {colour},{colour}\n" for colour in ("red", "blue") for word in "abcdefghijklmnopqrst")
    source = file_source(written(tmp_path, "a.csv", f"text,label\n{rows}hello,green\n"), Columns(), ANY_FILE)
    assert source.label_rows["green"] == 1
    assert source.split.validation
    assert source.notes[-1].endswith("too few to learn: green (1)")


def test_how_cells_were_taken_apart_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text,labels\nhello,"late, lost"\nbye,late\n')
    assert "labels from labels, taken apart at ','" in file_source(path, Columns(), ANY_FILE).notes[0]


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        ("a,label\nx,y\n", Columns(), "text"),
        ("text,b\nx,y\n", Columns(), "labels"),
        ("text,label\nx,y\n", Columns(text="body"), "body"),
        ("text,label\n", Columns(), "no rows"),
        ("text,label\nx,\nz,\n", Columns(), "no row with both a text .text. and a label .label."),
        ("text,label,label\nx,y,z\n", Columns(), "several columns named .'label'."),
        ('text,label\nx,y\n"never closed,y\nz,y\n', Columns(), "begins in line 3 is no CSV.*never closed"),
        (f"text,label\nx,y\n{'long' * 50_000},y\n", Columns(), "begins in line 3 is no CSV.*field larger"),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path: Path, content: str, columns: Columns, said: str) -> None:
    with pytest.raises(RowError, match=said):
        read_labelled(written(tmp_path, "a.csv", content), columns)


def test_broken_json_is_named_by_line(tmp_path: Path) -> None:
    path = written(tmp_path, "a.jsonl", '{"text": "x", "label": "y"}\nnot json\n')
    with pytest.raises(RowError, match=r"a\.jsonl:2"):
        read_labelled(path)


def test_one_label_makes_no_classifier(tmp_path: Path) -> None:
    rows = read_labelled(written(tmp_path, "a.csv", "text,label\nx,y\nz,y\n")).rows
    with pytest.raises(ValueError, match="at least two labels"):
        task_of(rows, "a", multi_label=False)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.jsonl", '{"text": "no money\\nhere", "intents": ["complaint", "login_failed"], "sentiment": "negative"}\n'),
        ("c.tsv", "intents\tsentiment\tlanguage\ttext\nlogin_failed+complaint\tnegative\ten\tno money\\nhere\n"),
        ("c.csv", 'text,intents,sentiment\n"no money\nhere",login_failed+complaint,negative\n'),
    ],
)
def test_corrections_come_as_the_store_exports_them(tmp_path: Path, name: str, content: str) -> None:
    [row] = read_corrections(written(tmp_path, name, content))
    assert (row.text, row.sentiment, row.source) == ("no money\nhere", "negative", "corrections")
    assert row.intents == frozenset({"complaint", "login_failed"})


def test_a_correction_that_breaks_the_guide_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "c.csv", "text,intents,sentiment\nhello,smalltalk+login_failed,neutral\n")
    with pytest.raises(RowError, match="must stand alone"):
        read_corrections(path)


def test_texts_are_read_where_labels_are_of_no_account(tmp_path: Path) -> None:
    path = tmp_path / "others.csv"
    path.write_text("question,said\nfirst?,one\n,two\n", encoding="utf-8")
    assert read_texts(path) == ["first?"]
    assert read_texts(path, "said") == ["one", "two"]
    assert read_texts(path, "text of another file") == ["first?"]
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(RowError, match="--text-column"):
        read_texts(path)


def test_a_trained_model_says_where_it_lies_and_what_to_do_with_it() -> None:
    told = next_steps(Path("models/my"))
    assert "written to models/my" in told
    assert "EARSHOT_CLASSIFIER_MODEL=models/my make run" in told

r"""Labelled rows and the TSV format the corpus and the golden set are written in.

A file has a header line naming its columns: `intents` and `text` are required, `sentiment` and `language` optional.
Several intents are joined by "+"; `\n`, `\t` and `\\` in the text stand for line break, tab and backslash.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.runtime.labels import INTENTS, SENTIMENTS, STANDALONE_INTENTS

_ESCAPE = re.compile(r"\\([nt\\])")
_UNESCAPED = {"n": "\n", "t": "\t", "\\": "\\"}
_ESCAPED = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled message.

    `intents` is None when the source says nothing about intents, `sentiment` None when it says nothing about mood.
    `unsure` holds intents that may or may not hold: they are left out of the loss.
    """

    text: str
    intents: frozenset[str] | None
    sentiment: str | None
    unsure: frozenset[str] = frozenset()
    language: str | None = None
    channel: str | None = None
    source: str = ""
    public: bool = False
    """From a public data set, whose wording is not that of our customers."""


class RowError(ValueError):
    """A labelled file breaks the format or the label guide; the message names file and line."""


def parse_intents(cell: str) -> frozenset[str]:
    """The intents named in one cell. Raises ValueError for an unknown name or a stand-alone intent beside another."""
    intents = frozenset(name.strip() for name in cell.split("+") if name.strip())
    unknown = intents.difference(INTENTS)
    if unknown or not intents:
        raise ValueError(f"unknown intents {sorted(unknown)}" if unknown else "no intent")
    alone = intents & STANDALONE_INTENTS
    if alone and len(intents) > 1:
        raise ValueError(f"{sorted(alone)} must stand alone, found {sorted(intents)}")
    return intents


def checked_by_guide(row: Row, *, source: str) -> Row:
    """The row under another source name. Raises RowError when its labels break the guide."""
    try:
        intents = parse_intents("+".join(row.intents or ()))
        _parse_sentiment(row.sentiment or "")
    except ValueError as error:
        raise RowError(f"{row.source}: {error} in {row.text!r}") from error
    return replace(row, intents=intents, source=source)


def unescaped(cell: str) -> str:
    """The text a TSV cell stands for."""
    return _ESCAPE.sub(lambda match: _UNESCAPED[match.group(1)], cell)


def _parse_sentiment(cell: str) -> str:
    if cell not in SENTIMENTS:
        raise ValueError(f"unknown sentiment {cell!r}")
    return cell


def _parse_line(columns: Sequence[str], line: str, source: str) -> Row:
    cells = line.split("\t")
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} cells for {len(columns)} columns")
    named = dict(zip(columns, cells, strict=True))
    return Row(
        text=unescaped(named["text"]),
        intents=parse_intents(named["intents"]),
        sentiment=_parse_sentiment(named["sentiment"]) if "sentiment" in named else None,
        language=named.get("language"),
        source=source,
    )


def read_rows(path: Path) -> list[Row]:
    """Rows of a labelled TSV file. Raises RowError naming file and line when one breaks the format or the guide."""
    lines = path.read_text(encoding="utf-8").split("\n")
    columns = lines[0].split("\t")
    if not {"intents", "text"} <= set(columns):
        raise RowError(f"{path.name}:1: columns intents and text are required, found {columns}")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        try:
            rows.append(_parse_line(columns, line, path.name))
        except ValueError as error:
            raise RowError(f"{path.name}:{number}: {error}") from error
    return rows


def read_folder(folder: Path) -> list[Row]:
    """Rows of every `*.tsv` file in a folder, in file-name order."""
    return [row for path in sorted(folder.glob("*.tsv")) for row in read_rows(path)]


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows labelled by the guide in the format `read_rows` reads."""
    lines = ["intents\tsentiment\ttext"]
    for row in rows:
        intents = "+".join(intent for intent in INTENTS if intent in (row.intents or ()))
        lines.append(f"{intents}\t{row.sentiment}\t{row.text.translate(_ESCAPED)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_json_lines(path: Path, rows: Iterable[Row]) -> None:
    """Write rows with any labels, one JSON object a line: text, labels, sentiment."""
    lines = [
        json.dumps(
            {"text": row.text, "labels": sorted(row.intents or ()), "sentiment": row.sentiment}, ensure_ascii=False
        )
        for row in rows
    ]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


def read_json_lines(path: Path) -> list[Row]:
    """The rows `write_json_lines` wrote."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [
        Row(text=one["text"], intents=frozenset(one["labels"]), sentiment=one["sentiment"], source=path.name)
        for one in records
    ]

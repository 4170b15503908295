"""A customer's export as CSV: real-looking texts, a column nobody asked for, quotes, newlines and several languages."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deploy.local.demo import CORPUS

COLUMNS: Final = ("text", "category", "received", "customer")
OPTIONS: Final = ("--text-column", "text", "--timestamp-column", "received", "--user-column", "customer")
FORM: Final = {"text_column": "text", "timestamp_column": "received", "user_column": "customer"}
"""How the columns are mapped: for the command line, and for a form over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """A file and what is in it."""

    file: Path
    texts: tuple[str, ...]
    """By row, the first row first."""


def write_inbox(file: Path, rows: int, *, now: datetime, days: float = 3.0) -> Inbox:
    """Writes `rows` messages over the last days before `now`. Same arguments, same file."""
    dice = random.Random(rows)
    corpus = list(_corpus())
    dice.shuffle(corpus)
    picked = [corpus[place % len(corpus)] for place in range(rows)]
    texts = tuple(_as_written(place, text) for place, (_, text) in enumerate(picked))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for place, ((category, _), text) in enumerate(zip(picked, texts, strict=True)):
            received = now.astimezone(UTC) - timedelta(days=days * dice.random())
            writer.writerow((text, category, received.isoformat(timespec="seconds"), f"player-{place % 700}"))
    return Inbox(file=file, texts=texts)


def _corpus() -> Iterator[tuple[str, str]]:
    """(intents, text) of every message written for this project."""
    for file in sorted(CORPUS.glob("*.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            intents, _, text = line.split("\t", 2)
            yield intents, text.replace("\\n", "\n")


def _as_written(place: int, text: str) -> str:
    """Every row is its own: some quote the screen, some come in paragraphs, all carry a reference."""
    if place % 10 == 3:
        return f'{text}\nThe page says "try again, later".\n\nRef {place}'
    return f"{text} (ref {place})"

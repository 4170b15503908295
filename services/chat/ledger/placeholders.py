"""Placeholders in a model's text, `{{q1.total}}`, replaced by the number itself. Pure.

A model that writes the name of a cell cannot mistype its value. What cannot be resolved becomes a gap, which the ledger
masks.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.chat.ledger.numerals.vocabulary import GAP
from services.chat.question import StatsResult
from services.chat.results.derivatives import has_shares, is_fraction, relative_change, share
from services.chat.results.wording import number, percent, signed_percent

_PLACEHOLDER = re.compile(r"\{\{ ?q(?P<result>\d{1,3})\.(?:rows\[(?P<row>\d{1,5})\]\.)?(?P<field>[a-z_]{1,32}) ?\}\}")
_ANY = re.compile(r"\{\{[^{}\n]{0,64}\}\}")
_OPEN = re.compile(r"\{(?:\{[^{}\n]{0,64}\}?)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """The cell or total a placeholder names, with what its fields are computed from."""

    value: float
    before: float | None
    whole: float | None
    fraction: bool

    def written(self, value: float) -> str:
        return percent(value) if self.fraction else number(value)


def _difference(cell: _Cell) -> str | None:
    return cell.written(abs(cell.value - cell.before)) if cell.before is not None else None


def _change(cell: _Cell) -> str | None:
    change = relative_change(cell.value, cell.before)
    return signed_percent(change) if change is not None else None


def _share(cell: _Cell) -> str | None:
    part = share(cell.value, cell.whole) if cell.whole is not None else None
    return percent(part) if part is not None else None


FIELDS: Final[dict[str, Callable[[_Cell], str | None]]] = {
    "value": lambda cell: cell.written(cell.value),
    "compare_value": lambda cell: cell.written(cell.before) if cell.before is not None else None,
    "difference": _difference,
    "change": _change,
    "share": _share,
}
"""Fields of a row; `total` and `compare_total` name the value fields of the total, which has the others too."""

_OF_TOTAL = {"total": "value", "compare_total": "compare_value", "difference": "difference", "change": "change"}


def _row_cell(result: StatsResult, position: int) -> _Cell | None:
    if position >= len(result.rows):
        return None
    row, whole = result.rows[position], result.total if has_shares(result) else None
    return _Cell(value=row.value, before=row.compare_value, whole=whole, fraction=is_fraction(result))


def _total_cell(result: StatsResult) -> _Cell:
    return _Cell(value=result.total, before=result.compare_total, whole=None, fraction=is_fraction(result))


def resolve(placeholder: str, results: Sequence[StatsResult]) -> str | None:
    """The text for `{{q1.total}}`, `{{q1.row_count}}` or `{{q1.rows[0].share}}`; None where no such cell exists."""
    match = _PLACEHOLDER.fullmatch(placeholder)
    index = int(match["result"]) - 1 if match else -1
    if match is None or not 0 <= index < len(results):
        return None
    if match["row"] is not None:
        cell, field = _row_cell(results[index], int(match["row"])), match["field"]
    elif match["field"] == "row_count":
        return number(len(results[index].rows))
    else:
        cell, field = _total_cell(results[index]), _OF_TOTAL.get(match["field"], "")
    return FIELDS[field](cell) if cell and field in FIELDS else None


class Placeholders:
    """Replaces placeholders in a stream of text, however it is cut."""

    def __init__(self, results: Sequence[StatsResult]) -> None:
        self._results = results
        self._held = ""
        self.unresolved: deque[str] = deque()
        """Placeholders replaced by gaps that the reader has not taken yet, oldest first."""

    def feed(self, delta: str) -> str:
        """Text that can no longer be part of an incomplete placeholder, with the complete ones replaced."""
        if not self._held and "{" not in delta:
            return delta
        text = self._held + delta
        open_at = _OPEN.search(text)
        cut = open_at.start() if open_at else len(text)
        self._held = text[cut:]
        return self._replaced(text[:cut])

    def finish(self) -> str:
        """What was held back."""
        held, self._held = self._held, ""
        return held

    def _replaced(self, text: str) -> str:
        return _ANY.sub(self._replacement, text)

    def _replacement(self, match: re.Match[str]) -> str:
        resolved = resolve(match.group(), self._results)
        if resolved is None:
            self.unresolved.append(match.group())
        return GAP if resolved is None else resolved

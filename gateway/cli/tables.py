"""Statistics, interpretations and receipts as a terminal shows them. Pure."""

from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from gateway.cli.plain import one_line, plain
from gateway.cli.server_events import Json

BAR_WIDTH: Final = 24
SHARES: Final = frozenset({"share", "mean_confidence"})
MAX_ROWS: Final = 100
_LABELS: Final = frozenset({"category", "intent"})
CELL_CHARACTERS: Final = 60


def stats_table(stats: Json) -> Table | None:
    """The rows of a result with a bar for each; None for a single number, which the text says already."""
    names: list[str] = stats["query"]["group_by"]
    rows: list[Json] = stats["rows"][:MAX_ROWS]
    if not names or not rows:
        return None
    compared = any("compare_value" in row for row in rows)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    table.add_column(stats["measure"].replace("_", " "), justify="right")
    if compared:
        table.add_column("before", justify="right")
    table.add_column("", no_wrap=True)
    largest = max(abs(row["value"]) for row in rows)
    for row in rows:
        cells = _cells(row, names, stats["measure"], compared=compared)
        table.add_row(*_own_names(cells, stats), bar(row["value"], largest))
    return table


def _own_names(cells: list[str], stats: Json) -> list[str]:
    """Custom categories by the names they have now, where the answer tells them."""
    known: dict[str, str] = stats.get("custom_category_names") or {}
    return [one_line(known[cell], CELL_CHARACTERS) if cell in known else cell for cell in cells]


def _cells(row: Json, names: list[str], measure: str, *, compared: bool) -> list[str]:
    keys = [one_line(str(row["keys"][name]), CELL_CHARACTERS) for name in names]
    before = row.get("compare_value")
    return [*keys, number(row["value"], measure), *([number(before, measure)] if compared else [])]


def bar(value: float, largest: float) -> str:
    """A bar of at most BAR_WIDTH characters, and of one at least where there is anything to show."""
    if value <= 0 or largest <= 0:
        return ""
    return "█" * max(1, round(BAR_WIDTH * value / largest))


def number(value: float | None, measure: str) -> str:
    """A value as people write it; shares in percent, nothing where there is nothing."""
    if value is None:
        return "–"
    if measure in SHARES:
        return f"{value * 100:.1f} %"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def stats_footer(stats: Json) -> list[str]:
    """What must be known to read the table: total, period, zone, and what was left out."""
    total = number(stats["total"], stats["measure"])
    lines = [f"total {total} · {period(stats['range'])} · {stats['time_zone']}"]
    left_out = stats["total_rows"] - min(len(stats["rows"]), MAX_ROWS)
    if left_out > 0:
        lines.append(f"{left_out} more rows are not shown." if left_out > 1 else "1 more row is not shown.")
    if stats["total"] and not stats["rows"]:
        lines.append("None of them has labels of this kind.")
    elif not stats["rows_sum_to_total"] and (why := _why_not_added_up(stats)):
        lines.append(f"The rows need not add up to the total: {why}.")
    return lines


def _why_not_added_up(stats: Json) -> str:
    """Why rows that are all there do not add up to the total; empty where there is no such reason."""
    counted = stats["measure"] == "message_count" and stats["total_rows"] <= len(stats["rows"])
    if counted and sum(row["value"] for row in stats["rows"]) < stats["total"]:
        return "messages without such a label stand in none"
    if _LABELS.intersection(stats["query"]["group_by"]):
        return "a message counts in every category it has"
    people = stats["query"]["group_by"] and stats["measure"] == "unique_users"
    return "a person counts in every row they wrote in" if people else ""


def period(value: Json | None) -> str:
    """A range in words, half-open as it is counted."""
    if value is None:
        return "all time"
    start, end = value.get("start"), value.get("end")
    if start and end:
        return f"from {_moment(start)} until {_moment(end)}"
    return f"from {_moment(start)}" if start else f"until {_moment(end)}"


def _moment(text: Any) -> str:  # noqa: ANN401  # a JSON value
    return str(text)[:16].replace("T", " ")


def reading_line(interpretation: Json | None) -> str:
    """How the question was understood; empty where it was not a question about data."""
    return plain(interpretation["explanation"]) if interpretation else ""


def receipt_line(receipt_id: str | None, verification: Json) -> str:
    """What stands behind the numbers."""
    bound, masked = verification.get("bound", 0), verification.get("masked", 0)
    parts = [f"receipt {plain(receipt_id)}"] if receipt_id else []
    parts.append(f"{bound} number{'' if bound == 1 else 's'} checked")
    if masked:
        parts.append(f"{masked} not backed by data and masked")
    return " · ".join(parts)

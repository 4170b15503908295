"""Statistics as a terminal shows them."""

from typing import Any

from rich.console import Console

from gateway.cli.tables import bar, number, period, receipt_line, stats_footer, stats_table


def stats(rows: list[dict[str, Any]], *, group_by: list[str], **change: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "measure": "message_count",
        "rows": rows,
        "total": sum(row["value"] for row in rows),
        "rows_sum_to_total": True,
        "total_rows": len(rows),
        "range": None,
        "time_zone": "UTC",
        "query": {"group_by": group_by},
    }
    return {**answer, **change}


def drawn(answer: dict[str, Any]) -> str:
    console = Console(width=100, markup=False, emoji=False, highlight=False)
    table = stats_table(answer)
    assert table is not None
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_rows_are_drawn_with_bars_and_comparisons() -> None:
    rows = [
        {"keys": {"source": "web", "day": "2026-03-01"}, "value": 1200, "compare_value": 9},
        {"keys": {"source": "[red]\x1b[31m:pill:", "day": "2026-03-02"}, "value": 300},
    ]
    text = drawn(stats(rows, group_by=["source", "day"]))
    assert "1,200" in text
    assert "before" in text
    assert "[red][31m:pill:" in text
    assert "\x1b" not in text
    assert text.count("█") == 24 + 6


def test_a_single_number_needs_no_table() -> None:
    assert stats_table(stats([{"keys": {}, "value": 3}], group_by=[])) is None


def test_numbers() -> None:
    assert number(0.123, "share") == "12.3 %"
    assert number(1234567.0, "message_count") == "1,234,567"
    assert number(2.5, "per_day_average") == "2.50"
    assert number(None, "message_count") == "–"


def test_bars_show_whatever_is_there() -> None:
    assert bar(0, 10) == ""
    assert bar(1, 10_000) == "█"
    assert bar(5, 0) == ""


def test_footers_say_what_must_be_known() -> None:
    rows = [{"keys": {"category": str(place)}, "value": 1} for place in range(150)]
    lines = stats_footer(stats(rows, group_by=["category"], rows_sum_to_total=False, total_rows=170))
    assert lines[0] == "total 150 · all time · UTC"
    assert lines[1] == "70 more rows are not shown."
    assert "need not add up" in lines[2]
    one = stats([{"keys": {"source": "email"}, "value": 1}], group_by=["source"], rows_sum_to_total=False, total_rows=2)
    assert stats_footer(one)[1:] == ["1 more row is not shown."]
    people = stats_footer({**one, "measure": "unique_users", "total_rows": 1})
    assert people[1:] == ["The rows need not add up to the total: a person counts in every row they wrote in."]
    pending = {**stats(rows[:2], group_by=["sentiment"], rows_sum_to_total=False), "total": 5}
    (last,) = stats_footer(pending)[1:]
    assert last == "The rows need not add up to the total: messages without such a label stand in none."
    none = stats_footer({**stats([], group_by=["sentiment"], total_rows=0), "total": 5})
    assert none[1:] == ["None of them has labels of this kind."]
    assert period({"start": "2026-03-01T00:00:00+01:00", "end": None}) == "from 2026-03-01 00:00"


def test_receipts() -> None:
    assert receipt_line("abc", {"bound": 1, "masked": 0}) == "receipt abc · 1 number checked"
    assert receipt_line(None, {"bound": 0, "masked": 2}) == "0 numbers checked · 2 not backed by data and masked"

"""The evaluation sets: dialogues whose every turn states the interpretation that is right, at a fixed now.

A line is `{"id", "tags", "now"?, "time_zone"?, "turns": [{"text", "expect"}]}`. `expect` names what differs from a
plain count of all messages over all time; range ends are local dates or times, or "now". Where another behaviour than
`answer` is right, nothing else is compared.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.chat.question import Behaviour, Dimension, Filters, Interpretation, Order, TimeRange

QUESTIONS: Final = Path(__file__).with_name("questions.jsonl")
HELD_OUT: Final = Path(__file__).with_name("held_out.jsonl")
EXAMINER: Final = Path(__file__).with_name("examiner.jsonl")
"""Written from the reading conventions by somebody who had not seen the planner."""

NOW: Final = "2026-03-18T14:30:00+01:00"
TIME_ZONE: Final = "Europe/Ljubljana"

_TIMES: Final = frozenset({Dimension.HOUR, Dimension.DAY, Dimension.WEEK, Dimension.MONTH, Dimension.WEEKDAY})
_FIELDS: Final = ("categories", "intents", "sources", "sentiments", "languages", "user_ids")

Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One dialogue: (text, expectation) per turn."""

    id: str
    tags: tuple[str, ...]
    now: datetime
    time_zone: str
    turns: tuple[tuple[str, Told], ...]


def load(path: Path) -> tuple[Case, ...]:
    """The cases of a file, in its order. Raises ValueError for a line that is no JSON object."""
    return tuple(_case(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line)


def _case(row: Told) -> Case:
    return Case(
        id=row["id"],
        tags=tuple(row["tags"]),
        now=datetime.fromisoformat(row.get("now", NOW)),
        time_zone=row.get("time_zone", TIME_ZONE),
        turns=tuple((turn["text"], turn["expect"]) for turn in row["turns"]),
    )


def differences(got: Interpretation, expected: Told, case: Case) -> dict[str, tuple[object, object]]:
    """Field → (expected, got), empty where the interpretation is exactly right. Label lists are compared as sets."""
    behaviour = expected.get("behaviour", Behaviour.ANSWER.value)
    if got.behaviour != behaviour or behaviour != Behaviour.ANSWER:
        return {} if got.behaviour == behaviour else {"behaviour": (behaviour, got.behaviour.value)}
    right, told = _expected(expected, case), _told(got)
    return {name: (right[name], told[name]) for name in right if right[name] != told[name]}


def _expected(expected: Told, case: Case) -> dict[str, object]:
    group_by = expected.get("group_by", [])
    order = Order.KEY_ASC if _TIMES & {Dimension(name) for name in group_by} else Order.VALUE_DESC
    return {
        "operation": expected.get("operation", "stats"),
        "measure": expected.get("measure", "message_count"),
        "filters": _filters_told(expected.get("filters", {})),
        "share_of": _filters_told(expected["share_of"]) if "share_of" in expected else None,
        "range": _range_told(expected.get("range"), case),
        "group_by": group_by,
        "order": expected.get("order", order.value),
        "limit": expected.get("limit", 0),
        "compare_to": _range_told(expected.get("compare_to"), case),
    }


def _told(got: Interpretation) -> dict[str, object]:
    query = got.query
    return {
        "operation": got.operation.value,
        "measure": query.measure.value,
        "filters": _filters(query.filters),
        "share_of": _filters(query.share_of) if query.share_of is not None else None,
        "range": _range(query.range),
        "group_by": [dimension.value for dimension in query.group_by],
        "order": query.order.value,
        "limit": query.limit,
        "compare_to": _range(query.compare_to),
    }


def _filters_told(told: Told) -> dict[str, object]:
    made: dict[str, object] = {
        f"{field}.{part}": frozenset(values)
        for field in _FIELDS
        for part, values in told.get(field, {}).items()
        if values
    }
    return made | {name: told[name] for name in ("min_confidence", "text", "hours", "weekdays") if told.get(name)}


def _filters(filters: Filters) -> dict[str, object]:
    made: dict[str, object] = {
        f"{field}.{part}": frozenset(values)
        for field in _FIELDS
        for part in ("any_of", "none_of", "all_of")
        if (values := getattr(getattr(filters, field), part))
    }
    if filters.min_confidence is not None:
        made["min_confidence"] = filters.min_confidence
    made |= {name: list(values) for name in ("hours", "weekdays") if (values := getattr(filters, name))}
    return made | ({"text": filters.text} if filters.text else {})


def _range_told(told: Told | None, case: Case) -> tuple[datetime | None, datetime | None] | None:
    if told is None:
        return None
    return _instant(told["start"], case), _instant(told["end"], case)


def _instant(written: str | None, case: Case) -> datetime | None:
    if written is None:
        return None
    if written == "now":
        return case.now
    told = datetime.fromisoformat(written)
    return told if told.tzinfo else told.replace(tzinfo=ZoneInfo(case.time_zone))


def _range(told: TimeRange | None) -> tuple[datetime | None, datetime | None] | None:
    return None if told is None else (told.start, told.end)

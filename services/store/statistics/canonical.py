"""The canonical form of a question, and its id. Pure."""

import hashlib
import json
from datetime import UTC, datetime
from typing import TypeAlias

from services.store.filters import Filters, TimeRange, ValueFilter
from services.store.statistics.keys import WEEKDAYS, hour_key
from services.store.statistics.question import StatsQuery

Json: TypeAlias = "str | int | float | list[str] | dict[str, Json] | None"


def query_id(query: StatsQuery) -> str:
    """SHA-256 in hex of the canonical form: defaults filled in, values of a filter sorted, each once.

    The instant of the answer is no part of it, so the same question asked again, or the `query` of an answer sent
    back, has the same id: `as_of` is left out, and an end of a range that is `as_of` is an open end.
    """
    return hashlib.sha256(canonical_json(query).encode()).hexdigest()


def canonical_json(query: StatsQuery) -> str:
    """The canonical form as JSON: keys sorted, no spaces, instants in UTC with microseconds."""
    compare_to = None if query.compare_to is None else _range(query.compare_to, query.as_of)
    form: dict[str, Json] = {
        "measure": query.measure.value,
        "filters": _filters(query.filters),
        "share_of": _filters(query.share_of),
        "range": _range(query.range, query.as_of),
        "time_zone": query.time_zone,
        "group_by": [dimension.value for dimension in query.group_by],
        "order": query.order.value,
        "limit": query.limit,
        "compare_to": compare_to,
    }
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _filters(filters: Filters) -> Json:
    named: dict[str, ValueFilter] = {
        "categories": filters.categories,
        "intents": filters.intents,
        "sources": filters.sources,
        "sentiments": filters.sentiments,
        "languages": filters.languages,
        "user_ids": filters.user_ids,
        "custom_categories": filters.custom_categories,
    }
    form: dict[str, Json] = {name: _values(value) for name, value in named.items() if value.values()}
    if filters.min_confidence is not None:
        form["min_confidence"] = filters.min_confidence
    if filters.text:
        form["text"] = filters.text
    if filters.hours:
        form["hours"] = [hour_key(hour) for hour in sorted(filters.hours)]
    if filters.weekdays:
        form["weekdays"] = [WEEKDAYS[day - 1] for day in sorted(filters.weekdays)]
    return form


def _values(value_filter: ValueFilter) -> Json:
    parts = {"any_of": value_filter.any_of, "none_of": value_filter.none_of, "all_of": value_filter.all_of}
    return {name: sorted(set(values)) for name, values in parts.items() if values}


def _range(time_range: TimeRange, as_of: datetime | None) -> Json:
    end = None if time_range.end == as_of else time_range.end
    return {"start": _instant(time_range.start), "end": _instant(end)}


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="microseconds")

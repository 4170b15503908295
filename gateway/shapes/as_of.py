"""The comparison of two instants as JSON."""

from typing import Any

from pydantic import Field

from earshot_client.earshot.store.v1 import AsOfRow, CompareAsOfRequest, CompareAsOfResponse
from earshot_client.earshot.types.v1 import StatsQuery
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Instant, Json, Strict, enum_json, instant_json
from gateway.shapes.question import WHOLE_NUMBERS, StatsQueryJson, query_json
from gateway.shapes.stats import QueryAnswer


class CompareAsOfBody(Strict):
    """A question, and the two instants."""

    query: StatsQueryJson
    before: Instant
    after: Instant | None = Field(default=None, description="Now by default.")

    def to_message(self) -> CompareAsOfRequest:
        """The comparison for a call."""
        return CompareAsOfRequest(query=self.query.to_message(), before=self.before, after=self.after)


class AsOfPartsAnswer(Answer):
    """What each cause adds."""

    late_arrival: float
    first_labels: float
    new_model: float
    correction: float


class AsOfTotalAnswer(Answer):
    """A value at both instants."""

    before: float
    after: float
    parts: AsOfPartsAnswer


class AsOfRowAnswer(AsOfTotalAnswer):
    """A row at both instants."""

    keys: dict[str, str]


class CompareAsOfAnswer(Answer):
    """The comparison."""

    rows: list[AsOfRowAnswer]
    total: AsOfTotalAnswer
    truncated: bool
    total_rows: int
    before: str
    after: str
    query_id: str
    query: QueryAnswer


def compare_as_of_json(answer: CompareAsOfResponse) -> Json:
    """What changed, row by row and in all; the parts sum to the difference."""
    query = answer.query or StatsQuery()
    names = [enum_json(dimension) for dimension in query.group_by]
    whole = query.measure in WHOLE_NUMBERS
    return {
        "rows": [{"keys": dict(zip(names, row.keys, strict=True)), **_values(row, whole=whole)} for row in answer.rows],
        "total": _values(answer.total or AsOfRow(), whole=whole),
        "truncated": answer.truncated,
        "total_rows": answer.total_rows,
        "before": instant_json(answer.before),
        "after": instant_json(answer.after),
        "query_id": answer.query_id,
        "query": query_json(query),
    }


def _values(row: AsOfRow, *, whole: bool) -> dict[str, Any]:
    def number(value: float) -> float | int:
        return round(value) if whole else value

    parts = {enum_json(part.cause): number(part.value) for part in row.parts}
    return {"before": number(row.before), "after": number(row.after), "parts": parts}

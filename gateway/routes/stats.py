"""Statistics."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query

from earshot_client.earshot.store.v1 import QueryStatsRequest
from gateway.answering import ApiResponse, CountedResponse
from gateway.dependencies import ServiceClients
from gateway.field_names import PARAMETERS, fields_named
from gateway.routes.filters import FilterParameters, RangeParameters
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.as_of import CompareAsOfAnswer, CompareAsOfBody, compare_as_of_json
from gateway.shapes.fields import MIN_YEAR, Json, Text
from gateway.shapes.question import DimensionName, StatsQueryJson, TimeRangeJson, result_json
from gateway.shapes.stats import StatsAnswer

router = APIRouter(tags=["statistics"])

FIRST_INSTANT: Final = datetime(MIN_YEAR, 1, 1, tzinfo=UTC)


@router.post("/api/v1/stats", **documented(StatsAnswer))
async def query_stats(body: StatsQueryJson, clients: ServiceClients, _: Caller) -> ApiResponse:
    """Answers one typed question, exactly."""
    answer = await clients.stats.query_stats(QueryStatsRequest(query=body.to_message()))
    shown = result_json(answer.result) or {}
    if answer.custom_category_names:
        shown["custom_category_names"] = dict(answer.custom_category_names)
    return CountedResponse(shown)


@router.get("/api/v1/stats", **documented(StatsAnswer))
async def recent_stats(
    clients: ServiceClients,
    caller: Caller,
    filters: FilterParameters,
    period: RangeParameters,
    days: Annotated[int, Query(ge=1, le=3660, description="Last so many days, where no start is given.")] = 7,
    time_zone: Annotated[Text, Query(max_length=64)] = "UTC",
    group_by: Annotated[list[DimensionName] | None, Query(max_length=3)] = None,
) -> ApiResponse:
    """Messages per category over the last 7 days; period, zone, filters and grouping can be set.

    With a start of its own the same question has the same `ETag` until one of its numbers changes.
    """
    start = period.start or max((period.end or datetime.now(UTC)) - timedelta(days=days), FIRST_INSTANT)
    window = TimeRangeJson(start=start, end=period.end)
    body = StatsQueryJson(filters=filters, range=window, time_zone=time_zone, group_by=group_by or ["category"])
    with fields_named(*PARAMETERS):
        return await query_stats(body, clients, caller)


@router.post("/api/v1/stats:compareAsOf", **documented(CompareAsOfAnswer))
async def compare_as_of(body: CompareAsOfBody, clients: ServiceClients, _: Caller) -> Json:
    """What an answer was at one instant and is at another, and what made the difference, in parts that sum to it."""
    return compare_as_of_json(await clients.stats.compare_as_of(body.to_message()))

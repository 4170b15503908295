"""Filters and periods as query parameters: `?category=deposit&category=withdraw&source=telegram&start=…`."""

from typing import Annotated

from fastapi import Depends, Query

from earshot_client.earshot.store.v1 import Author
from gateway.shapes.fields import Instant, Label, Text
from gateway.shapes.message import AuthorName
from gateway.shapes.question import FiltersJson, Hour, TimeRangeJson, ValueFilterJson, WeekdayName

Values = Annotated[list[Label] | None, Query(max_length=100)]


async def _filters(  # each is a query parameter
    category: Values = None,
    intent: Values = None,
    source: Values = None,
    sentiment: Values = None,
    language: Values = None,
    user_id: Values = None,
    custom_category: Annotated[list[Label] | None, Query(max_length=100, description="By id.")] = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)] = None,
    text: Annotated[Text, Query(max_length=1000)] = "",
    hour: Annotated[list[Hour] | None, Query(max_length=24, description="Of the local day.")] = None,
    weekday: Annotated[list[WeekdayName] | None, Query(max_length=7, description="Of the local week.")] = None,
) -> FiltersJson:
    """A parameter given several times means any of its values."""
    parts = {
        "categories": category,
        "intents": intent,
        "sources": source,
        "sentiments": sentiment,
        "languages": language,
        "user_ids": user_id,
        "custom_categories": custom_category,
    }
    values = {name: ValueFilterJson(any_of=given) for name, given in parts.items() if given}
    return FiltersJson(**values, min_confidence=min_confidence, text=text, hours=hour or [], weekdays=weekday or [])


async def _period(start: Instant | None = None, end: Instant | None = None) -> TimeRangeJson:
    return TimeRangeJson(start=start, end=end)


async def _authors(
    author: Annotated[
        list[AuthorName] | None,
        Query(max_length=2, description="`customer` alone lists what statistics count. By default whoever wrote it."),
    ] = None,
) -> list[Author]:
    return [Author[name.upper()] for name in author or []]


ZoneParameter = Annotated[Text, Query(max_length=64, description="IANA zone of hours and weekdays.")]
AuthorParameter = Annotated[list[Author], Depends(_authors)]
FilterParameters = Annotated[FiltersJson, Depends(_filters)]
RangeParameters = Annotated[TimeRangeJson, Depends(_period)]

"""What a request about many messages says of which ones, read and checked."""

from typing import Protocol

from earshot.types.v1 import question_pb2
from services.store.contract import convert
from services.store.filters import Filters, TimeRange
from services.store.validation import filter_violations, range_violations, refuse, time_zone_violations


class FilteredRequest(Protocol):
    """A request with these three fields."""

    @property
    def filters(self) -> question_pb2.Filters:
        """Which messages count."""

    @property
    def range(self) -> question_pb2.TimeRange:
        """When they came."""

    @property
    def time_zone(self) -> str:
        """That of the filters by hour and weekday; empty for the default."""


def filters_and_range(proto: FilteredRequest) -> tuple[Filters, TimeRange]:
    """Its filters and its range. Raises InvalidInputError: BAD_FILTER, BAD_RANGE, BAD_TIME_ZONE."""
    zone = convert.time_zone(proto.time_zone)
    filters, time_range = convert.filters(proto.filters, zone), convert.time_range(proto.range)
    refuse([*filter_violations(filters), *time_zone_violations(zone), *range_violations(time_range)])
    return filters, time_range

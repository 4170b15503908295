"""Local days and hours, also where the clock is changed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.store.watching.buckets import Step, buckets

LJUBLJANA = ZoneInfo("Europe/Ljubljana")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_an_hour_that_is_skipped_is_none_and_one_that_comes_twice_is_long() -> None:
    spring = buckets(at("2026-03-29T00:00+01:00"), at("2026-03-30T00:00+02:00"), LJUBLJANA, Step.HOUR)
    assert [bucket.keys[1] for bucket in spring[:4]] == ["00", "01", "03", "04"]
    assert {bucket.length for bucket in spring} == {1.0}
    autumn = buckets(at("2026-10-25T00:00+02:00"), at("2026-10-26T00:00+01:00"), LJUBLJANA, Step.HOUR)
    assert [bucket.length for bucket in autumn[:4]] == [1.0, 1.0, 2.0, 1.0]


@pytest.mark.parametrize("zone", ["Europe/Ljubljana", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago"])
@pytest.mark.parametrize("step", list(Step))
def test_they_follow_each_other_without_a_gap(zone: str, step: Step) -> None:
    start, end = at("2026-03-01T10:20+00:00"), at("2026-11-10T03:07+00:00")
    found = buckets(start, end, ZoneInfo(zone), step)
    assert found[0].start <= start < found[0].end
    assert found[-1].start < end <= found[-1].end
    assert all(one.end == other.start for one, other in pairwise(found))
    assert len({bucket.keys for bucket in found}) == len(found)


def test_an_empty_range_has_none() -> None:
    now = at("2026-03-01T10:20+00:00")
    assert buckets(now, now, LJUBLJANA, Step.DAY) == []
    assert len(buckets(now, now + timedelta(microseconds=1), LJUBLJANA, Step.DAY)) == 1

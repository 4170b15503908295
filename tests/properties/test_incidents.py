"""Grouping into incidents: what holds whatever the messages are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.store.incidents.grouping import LONGEST, Alike, Incident, group

START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Messages in their order of arrival: the minute each was sent in, and the earlier one it is like."""

    minutes: list[int]
    earlier: list[int | None]

    def alikes(self) -> list[Alike]:
        return [
            Alike(_id(place), self.time(place), _id(like), self.time(like))
            for place, like in enumerate(self.earlier)
            if like is not None
        ]

    def time(self, place: int) -> datetime:
        return START + timedelta(minutes=self.minutes[place])


def _id(place: int) -> UUID:
    return UUID(int=place + 1)


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    count = draw(st.integers(min_value=1, max_value=40))
    minutes = draw(st.lists(st.integers(min_value=0, max_value=4 * 24 * 60), min_size=count, max_size=count))
    earlier = [
        draw(st.none() | st.integers(min_value=0, max_value=place - 1)) if place else None for place in range(count)
    ]
    return Stream(minutes=minutes, earlier=earlier)


@given(streams())
def test_a_message_is_in_one_incident_at_most_and_no_incident_has_one_member(stream: Stream) -> None:
    grouping = group(stream.alikes(), {})
    members = [message_id for message_id, _ in grouping.joined]
    assert len(members) == len(set(members))
    sizes = {incident.id: 0 for incident in grouping.begun}
    for _, incident in grouping.joined:
        sizes[incident.id] += 1
    assert all(size >= 2 for size in sizes.values())


@given(streams())
def test_an_incident_is_named_after_its_first_message_and_lasts_a_day_at_most(stream: Stream) -> None:
    grouping = group(stream.alikes(), {})
    first: dict[UUID, UUID] = {}
    for message_id, incident in grouping.joined:
        first.setdefault(incident.id, message_id)
        assert abs(stream.time(message_id.int - 1) - incident.start_time) <= LONGEST
    assert all(incident_id == message_id for incident_id, message_id in first.items())


@given(streams())
def test_what_is_in_an_incident_stays_there(stream: Stream) -> None:
    alikes = stream.alikes()
    known = dict(group(alikes, {}).joined)
    again = group(alikes, known)
    assert not {message_id for message_id, _ in again.joined} & set(known)


@given(streams(), st.lists(st.integers(min_value=1, max_value=40), max_size=5))
def test_batches_do_not_matter(stream: Stream, cuts: list[int]) -> None:
    """In one batch or in several: the same incidents."""
    alikes = stream.alikes()
    whole = dict(group(alikes, {}).joined)
    parted: dict[UUID, Incident] = {}
    places = [0, *sorted(min(cut, len(alikes)) for cut in cuts), len(alikes)]
    for start, end in pairwise(places):
        parted.update(group(alikes[start:end], parted).joined)
    assert parted == whole

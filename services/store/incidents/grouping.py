"""Which messages are one incident. Pure.

A message joins the incident of the message it is most alike, among those that were compared before it, were sent within
the same time, and are alike enough. The same messages in the same order always make the same incidents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from services.runtime.labels import SMALLTALK_INTENT
from services.store.message import LabelSet

LONGEST: Final = timedelta(days=1)
"""An incident takes nothing that lies further from its first message: what people ask every day is none."""


_SMALLTALK: Final = frozenset({SMALLTALK_INTENT})


def is_smalltalk(labels: LabelSet) -> bool:
    """Whether a message is left out: however many people say hello at once, it is no incident."""
    return {score.label for score in labels.intents} == _SMALLTALK


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A group. `id`: that of its first message; `start_time`: when that one was sent."""

    id: UUID
    start_time: datetime


class Alike(NamedTuple):
    """A message and the earlier one that it is most alike."""

    message_id: UUID
    event_time: datetime
    earlier_id: UUID
    earlier_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """What a batch adds: incidents that begin, and members with the incident they join."""

    begun: tuple[Incident, ...]
    joined: tuple[tuple[UUID, Incident], ...]


def group(batch: Sequence[Alike], known: Mapping[UUID, Incident]) -> Grouping:
    """Goes through messages in the order they are compared in; `known`: the incidents of all of these, by message.

    What is in an incident stays there: one that was compared later may have begun it with a message of this batch.
    """
    incident_of = dict(known)
    begun: list[Incident] = []
    joined: list[tuple[UUID, Incident]] = []
    for alike in batch:
        if alike.message_id in incident_of:
            continue
        incident = incident_of.get(alike.earlier_id)
        if incident is None:
            incident = Incident(id=alike.earlier_id, start_time=alike.earlier_time)
            if not _belongs(alike, incident):
                continue
            begun.append(incident)
            joined.append((alike.earlier_id, incident))
            incident_of[alike.earlier_id] = incident
        if _belongs(alike, incident):
            joined.append((alike.message_id, incident))
            incident_of[alike.message_id] = incident
    return Grouping(begun=tuple(begun), joined=tuple(joined))


def _belongs(alike: Alike, incident: Incident) -> bool:
    return abs(alike.event_time - incident.start_time) <= LONGEST

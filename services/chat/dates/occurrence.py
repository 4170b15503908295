"""Which occurrence of an anchor is meant: the latest, the latest whole one, the next, or the one within a period."""

from datetime import datetime

from services.chat.dates.period import Anchor, Period


def latest(anchor: Anchor, local: datetime) -> Period | None:
    """The latest occurrence that has begun by `local`: a past or running one."""
    return max((p for p in anchor.near(local) if p.start is not None and p.start <= local), key=_start, default=None)


def whole(anchor: Anchor, local: datetime) -> Period | None:
    """The latest occurrence that has ended by `local`."""
    return max((p for p in anchor.near(local) if p.end is not None and p.end <= local), key=_start, default=None)


def upcoming(anchor: Anchor, local: datetime) -> Period | None:
    """The first occurrence that starts at `local` or later."""
    return min((p for p in anchor.near(local) if p.start is not None and p.start >= local), key=_start, default=None)


def within(anchor: Anchor, holder: Period) -> Period | None:
    """The first occurrence whose middle lies in `holder`: ISO weeks belong to the year that holds their Thursday."""
    if holder.start is None or holder.end is None:
        return None
    inside = [p for p in anchor.near(holder.middle) if holder.start <= p.middle < holder.end]
    return min(inside, key=_start, default=None)


def _start(period: Period) -> datetime:
    return period.start or datetime.min  # noqa: DTZ901 - wall times are naive here

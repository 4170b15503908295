"""The caller's clock: one instant and one IANA zone, and the way between local wall time and instants."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`now` as an instant in UTC, where hours add up, `zone` as the caller sees it. Local times elsewhere are naive."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, now: datetime, time_zone: str) -> "Clock":
        """A clock from an aware instant and an IANA name.

        Raises ValueError for a `now` that is naive or outside the years 1900 to 9000, ZoneInfoNotFoundError (a
        KeyError) for an unknown zone.
        """
        if not 1900 <= now.year <= 9000:
            msg = "now must lie between the years 1900 and 9000"
            raise ValueError(msg)
        if now.tzinfo is None:
            msg = "now must carry a time zone"
            raise ValueError(msg)
        return cls(now=now.astimezone(UTC), zone=ZoneInfo(time_zone))

    @property
    def local(self) -> datetime:
        """Now on the caller's wall, naive; `fold` tells the second pass of a repeated hour."""
        return self.now.astimezone(self.zone).replace(tzinfo=None)

    def instant(self, local: datetime) -> datetime:
        """The aware instant of a wall time; inside a gap it is the first instant after the gap's start.

        The way over UTC makes 02:30 of a skipped hour read 03:30 instead of a time that never was (PEP 495).
        """
        return local.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)

    def wall(self, instant: datetime) -> datetime:
        """The naive wall time of an aware instant."""
        return instant.astimezone(self.zone).replace(tzinfo=None)

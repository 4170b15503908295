"""What a change is made of: cells that partition the messages, and users. Pure; the parts add up to the change exactly.

A message may have several categories. To stand in one cell only it counts for the first of them in the order of the
label guide; cells are counted by questions that ask for a category and exclude those before it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from services.runtime.labels import CATEGORIES, SENTIMENTS
from services.store.filters import TimeRange
from services.store.statistics.question import Dimension, Measure, StatsQuery, StatsResult
from services.store.validation import FIRST_TIME

DEFAULT_CELLS: Final = 100
MAX_CELLS: Final = 1_000
NAMED_INCIDENTS: Final = 20
CELL_DIMENSIONS: Final = (Dimension.CATEGORY, Dimension.SOURCE, Dimension.SENTIMENT, Dimension.LANGUAGE)
_NONE: Final = ""
_OF_LABELLED: Final = (Dimension.SOURCE, Dimension.SENTIMENT, Dimension.LANGUAGE)
_OF_MOODLESS: Final = (Dimension.SOURCE, Dimension.LANGUAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Messages of one kind then and now. `keys`: as `CELL_DIMENSIONS`, or one of them."""

    keys: tuple[str, ...]
    value: int
    before: int

    @property
    def change(self) -> int:
        """How many more there are now."""
        return self.value - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class Users:
    """Who wrote in a period: `new` had not before, `returning` had."""

    new: int
    returning: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserParts:
    """A change by the number of new users, of returning users, and by how much each of them wrote."""

    now: Users
    before: Users
    by_new: int
    by_returning: int
    by_activity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change and its parts; `rest` is what was cut off the cells."""

    value: int
    before: int
    cells: tuple[Part, ...]
    rest: Part | None
    splits: tuple[tuple[Dimension, tuple[Part, ...]], ...]
    users: UserParts
    incidents: tuple[Part, ...]
    outside: Part
    """What stands in none of `incidents`; with theirs its change is the whole one."""
    total: StatsResult


def total_query(query: StatsQuery) -> StatsQuery:
    """The question whose total is split."""
    return replace(query, measure=Measure.MESSAGE_COUNT, group_by=(), limit=1)


def cell_queries(query: StatsQuery, *, most_rows: int) -> list[StatsQuery]:
    """One question per category, in the order of `CATEGORIES`, then one for messages without any."""
    found = _by_category(replace(query, group_by=_OF_LABELLED, limit=most_rows))
    rest = replace(query, group_by=(Dimension.SOURCE,), limit=most_rows)
    return [*found, _with_category(rest, held=(), missing=CATEGORIES)]


def moodless_queries(query: StatsQuery, *, most_rows: int) -> list[StatsQuery]:
    """One question per category for its messages without a sentiment: there are models that give none."""
    given = query.filters.sentiments
    moodless = replace(query.filters, sentiments=replace(given, none_of=given.none_of + SENTIMENTS))
    return _by_category(replace(query, filters=moodless, group_by=_OF_MOODLESS, limit=most_rows))


def has_moodless(results: Iterable[StatsResult]) -> bool:
    """Whether some of the messages that `cell_queries` count stand in no row, for want of a sentiment."""
    return any(
        (sum(row.value for row in result.rows), sum(row.compare_value or 0 for row in result.rows))
        != (result.total, result.compare_total or 0)
        for result in results
    )


def _by_category(query: StatsQuery) -> list[StatsQuery]:
    return [_with_category(query, held=(name,), missing=CATEGORIES[:place]) for place, name in enumerate(CATEGORIES)]


def _with_category(query: StatsQuery, *, held: tuple[str, ...], missing: tuple[str, ...]) -> StatsQuery:
    given = query.filters.categories
    narrowed = replace(given, all_of=given.all_of + held, none_of=given.none_of + missing)
    return replace(query, filters=replace(query.filters, categories=narrowed))


def incident_query(query: StatsQuery, *, most_rows: int) -> StatsQuery:
    """The question that counts by incident; a message is of one at most."""
    return replace(query, measure=Measure.MESSAGE_COUNT, group_by=(Dimension.INCIDENT,), limit=most_rows)


def user_queries(query: StatsQuery, now: TimeRange, before: TimeRange) -> list[StatsQuery]:
    """Users up to the beginning and the end of either period, and within it: what `users_of` takes, per period."""
    asked = replace(query, measure=Measure.UNIQUE_USERS, group_by=(), limit=1, compare_to=None)
    ranges = [part for period in (now, before) for part in _user_ranges(period)]
    return [replace(asked, range=part) for part in ranges]


def _user_ranges(period: TimeRange) -> tuple[TimeRange, ...]:
    return period, TimeRange(end=period.start), TimeRange(end=period.end)


def users_of(results: Sequence[StatsResult]) -> Users:
    """New users are those who are known at the end of the period and were not at its beginning."""
    within, known_before, known_after = (round(result.total) for result in results)
    new = known_after - known_before
    return Users(new=new, returning=within - new)


def cells_of(results: Iterable[StatsResult]) -> list[Part]:
    """The cells of the answers to `cell_queries` and, where they were asked, to `moodless_queries` after them.

    Without those that are empty in both periods.
    """
    found: list[Part] = []
    for category, result in zip((*CATEGORIES, _NONE, *CATEGORIES), results, strict=False):
        for row in result.rows:
            named = dict(zip(result.query.group_by, row.keys, strict=True))
            keys = (category, *(named.get(name, _NONE) for name in _OF_LABELLED))
            part = Part(keys=keys, value=round(row.value), before=round(row.compare_value or 0))
            if part.value or part.before:
                found.append(part)
    return found


def change_of(
    total: StatsResult, cells: Sequence[Part], now: Users, before: Users, *, by_incident: StatsResult, limit: int
) -> Change:
    """The change with every part. Raises ValueError where the cells do not add up to it: they would not be all."""
    value, earlier = round(total.total), round(total.compare_total or 0)
    if (sum(cell.value for cell in cells), sum(cell.before for cell in cells)) != (value, earlier):
        raise ValueError("the cells of a change do not add up to it")
    ranked = sorted(cells, key=_rank)
    incidents = _incidents(by_incident)
    splits = tuple((name, _split(cells, place)) for place, name in enumerate(CELL_DIMENSIONS))
    return Change(
        value=value,
        before=earlier,
        cells=tuple(ranked[:limit]),
        rest=_summed(ranked[limit:]),
        splits=splits,
        users=user_parts(value, earlier, now, before),
        incidents=incidents,
        outside=Part(
            keys=(_NONE,),
            value=value - sum(part.value for part in incidents),
            before=earlier - sum(part.before for part in incidents),
        ),
        total=total,
    )


def _incidents(counted: StatsResult) -> tuple[Part, ...]:
    """The incidents whose numbers changed most; those that stayed as they were explain nothing."""
    parts = (Part(keys=row.keys, value=round(row.value), before=round(row.compare_value or 0)) for row in counted.rows)
    return tuple(sorted((part for part in parts if part.change), key=_rank)[:NAMED_INCIDENTS])


def _rank(part: Part) -> tuple[int, int, tuple[str, ...]]:
    return -abs(part.change), -part.value, part.keys


def _summed(parts: Sequence[Part]) -> Part | None:
    if not parts:
        return None
    return Part(keys=(), value=sum(part.value for part in parts), before=sum(part.before for part in parts))


def _split(cells: Sequence[Part], place: int) -> tuple[Part, ...]:
    now: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for cell in cells:
        now[cell.keys[place]] += cell.value
        before[cell.keys[place]] += cell.before
    return tuple(sorted((Part(keys=(key,), value=now[key], before=before[key]) for key in now), key=_rank))


def user_parts(value: int, earlier: int, now: Users, before: Users) -> UserParts:
    """Splits `value - earlier`, messages being users times messages per user, by the mean of either factor.

    It is the Shapley value of two factors (Shorrocks 2013), rounded to whole messages whose sum is the change.
    """
    users_now, users_before = now.new + now.returning, before.new + before.returning
    rate_now = Fraction(value, users_now) if users_now else None
    rate_before = Fraction(earlier, users_before) if users_before else rate_now
    rate_now = rate_before if rate_now is None else rate_now
    if rate_now is None or rate_before is None:
        return UserParts(now=now, before=before, by_new=0, by_returning=0, by_activity=0)
    rate = (rate_now + rate_before) / 2
    exact = (
        (now.new - before.new) * rate,
        (now.returning - before.returning) * rate,
        (rate_now - rate_before) * Fraction(users_now + users_before, 2),
    )
    by_new, by_returning, by_activity = _whole(exact, value - earlier)
    return UserParts(now=now, before=before, by_new=by_new, by_returning=by_returning, by_activity=by_activity)


def _whole(exact: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers next to the exact ones whose sum is `total` (largest remainders)."""
    floors = [part.numerator // part.denominator for part in exact]
    missing = total - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda place: floors[place] - exact[place])
    for place in by_remainder[:missing]:
        floors[place] += 1
    return floors


def earlier_range(given: TimeRange | None, now: TimeRange) -> TimeRange:
    """The period to compare with: the one given, else as long as `now` and just before it, as far as messages may lie.

    `now` is closed.
    """
    if given is not None:
        return given
    if now.start is None or now.end is None:
        raise ValueError("the range must be closed")
    return TimeRange(start=now.start - min(now.end - now.start, now.start - FIRST_TIME), end=now.start)

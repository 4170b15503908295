"""What a clause claims, checked against the data: each check is true where the data says otherwise. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from services.chat.ledger.claims import patterns
from services.chat.ledger.claims.clauses import Clause
from services.chat.question import Order
from services.chat.results.derivatives import TIME_DIMENSIONS, has_shares, months_in, relative_change, share
from services.chat.results.steps import part_told

_NO_CHANGE_BELOW: Final = 0.01
_STEADY_BELOW: Final = 0.05
_EXACT_FACTOR, _HEDGED_FACTOR = 0.1, 0.2


def _trend(values: Sequence[float]) -> float | None:
    """Direction of a series: None where its slope and its two ends disagree or say nothing."""
    middle = (len(values) - 1) / 2
    slope = sum((i - middle) * value for i, value in enumerate(values))
    ends = values[-1] - values[0]
    return ends if slope * ends > 0 else None


def _change(clause: Clause) -> float | None:
    if clause.subject is not None and clause.subject.before is not None:
        return clause.subject.value - clause.subject.before
    dimensions, rows = clause.result.query.group_by, clause.result.rows
    if clause.rows or len(dimensions) != 1 or dimensions[0] not in TIME_DIMENSIONS or len(rows) < 2:
        return None
    return _trend([row.value for row in sorted(rows, key=lambda row: row.keys)])


def _direction(clause: Clause) -> bool:
    up, down = patterns.UP.search(clause.text), patterns.DOWN.search(clause.text)
    if bool(up) == bool(down) or clause.subject is None:
        return False
    change = _change(clause)
    return change is not None and (change <= 0 if up else change >= 0)


def _sameness(clause: Clause) -> bool:
    subject = clause.subject
    same, steady = patterns.SAME.search(clause.text), patterns.STEADY.search(clause.text)
    if subject is None or subject.before is None or not (same or steady):
        return False
    change = relative_change(subject.value, subject.before)
    most = _NO_CHANGE_BELOW if same else _STEADY_BELOW
    return subject.value != subject.before and (change is None or abs(change) >= most)


def _names_earlier(clause: Clause, text: str) -> bool:
    """Whether a text names the period compared with, and not the later one."""
    later, earlier = (months_in(clause.result, span) for span in (clause.result.range, clause.result.compare_range))
    named = {match[1] or match[2] for match in patterns.MONTH.finditer(text)}
    return bool(named & (earlier - later)) or (not named and bool(patterns.EARLIER.search(text)))


def _than_before(clause: Clause) -> bool:
    """As in "fewer than in January", and the same told from January."""
    found, subject = patterns.MORE_THAN.search(clause.text), clause.subject
    if found is None or subject is None or subject.before is None or len(clause.rows) > 1:
        return False
    change = subject.value - subject.before
    if subject.row is None and _names_earlier(clause, found["subject"]):
        change = -change
    elif not _names_earlier(clause, found["other"]):
        return False
    return change <= 0 if found["more"] else change >= 0


def _ratio(clause: Clause) -> float | None:
    if len(clause.rows) == 2:
        first, second = (clause.result.rows[row].value for _, row in clause.rows)
        if TIME_DIMENSIONS.intersection(clause.result.query.group_by) and patterns.FROM_TO.search(clause.text):
            first, second = second, first
        return first / second if second else None
    subject = clause.subject
    if subject is None or not subject.before or not subject.value:
        return None
    told = patterns.MULTIPLIED.split(clause.text)[0]
    is_reversed = subject.row is None and _names_earlier(clause, told)
    return subject.before / subject.value if is_reversed else subject.value / subject.before


def _multiple(clause: Clause) -> bool:
    match, ratio = patterns.MULTIPLIED.search(clause.text), _ratio(clause)
    if match is None or ratio is None:
        return False
    factor, hedge = patterns.FACTORS[match["word"].lower()], (match["hedge"] or "").strip().lower()
    if hedge in ("more than", "over"):
        return ratio <= factor if factor > 1 else ratio >= factor
    slack = _HEDGED_FACTOR if hedge else _EXACT_FACTOR
    return not factor * (1 - slack) <= ratio <= factor * (1 + slack)


def _top_is_known(clause: Clause) -> bool:
    return not clause.result.truncated or clause.result.query.order is Order.VALUE_DESC


def _bottom_is_known(clause: Clause) -> bool:
    return not clause.result.truncated or clause.result.query.order is Order.VALUE_ASC


def _extreme(clause: Clause) -> bool:
    row, rows = clause.only_row, clause.result.rows
    if row is None or len(rows) < 2 or patterns.RANKED.search(clause.text) or patterns.MAJORITY.search(clause.text):
        return False
    if patterns.GREATEST_RISE.search(clause.text) or patterns.GREATEST_FALL.search(clause.text):
        return False
    most, least = patterns.MOST.search(clause.text), patterns.LEAST.search(clause.text)
    if bool(most) == bool(least):
        return False
    if most:
        return _top_is_known(clause) and rows[row].value < max(other.value for other in rows)
    # A step that the period has only a part of need not be the quietest.
    whole = [other.value for other in rows if not part_told(clause.result, other)]
    return _bottom_is_known(clause) and rows[row].value > min(whole, default=rows[row].value)


def _mover(clause: Clause) -> bool:
    row = clause.only_row
    rise, fall = patterns.GREATEST_RISE.search(clause.text), patterns.GREATEST_FALL.search(clause.text)
    changes = [r.value - r.compare_value for r in clause.result.rows if r.compare_value is not None]
    if row is None or bool(rise) == bool(fall) or len(changes) != len(clause.result.rows) or clause.result.truncated:
        return False
    return changes[row] < max(changes) if rise else changes[row] > min(changes)


def _rank(clause: Clause) -> bool:
    match, row = patterns.RANKED.search(clause.text), clause.only_row
    if match is None or row is None or not _top_is_known(clause):
        return False
    value, values = clause.result.rows[row].value, [other.value for other in clause.result.rows]
    rank = patterns.RANKS[(match["rank"] or match["place"]).lower()]
    return not sum(v > value for v in values) < rank <= sum(v >= value for v in values)


def _part(clause: Clause) -> bool:
    row, result = clause.only_row, clause.result
    part = share(result.rows[row].value, result.total) if row is not None and has_shares(result) else None
    if part is None:
        return False
    majority, minority = patterns.MAJORITY.search(clause.text), patterns.MINORITY.search(clause.text)
    return bool(majority and part <= 0.5) or bool(minority and part >= 0.5)


def _comparison(clause: Clause) -> bool:
    above, below = patterns.ABOVE.search(clause.text), patterns.BELOW.search(clause.text)
    match = above or below
    if match is None or (above and below) or len(clause.rows) != 2:
        return False
    (first_at, first), (second_at, second) = clause.rows
    if not first_at < match.start() < match.end() <= second_at or first == second:
        return False
    gap = clause.result.rows[first].value - clause.result.rows[second].value
    return gap <= 0 if above else gap >= 0


def _universal(clause: Clause) -> bool:
    """As in "all categories rose", "no channel fell"."""
    every, none = patterns.ALL_OF_THEM.search(clause.text), patterns.NONE_OF_THEM.search(clause.text)
    up, down = patterns.UP.search(clause.text), patterns.DOWN.search(clause.text)
    changes = [row.value - row.compare_value for row in clause.result.rows if row.compare_value is not None]
    is_one_claim = bool(every) != bool(none) and bool(up) != bool(down) and not patterns.EXCEPT.search(clause.text)
    if not is_one_claim or not changes or clause.result.truncated:
        return False
    moved = [change > 0 if up else change < 0 for change in changes]
    return not all(moved) if every else any(moved)


def _nothing_of_it(clause: Clause) -> bool:
    row = clause.only_row
    return bool(row is not None and clause.result.rows[row].value > 0 and patterns.NOTHING_OF_IT.search(clause.text))


def _nothing(clause: Clause) -> bool:
    result = clause.result
    return bool(not result.query.group_by and result.total > 0 and patterns.NOTHING.search(clause.text))


def _against_nothing(clause: Clause) -> bool:
    """As in "twice as many as last week" where no earlier period was counted."""
    result = clause.result
    if result.compare_total is not None or TIME_DIMENSIONS.intersection(result.query.group_by):
        return False
    if patterns.AGAINST_THE_PAST.search(clause.text):
        return True
    moved = (
        patterns.UP.search(clause.text) or patterns.DOWN.search(clause.text) or patterns.UP_OR_DOWN.search(clause.text)
    )
    return bool(moved and patterns.MOVED_SINCE_THE_PAST.search(clause.text))


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of claim: the words without which no sentence makes it, and the test that is true where it is wrong."""

    words: frozenset[str]
    is_wrong: Callable[[Clause], bool]


def _check(is_wrong: Callable[[Clause], bool], *words: str) -> Check:
    return Check(frozenset(" ".join(words).split()), is_wrong)


_RISES = (
    "rose risen rises rising rise increase increases increased increasing grew grown grows growing growth climb climbs "
    "climbed climbing jump jumps jumped jumping surge surges surged surging soar soars soared soaring skyrocket "
    "skyrockets skyrocketed spiked uptick trend trends trended trending went gone up upwards upward"
)
_FALLS = (
    "fell fallen falls falling drop drops dropped dropping decrease decreases decreased decreasing decline declines "
    "declined declining shrank shrunk shrinks slump slumps slumped plummet plummets plummeted plunged dip reduction "
    "trend trends trended trending went gone down downwards downward"
)
_SUPERLATIVES = "largest biggest greatest strongest sharpest steepest highest"
_COMPARATIVES = (
    "more higher greater larger bigger busier exceed exceeds exceeded outnumber outnumbers outnumbered ahead fewer "
    "less lower smaller quieter behind trails trailed"
)

CHECKS: Final = (
    _check(_direction, _RISES, _FALLS),
    _check(_sameness, "unchanged change changed same flat stable steady level constant"),
    _check(_than_before, "than"),
    _check(_universal, "all every each no none"),
    _check(_multiple, "doubled tripled trebled quadrupled halved twice double triple times half"),
    _check(
        _extreme,
        _SUPERLATIVES,
        "most busiest peak peaked leading lead leads led top topped tops number least lowest fewest smallest quietest",
    ),
    _check(_mover, _SUPERLATIVES, "most fastest"),
    _check(_rank, "second third fourth fifth nd rd th next"),
    _check(_part, "majority minority most half"),
    _check(_comparison, _COMPARATIVES),
    _check(_nothing, "no"),
    _check(_against_nothing, "than as compared versus vs relative from since on over"),
    _check(_nothing_of_it, "no zero nobody"),
)
"""What a clause may claim against the data."""


def checks_for(words: Collection[str]) -> tuple[Check, ...]:
    """The checks that a sentence of these lower-case words calls for."""
    return tuple(check for check in CHECKS if not check.words.isdisjoint(words))

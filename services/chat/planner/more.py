"""More of the answer before: further examples, further rows of a ranking, and the row at a place of it. Pure."""

import re
from dataclasses import replace
from typing import Final

from services.chat.planner.asking import Question
from services.chat.planner.patterns import UTTERANCES
from services.chat.question import DEFAULT_EXAMPLES, MAX_EXAMPLES, Interpretation, Operation, StatsQuery

_SHOW: Final = (
    r"(?:(?:please|and|ok|now|just|can|could|you|i|want|need|to|see|show|give|list|read|get|me|us|the|some|a|few"
    r"|any) )*"
)
_OF_THEM: Final = rf"(?: (?:of|them|those|these|ones?|please|examples?|rows?|{UTTERANCES}))*"
_MORE: Final = re.compile(
    rf"^{_SHOW}(?:(?P<count>\d{{1,2}}) (?:more|others?)|(?P<one>another|(?:1|one) (?:more|other))"
    rf"|(?:more|others?|older|earlier|next)(?: (?P<next>\d{{1,2}}))?)"
    rf"{_OF_THEM}(?: [?!.])*$"
)
_REST: Final = re.compile(rf"^{_SHOW}(?:rest|all|everything|all of them)(?: of (?:them|it|those|these))?(?: [?!.])*$")
_PLACE: Final = re.compile(
    r"^(?:(?:and|what|which|about|is|was|show|me|the|number|no|nr|#) )*(?P<place>\d{1,2})(?:st|nd|rd|th)?(?: [?!.])*$"
)
_ENOUGH: Final = Question(
    reason=f"An answer shows at most {MAX_EXAMPLES} messages; the page of messages lists all of them.",
    choices=("Show examples of complaints from yesterday", "Show 20 examples from last week"),
)


def more_of(text: str, base: Interpretation | None) -> StatsQuery | Question | None:
    """The query in force with more of its examples or rows, what to ask instead, or None where no more is asked for.

    What was shown is shown again at the head of the longer list, since rows are known by their order alone.
    """
    if base is None:
        return None
    if base.operation is Operation.EXAMPLES:
        return _examples(text, base.query)
    is_ranking = base.operation is Operation.STATS and len(base.query.group_by) == 1 and base.query.limit > 0
    return _rows(text, base.query) if is_ranking else None


def _examples(text: str, query: StatsQuery) -> StatsQuery | Question | None:
    found = _MORE.search(text)
    if found is None:
        return None
    shown = query.limit or DEFAULT_EXAMPLES
    further = 1 if found["one"] else int(found["count"] or found["next"] or DEFAULT_EXAMPLES)
    wanted = min(shown + further, MAX_EXAMPLES)
    return replace(query, limit=wanted) if wanted > shown else _ENOUGH


def _rows(text: str, query: StatsQuery) -> StatsQuery | None:
    if _REST.search(text):
        return replace(query, limit=0)
    if found := _MORE.search(text):
        further = 1 if found["one"] else int(found["count"] or found["next"] or query.limit)
        return replace(query, limit=query.limit + further)
    place = _PLACE.search(text)
    further = int(place["place"]) if place is not None else 0
    return replace(query, limit=further) if further > query.limit else None

"""The sentence about a share: what of all that is counted holds what is asked. Pure."""

from dataclasses import replace

from services.chat.narration.phrases import circumstances, period, subject
from services.chat.question import Filters, LabelFilter, StatsResult
from services.chat.results.derivatives import zone_of
from services.chat.results.wording import percent


def share_lead(result: StatsResult) -> str:
    """The part of the whole in one sentence: “12.5% of all messages on Telegram were deposit messages in May.”"""
    when = period(result.range, zone_of(result), result.as_of)
    query, whole = result.query, result.query.share_of or Filters()
    of, where = f"{subject(whole, 2)}{circumstances(whole)}", circumstances(_beside(query.filters, whole))
    if query.filters == whole and result.compare_total is None:
        return f"Of all {of} {when}:"
    told = f"were {subject(query.filters, 2)}{where}"
    if where and subject(query.filters, 2) == subject(whole, 2):
        told = where.replace(" matching", "mention", 1) if where.startswith(" matching") else f"arrived{where}"
    value = f"**{percent(result.total)}** of all" if result.total else "**None** of the"
    return f"{value} {of} {told} {when}."


def _beside(filters: Filters, whole: Filters) -> Filters:
    """What of the part's channels, languages, times and wording the whole does not have."""
    return replace(
        filters,
        sources=_unless(filters.sources, whole.sources),
        languages=_unless(filters.languages, whole.languages),
        user_ids=_unless(filters.user_ids, whole.user_ids),
        hours=() if filters.hours == whole.hours else filters.hours,
        weekdays=() if filters.weekdays == whole.weekdays else filters.weekdays,
        text="" if filters.text == whole.text else filters.text,
        min_confidence=None if filters.min_confidence == whole.min_confidence else filters.min_confidence,
    )


def _unless(part: LabelFilter, whole: LabelFilter) -> LabelFilter:
    return LabelFilter() if part == whole else part

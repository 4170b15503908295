"""The phrases of an answer: what was counted, where, and when. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.chat.question import Filters, TimeRange
from services.chat.results.local_times import times
from services.chat.results.row_names import label_title, language_name, plain_name, source_name
from services.chat.results.wording import clock, day, days, listed, percent, plural, weekday_and_day

_INNER_QUOTES = str.maketrans(dict.fromkeys('"“”«»„', "’") | {"\n": " "})


def subject(filters: Filters, count: float, *, noun: str = "message") -> str:
    """What is counted, in the number that goes with `count`: "negative deposit messages", "messages about a or b"."""
    mood = listed([plain_name(s) for s in filters.sentiments.any_of], "or")
    words = plural(count, noun)
    topics = _topics(filters)
    match topics:
        case [[topic]]:
            words = f"{label_title(topic).before_noun} {words}"
        case [_, *_]:
            words = f"{words} about {_all_of(topics)}"
    words = f"{mood} {words}" if mood else words
    return words + _without(filters)


def _topics(filters: Filters) -> list[tuple[str, ...]]:
    """What a message must be about: one label of each of these."""
    fields = (filters.categories, filters.intents)
    chosen = [field.any_of for field in fields if field.any_of]
    return [*chosen, *((label,) for field in fields for label in field.all_of)]


def _all_of(topics: list[tuple[str, ...]]) -> str:
    """In words: "a or b" where that is all, else "c and either a or b"."""
    titles = [[label_title(label).alone for label in labels] for labels in topics]
    if len(titles) == 1:
        return listed(titles[0], "or")
    alone = [title for (title, *more) in titles if not more]
    return listed(alone + [f"either {listed(several, 'or')}" for several in titles if len(several) > 1])


def _without(filters: Filters) -> str:
    names = [label_title(label).alone for part in (filters.categories, filters.intents) for label in part.none_of]
    names += [plain_name(mood) for mood in filters.sentiments.none_of]
    return f" without {listed(names, 'or')}" if names else ""


def circumstances(filters: Filters) -> str:
    """Channel, language, customer, time, wording and confidence that restrict the count: " on Telegram in German"."""
    sources, languages = filters.sources, filters.languages
    words = f" on {listed([source_name(s) for s in sources.any_of], 'or')}" if sources.any_of else ""
    words += f" outside {listed([source_name(s) for s in sources.none_of], 'and')}" if sources.none_of else ""
    words += f" in {listed([language_name(c) for c in languages.any_of], 'or')}" if languages.any_of else ""
    words += f" not in {listed([language_name(c) for c in languages.none_of], 'or')}" if languages.none_of else ""
    words += " from the customers chosen" if filters.user_ids.any_of else ""
    words += " from all but the customers named" if filters.user_ids.none_of else ""
    words += times(filters)
    words += f" matching “{filters.text.translate(_INNER_QUOTES)}”" if filters.text else ""
    if filters.min_confidence is not None:
        words += f" labelled with a confidence of at least {percent(filters.min_confidence)}"
    return words


def quote(text: str, longest: int) -> str:
    """A customer's words in quotation marks, on one line, shortened at a space to at most `longest` characters."""
    words = " ".join(text.translate(_INNER_QUOTES).split())
    if len(words) > longest:
        words = words[:longest].rpartition(" ")[0] + " …"
    return f"“{words}”"


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == time()


def _whole_days(first: date, last: date) -> str:
    if first == last:
        return f"on {weekday_and_day(first)}"
    written = days(first, last)
    if written[0].isalpha() or written.isdecimal():
        return f"from {written}" if " to " in written else f"in {written}"
    return f"from {written}" if " to " in written else f"from {first.day} to {day(last)}"


def _instants(start: datetime, end: datetime) -> str:
    until = "24:00" if _is_midnight(end) else clock(end)
    last = (end - timedelta(microseconds=1)).date()
    if _is_midnight(start):
        span = _whole_days(start.date(), last) if start.date() == last else _open_days(start.date(), last)
        return f"{span} up to {until}"
    if start.date() == last:
        return f"on {weekday_and_day(last)} between {clock(start)} and {until}"
    return f"from {day(start.date())}, {clock(start)} to {day(end.date())}, {clock(end)}"


def _open_days(first: date, last: date) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"from {first.day} to {day(last)}"
    return f"from {day(first, year=first.year != last.year)} to {day(last)}"


def period(span: TimeRange | None, zone: ZoneInfo, as_of: datetime) -> str:
    """When: "in February 2026", "on Friday 6 March 2026", "from 1 to 21 November 2026 up to 14:05", "over all time"."""
    start = span.start.astimezone(zone) if span and span.start else None
    end = span.end.astimezone(zone) if span and span.end else None
    if start is None:
        return f"before {_moment(end)}" if end and end < as_of else "over all time"
    if end is None:
        return f"since {_moment(start)}"
    if _is_midnight(start) and _is_midnight(end):
        return _whole_days(start.date(), end.date() - timedelta(days=1))
    return _instants(start, end)


def _moment(moment: datetime) -> str:
    return day(moment.date()) + ("" if _is_midnight(moment) else f", {clock(moment)}")

"""Questions back: what to ask, and choices that the planner itself can answer."""

import re
from dataclasses import dataclass, replace
from typing import Final

from services.chat.dates.hours import AND, BARE, TIME
from services.chat.dates.names import UNIT
from services.chat.planner.explain import value_words
from services.chat.planner.filters import part
from services.chat.planner.patterns import spoken
from services.chat.planner.read import Turn
from services.chat.planner.reading import Grouping
from services.chat.planner.time_phrases import LEFT_OUT
from services.chat.question import Behaviour, Dimension, Filters, Interpretation, Measure, Operation, StatsQuery
from services.chat.results.local_times import times

_LED: Final = (
    ("on", "sources"),
    ("in", "languages"),
    ("from", "user_ids"),
    ("that are", "sentiments"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Why the turn cannot be answered yet and what to offer. `query` is what was understood, None for nothing new;
    `word` the one that is not known, where that is why; `rows` tells that rows were wanted by it, `keeps` that what
    else the turn says stays in force, `operation` what the next turn is to be answered with.
    """

    reason: str
    choices: tuple[str, ...]
    query: StatsQuery | None = None
    word: str = ""
    rows: bool = False
    keeps: bool = False
    operation: Operation | None = None


GREETING: Final = Question(
    reason="Ask me about the messages: how many, about what, on which channel, in which period.",
    choices=(
        "How many messages came in yesterday?",
        "What were the top 5 reasons last week?",
        "Show the trend of complaints this month",
    ),
)
THANKED: Final = Question(reason="You are welcome.", choices=())
TOO_LONG: Final = replace(GREETING, reason="That is too long for a question; please ask it in a few sentences.")
_PROBLEMS: Final = (
    "How many deposit problems and withdrawal problems were there?",
    "How many complaints were there?",
    "How many messages were there by category?",
)
WHICH_STEP: Final = Question(
    reason="Averages are told per day; other steps are told as counts.",
    choices=("How many messages per day on average?", "How many messages by week?", "How many messages by hour?"),
)
NO_MEDIAN: Final = replace(WHICH_STEP, reason="Averages per day are told, no medians or spreads.")
LEAST_ONLY: Final = Question(
    reason="Confidence can be asked for from a value upwards, not below one.",
    choices=("How many messages with confidence of at least 0.8?", "What is the average confidence by category?"),
)
WHOLE_TOPICS: Final = Question(
    reason="Messages that are about two things at once can be counted for single topics, not for groups of them.",
    choices=(
        "How many messages were about both withdrawals and login?",
        "How many withdrawal problems and login problems were there?",
    ),
)
AVERAGE_OF_PEOPLE: Final = Question(
    reason="Averages are of messages; people can be counted, day by day too.",
    choices=("How many messages per day on average?", "How many users wrote by day last month?"),
)
SHARE_OF_PEOPLE: Final = Question(
    reason="Shares are shares of messages; people can be counted.",
    choices=("What share of messages are complaints?", "How many users complained?"),
)


def which_topic(state: str) -> Question:
    """The question to ask when something is said of no topic: "problems", "delayed messages"."""
    return Question(reason=f"“{state[:1].upper()}{state[1:]}” alone can be said of several topics.", choices=_PROBLEMS)


def asked(question: Question, kept: Interpretation) -> Interpretation:
    """The interpretation that asks back, with what was understood so far kept for the next turn."""
    return replace(
        kept,
        behaviour=Behaviour.CLARIFY,
        operation=question.operation or kept.operation,
        query=question.query or kept.query,
        explanation="",
        choices=question.choices,
        reason=question.reason,
    )


def choices_for(query: StatsQuery) -> tuple[str, ...]:
    """Questions to offer after a refusal."""
    return tuple(sentence(query, phrase) for phrase in ("yesterday", "last week"))


def sentence(query: StatsQuery, phrase: str) -> str:
    """A full question about what `query` filters, with another period."""
    counted = "people wrote" if query.measure is Measure.UNIQUE_USERS else "messages came in"
    return f"How many {counted}{filtered(query.filters)}{times(query.filters)} {phrase}?"


def filtered(filters: Filters) -> str:
    """What a question is about, on which channel and in which language, as the planner reads it again."""
    mood = "that are" if filters.categories else "about"
    led = (("about", "categories"), (mood, "intents"), *_LED)
    return "".join(f" {lead} {words}" for lead, field in led if (words := value_words(part(filters, field), field)))


_REST: Final = spoken(
    r"(?:vs|versus|than|against|with|to|and|or) (?:(?:on|in|for|by|via|from|of) )*(?:everything else|everyone else"
    r"|everybody else|anything else|elsewhere|(?:all )?the rest|(?:all )?(?:the )?others"
    r"|(?:all )?(?:the )?other (?:channels?|sources?|topics?|categor(?:y|ies)|languages?|intents?|messages?))",
)
_NOT_IT: Final = spoken(r"(?:vs|versus|against|compared (?:to|with)) (?:non?|not|all(?= ?$| [?,§]))")
_AGAINST_REST: Final = Question(
    reason="What is left over can be told as rows, or the one thing as a share of all messages.",
    choices=(
        "How many messages were there by source?",
        "How many messages were there by category?",
        "What share of messages came in on Telegram?",
    ),
)


_UNREAD: Final = spoken(
    r"ahead(?: of)? §\d+",
    r"(?:last|past|previous|this|next) (?:\d+ )?(?:hour|day|weekend|week|month|quarter|year)s?",
    r"(?:in|since|before|after|until) (?:the year )?\d{4}(?= ?$| [?,])",
)
_WHICH_PERIOD: Final = Question(
    reason="I could not read the period.",
    choices=(
        "How many messages came in last week?",
        "How many messages came in last month?",
        "How many messages came in the last 30 days?",
    ),
)


_WORKING: Final = spoken(
    r"(?:business|working|trading|week) ?days?(?! (?:vs|versus|or)\b)|(?:business|work|working|trading) ?weeks?",
    r"(?:bank|public) holidays?|holidays",
)
_NO_CALENDAR: Final = Question(
    reason="Days of the week can be told or left out; no holidays are known, and working days are not counted.",
    choices=("How many messages on weekdays last month?", "How many messages by weekday last month?"),
)
_OFFICE_HOURS: Final = spoken(
    r"(?:business|working|trading|office|work) hours?", r"(?:out of|after) hours", r"9 (?:to|-) 5"
)
_WHICH_HOURS: Final = Question(
    reason="Which hours those are is not known here; please name them.",
    choices=(
        "How many messages between 9:00 and 17:00 on weekdays last week?",
        "How many messages outside 9:00 to 17:00 last week?",
        "How many messages on weekends last month?",
    ),
)
_UNREAD_HOURS: Final = spoken(
    rf"(?:between|from|outside|not|except) {TIME} {AND} (?:{TIME}|{BARE})", rf"{BARE} {AND} {TIME}"
)
_WHOLE_HOURS: Final = replace(_WHICH_HOURS, reason="Over several days only whole hours of the day can be told.")
_COARSE: Final = spoken(
    r"(?:by|per|each|every) (?:calendar )?(?:quarter|half|year|minute|fortnight)",
    r"every (?:other|2nd) (?:hour|day|week|month)",
    r"quarterly|yearly|annually|annual|fortnightly|biweekly|bimonthly|half yearly|bi (?:weekly|monthly|annual)",
)
_WHICH_ROWS: Final = Question(
    reason="Rows are told by hour, day, week, month or weekday.",
    choices=("How many messages by month this year?", "How many messages by week this quarter?"),
)


def unread_period(turn: Turn) -> Question | None:
    """The question to ask when words of a period are left over, rather than to count all time."""
    if turn.reading.measure is not Measure.PER_DAY_AVERAGE and _COARSE.search(turn.reading.text):
        return _WHICH_ROWS
    told_apart = Dimension.WEEKDAY in (turn.reading.grouping or Grouping()).dimensions
    if _OFFICE_HOURS.search(turn.reading.text):
        return _WHICH_HOURS
    if _WORKING.search(turn.reading.text) and not told_apart and "times" not in turn.forgets:
        return _NO_CALENDAR
    if _UNREAD_HOURS.search(turn.reading.text):
        return _WHOLE_HOURS
    return _WHICH_PERIOD if _UNREAD.search(turn.reading.text) else None


def against_the_rest(turn: Turn) -> Question | None:
    """The question to ask when one thing is set against everything else, which is no value of its own."""
    text = turn.reading.text
    rest = turn.reading.contrast and (_REST.search(text) or _NOT_IT.search(text))
    return _AGAINST_REST if rest else None


_REPEATED: Final = spoken(
    r"(?:week|mon|tues|wednes|thurs|fri|satur|sun)days|weekends",
    r"mornings|afternoons|evenings|nights",
    r"(?:every|each) (?:(?:other |\d+\w\w )?§\d+|weekend|morning|afternoon|evening|night)",
)


_OF_EACH: Final = re.compile(r"§\d+ of (?:each|every)\b")


def repeated_days(turn: Turn) -> Question | None:
    """The question to ask when only some days or hours of a longer period are wanted."""
    told = _REPEATED.search(turn.reading.text) or _OF_EACH.search(turn.reading.text)
    if not told or Dimension.WEEKDAY in (turn.reading.grouping or Grouping()).dimensions:
        return None
    return Question(
        reason="Days of the week and hours can narrow a period or be told as rows, in words such as these.",
        choices=("How many messages on Mondays last month?", "How many messages by weekday last month?"),
    )


_TAKE_OUT: Final = r"(?<=^)(?:(?:and|now|please|but|ok|then) )*(?:drop|remove|skip|leave out|cut)"
_PART_LEFT_OUT: Final = spoken(
    rf"(?:{LEFT_OUT}|{_TAKE_OUT})(?: (?:for|from|of|on|in|at|during|the|all))* (?:§\d+|(?:\d+\w\w|last) {UNIT})",
    r"(?<!why )not (?:(?:for|from|in|on|of|at|during) )?§\d+",
)
_UNBROKEN: Final = Question(
    reason="One answer covers one unbroken period; days of the week and hours of the day can be left out of it.",
    choices=("How many messages last month except weekends?", "How many messages by week last month?"),
)


def part_left_out(turn: Turn) -> Question | None:
    """The question to ask when a date is left out of a period: "last month except the first week"."""
    return _UNBROKEN if _PART_LEFT_OUT.search(turn.reading.text) else None

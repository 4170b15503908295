"""Properties of the number ledger: cuts do not matter, lies do not pass, the narrator is wholly bound."""

import random
from datetime import UTC, datetime, timedelta
from operator import truediv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chat.ledger.facts import Facts, facts_of
from services.chat.ledger.number_ledger import MASK, NumberLedger, Verification
from services.chat.ledger.numerals.find import find
from services.chat.ledger.numerals.quantities import Kind, Quantity
from services.chat.narration.detail import Detail
from services.chat.narration.narrate import compose, narrate
from services.chat.question import (
    Dimension,
    ExampleMessage,
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    Order,
    StatsQuery,
    StatsResult,
    StatsRow,
    TimeRange,
)
from services.runtime.labels import CATEGORIES, INTENTS, KNOWN_SOURCES, SENTIMENTS

_PIECES = [
    "deposit", "withdraw", "Bonus", "messages", "rose", "fell", "by", "more", "than", "the", "top", "one", "two",
    "a", "dozen",
    "twenty", "-", "five", "hundred", "and", "half", "third", "quarter", "of", "in", "ten", "fünf", "und",
    "zweihundert", "drei",
    "deux", "cent", "двести", "四百十二", "三", "条", "½", "²", "٣", "४", "５", "412", "1,234", "1", "2", "3", "0", "7",
    "12", "28",
    "2026", ".", ",", ":", ";", "\n", " ", " ", " ", " ", "%", "percent", "points", "k", "M", "million", "x",
    "times", "st", "th",
    "March", "February", "may", "Mar", "14:00", "pm", "–", "−", "+", "**", "_", "(", ")", "|", "{{q1.total}}", "{{",
    "}}", "{",
    "&#5", "&", "Q1", "2FA", "two-factor", "W", "week", "T", "tenfold", "XII", "IV", "dozens", "\u200b", "\u00a0",
    "'", "’", "\"",
    "o'clock", "per", "point", "attention", "tension", "eighteenth", "first", "e", "10^", "/", "é", "漢", "年", "月",
]  # fmt: skip
_texts = st.lists(st.sampled_from(_PIECES), max_size=40).map("".join) | st.lists(
    st.sampled_from(_PIECES), max_size=30
).map(" ".join)


def _at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


_FEBRUARY = TimeRange(start=_at(2026, 2, 1), end=_at(2026, 3, 1))
_JANUARY = TimeRange(start=_at(2026, 1, 1), end=_at(2026, 2, 1))
_QUERY = StatsQuery(range=_FEBRUARY, compare_to=_JANUARY, group_by=(Dimension.CATEGORY,))


def _result(values: list[tuple[str, float, float]], query: StatsQuery = _QUERY) -> StatsResult:
    dimension = query.group_by[0].value
    return StatsResult(
        query=query,
        query_id="id",
        rows=tuple(StatsRow(keys=((dimension, k),), value=v, compare_value=c) for k, v, c in values),
        total=sum(v for _, v, _ in values),
        compare_total=sum(c for _, _, c in values),
        rows_sum_to_total=True,
        range=_FEBRUARY,
        compare_range=_JANUARY,
        as_of=_at(2026, 3, 5, 9),
    )


def _facts(question: str = "How many messages per category in February 2026?") -> Facts:
    result = _result([("deposit", 1234, 1100), ("withdraw", 412, 500), ("bonus", 88, 88), ("other", 7, 0)])
    return facts_of(question, Interpretation(query=_QUERY, explanation="All messages, February 2026, UTC"), [result])


_FACTS = _facts()


def _streamed(facts: Facts, pieces: list[str]) -> tuple[str, Verification]:
    ledger = NumberLedger(facts)
    shown = [ledger.feed(piece) for piece in pieces]
    rest, verification = ledger.finish()
    return "".join((*shown, rest)), verification


@given(_texts, st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_cuts_do_not_change_what_is_shown(text: str, chance: random.Random) -> None:
    cuts = sorted(chance.randrange(len(text) + 1) for _ in range(chance.randrange(12)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = _streamed(_FACTS, [text])
    assert _streamed(_FACTS, pieces) == whole
    assert _streamed(_FACTS, list(text)) == whole


@given(_texts)
@settings(max_examples=100)
def test_what_is_shown_holds_no_unbound_numeral(text: str) -> None:
    """What the ledger shows, read by a second ledger, holds nothing more to mask."""
    shown, _ = _streamed(_FACTS, [text])
    again, verification = _streamed(_FACTS, [shown])
    assert again == shown
    assert verification.masked == 0


_LIES = [
    "There were {n} messages.", "Deposit had {n} messages in February 2026.", "A total of **{n}** came in.",
    "- Bonus: {n}\n",
    "{n} customers wrote, mostly about bonus.", "The count was {n}, no more.", "| deposit | {n} |", "Exactly {n}!",
    "({n})", "{n}",
    "Es waren {n} Nachrichten.", "Всего {n} сообщений.", "共{n}条", "roughly: {n} of them", "total={n};",
]  # fmt: skip
_WRITTEN = [
    str, lambda n: f"{n:,}", lambda n: f"{n:,}".replace(",", "."), lambda n: f"{n:,}".replace(",", " "),
    lambda n: f"{n:,}".replace(",", "\u202f"), lambda n: f"{n:,}".replace(",", "'"),
    lambda n: "".join(f"{d}**" for d in str(n)),
    lambda n: str(n).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    lambda n: str(n).translate(str.maketrans("0123456789", "०१२३४५६७८९")),
    lambda n: str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９")), lambda n: f"{n}.0",
]  # fmt: skip


@given(st.integers(8, 99_999), st.sampled_from(_LIES), st.sampled_from(_WRITTEN), st.integers(1, 5))
@settings(max_examples=150)
def test_no_lie_passes(number: int, sentence: str, written: object, width: int) -> None:
    assert callable(written)
    true = {abs(fact.value) for _, facts in _FACTS.by_kind.values() for fact in facts} | {2026.0}
    text = sentence.format(n=written(number))
    shown, verification = _streamed(_FACTS, [text[i : i + width] for i in range(0, len(text), width)])
    if all(abs(number - value) > 0.5 for value in true):
        assert verification.masked >= 1
        assert MASK in shown
        assert not any(
            isinstance(r, Quantity) and r.kind is Kind.NUMBER and r.value == number
            for n in find(shown)
            for r in n.readings
        )


_counts = st.integers(0, 60) | st.integers(0, 2_000_000)
_instants = st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 21)).map(  # noqa: DTZ001 - given a zone on the next line
    lambda moment: moment.replace(tzinfo=UTC, microsecond=0)
)
_days = st.dates(_at(2024, 1, 1).date(), _at(2026, 11, 20).date())
_KEYS: dict[Dimension, st.SearchStrategy[str]] = {
    Dimension.CATEGORY: st.sampled_from([*CATEGORIES, "tier_2_vip", "vip24", "top 10 players"]),
    Dimension.INTENT: st.sampled_from(INTENTS),
    Dimension.SOURCE: st.sampled_from([*KNOWN_SOURCES, "web2", "line_3"]),
    Dimension.SENTIMENT: st.sampled_from(SENTIMENTS),
    Dimension.LANGUAGE: st.sampled_from(["en", "de", "und", "xx"]),
    Dimension.STATUS: st.sampled_from(["pending", "labelled"]),
    Dimension.HOUR: st.integers(0, 23).map(lambda hour: f"{hour:02}"),
    Dimension.DAY: _days.map(lambda day: day.isoformat()),
    Dimension.WEEK: _days.map(lambda day: "{}-W{:02}".format(*day.isocalendar()[:2])),
    Dimension.MONTH: _days.map(lambda day: f"{day:%Y-%m}"),
    Dimension.WEEKDAY: st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
}
_spans = st.tuples(_instants, st.integers(1, 400 * 24 * 60)).map(
    lambda pair: TimeRange(start=pair[0], end=pair[0] + timedelta(minutes=pair[1]))
) | st.tuples(_days, st.integers(1, 90)).map(
    lambda pair: TimeRange(
        start=_at(pair[0].year, pair[0].month, pair[0].day),
        end=_at(pair[0].year, pair[0].month, pair[0].day) + timedelta(pair[1]),
    )
)
_open_spans = _spans | st.just(TimeRange()) | _instants.map(lambda start: TimeRange(start=start))
_chosen = st.builds(
    LabelFilter,
    any_of=st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
    none_of=st.lists(st.sampled_from(CATEGORIES), max_size=1).map(tuple),
    all_of=st.lists(st.sampled_from(CATEGORIES), max_size=2, unique=True).map(tuple),
)
_filters = st.builds(
    Filters,
    categories=_chosen,
    sources=st.builds(LabelFilter, any_of=st.lists(st.sampled_from([*KNOWN_SOURCES, "web2"]), max_size=2).map(tuple)),
    sentiments=st.builds(LabelFilter, any_of=st.lists(st.sampled_from(SENTIMENTS), max_size=1).map(tuple)),
    languages=st.builds(LabelFilter, any_of=st.lists(st.sampled_from(["de", "en"]), max_size=1).map(tuple)),
    min_confidence=st.none() | st.floats(0.01, 1).map(lambda value: round(value, 2)),
    text=st.sampled_from(["", "refund 50 euro", "twenty free spins", "paid -12.50", "3x bonus"]),
)


def _total(drawn: float, values: list[float], *, adds: bool, counts: bool) -> float:
    """The sum where rows add up; else any total that the store can give: a count is never below one of its rows."""
    if adds:
        return sum(values)
    return max(drawn, *values) if counts and values else drawn


@st.composite
def _results(draw: st.DrawFn) -> StatsResult:
    measure = draw(st.sampled_from(list(Measure)))
    group_by = tuple(draw(st.lists(st.sampled_from(list(Dimension)), max_size=2, unique=True)))
    fractions = measure in (Measure.SHARE, Measure.MEAN_CONFIDENCE)
    values = (
        st.floats(0, 1)
        if fractions
        else st.builds(truediv, _counts, st.integers(1, 400))
        if measure is Measure.PER_DAY_AVERAGE
        else _counts.map(float)
    )
    keys = draw(st.lists(st.tuples(*(_KEYS[d] for d in group_by)), max_size=40 if group_by else 1, unique=True))
    compared = draw(st.booleans())
    rows = tuple(
        StatsRow(
            keys=tuple((d.value, key) for d, key in zip(group_by, row, strict=True)),
            value=draw(values),
            compare_value=draw(values) if compared else None,
        )
        for row in (keys if group_by else [()])
    )
    adds = measure is Measure.MESSAGE_COUNT and draw(st.booleans())
    span, earlier = draw(_open_spans), draw(_spans)
    query = StatsQuery(
        measure=measure,
        filters=draw(_filters),
        share_of=draw(st.none() | _filters),
        range=span,
        time_zone=draw(st.sampled_from(["UTC", "Europe/Ljubljana", "Asia/Kolkata"])),
        group_by=group_by,
        order=draw(st.sampled_from(list(Order))),
        limit=draw(st.sampled_from([0, 0, len(rows)])),
        compare_to=earlier if compared else None,
    )
    return StatsResult(
        query=query,
        query_id="id",
        rows=rows,
        total=_total(draw(values), [r.value for r in rows], adds=adds, counts=not fractions),
        compare_total=_total(draw(values), [r.compare_value or 0 for r in rows], adds=adds, counts=not fractions)
        if compared
        else None,
        rows_sum_to_total=adds,
        range=span,
        compare_range=earlier if compared else None,
        as_of=max([_at(2026, 11, 21), *(end for end in (span.end,) if end)]),
        truncated=draw(st.booleans()),
    )


_examples = st.lists(
    st.builds(
        ExampleMessage,
        message_id=st.just("id"),
        source=st.sampled_from(KNOWN_SOURCES),
        event_time=_instants,
        text=st.lists(
            st.sampled_from(
                ["I paid 50 euro", "twice", 'they said "no"', "20 Jan", "card 4111 1111 1111 1111",
                "IBAN 5612345678901234567890",
                 "half of it", "“three” days", "12:30", "{{q1.total}}", "&#52;", "half a million", "\n", "5th time",
                 "-3%", "1/2"]
            ),
            min_size=1,
            max_size=12,
        ).map(" ".join),
    ),
    max_size=4,
)  # fmt: skip


@given(_results(), _examples, st.sampled_from(list(Operation)), st.sampled_from(list(Detail)))
@settings(max_examples=150)
def test_the_narrator_is_wholly_bound(
    result: StatsResult, examples: list[ExampleMessage], operation: Operation, detail: Detail
) -> None:
    reading = Interpretation(
        operation=operation, query=result.query, explanation="Last 7 days (rolling), 1–7 March 2026"
    )
    results = [result]
    shown = compose(reading, results, examples, detail=detail)
    facts = facts_of("how many in 2026?", reading, results, examples)
    text, verification = _streamed(facts, list(narrate(reading, results, examples, detail=detail)))
    assert verification.masked_texts == ()
    assert verification.contradicted_texts == ()
    if "{{" not in shown:
        assert text == shown


_steps = {
    Dimension.HOUR: [f"{hour:02}" for hour in range(24)],
    Dimension.DAY: [(_at(2026, 1, 1) + timedelta(number)).date().isoformat() for number in range(150)],
    Dimension.WEEKDAY: ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
}


@st.composite
def _series(draw: st.DrawFn) -> StatsResult:
    """A series of which most steps have little or nothing, so that there are ties and silence."""
    dimension = draw(st.sampled_from(list(_steps)))
    keys = _steps[dimension][: draw(st.integers(3, len(_steps[dimension])))]
    few = st.sampled_from([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 31.0])
    measure = draw(st.sampled_from([Measure.MESSAGE_COUNT, Measure.MESSAGE_COUNT, Measure.UNIQUE_USERS]))
    compared = draw(st.booleans())
    earlier = [draw(few) if compared else None for _ in keys]
    rows = [
        StatsRow(keys=((dimension.value, key),), value=draw(few), compare_value=before)
        for key, before in zip(keys, earlier, strict=True)
    ]
    query = StatsQuery(
        measure=measure,
        filters=draw(_filters),
        range=_FEBRUARY,
        group_by=(dimension,),
        order=draw(st.sampled_from(list(Order))),
        compare_to=_JANUARY if compared else None,
    )
    return StatsResult(
        query=query,
        query_id="id",
        rows=tuple(rows),
        total=sum(row.value for row in rows),
        compare_total=sum(row.compare_value or 0 for row in rows) if compared else None,
        rows_sum_to_total=measure is Measure.MESSAGE_COUNT,
        range=_FEBRUARY,
        compare_range=_JANUARY if compared else None,
        as_of=_at(2026, 11, 21),
        truncated=draw(st.booleans()),
    )


@given(_series(), st.sampled_from(list(Detail)))
@settings(max_examples=100)
def test_a_sparse_series_is_wholly_bound(result: StatsResult, detail: Detail) -> None:
    reading = Interpretation(query=result.query, explanation="February 2026")
    shown = compose(reading, [result], detail=detail)
    text, verification = _streamed(facts_of("when?", reading, [result]), [shown])
    assert (verification.masked_texts, verification.contradicted_texts) == ((), ())
    assert text == shown


@pytest.mark.parametrize("width", [1, 3, 400])
def test_endless_numerals_are_not_held_for_ever(width: int) -> None:
    text = "twenty " * 400 + "1" * 900 + " 1,2,3" * 300
    ledger = NumberLedger(_FACTS)
    fed = shown = 0
    for start in range(0, len(text), width):
        fed += len(text[start : start + width])
        shown += len(ledger.feed(text[start : start + width]).replace(MASK, "x"))
        assert len(ledger._text) < 8_000
    rest, verification = ledger.finish()
    assert verification.masked > 400
    assert len(rest) < 2_000

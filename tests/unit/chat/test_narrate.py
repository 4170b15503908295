"""The built-in narrator: what it writes for each shape of answer, word for word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.chat.facts import facts_of
from services.chat.narrate import Detail, compose, narrate
from services.chat.question import (
    Behaviour,
    Dimension,
    ExampleMessage,
    Filters,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    Order,
    StatsResult,
    StatsRow,
    TimeRange,
)
from tests.support.answers import AS_OF, FEBRUARY, JANUARY, by, compared, scalar, streamed

_READ = Interpretation(explanation="All messages, February 2026, UTC")
_DEPOSIT = Filters(categories=LabelFilter(any_of=("deposit",)), sources=LabelFilter(any_of=("telegram",)))


def _about(result: StatsResult, filters: Filters) -> StatsResult:
    return replace(result, query=replace(result.query, filters=filters))


def _over(result: StatsResult, start: datetime, end: datetime) -> StatsResult:
    span = TimeRange(start=start, end=end)
    return replace(result, range=span, query=replace(result.query, range=span))


def test_one_number() -> None:
    text = compose(_READ, [_about(scalar(412), _DEPOSIT)])
    assert text == (
        "**412 deposit messages** arrived on Telegram in February 2026.\n\n_Read as: All messages, February 2026, UTC_"
    )


def test_one_message_is_singular() -> None:
    assert compose(Interpretation(), [_about(scalar(1), _DEPOSIT)]).startswith("**1 deposit message** arrived")


@pytest.mark.parametrize(
    ("filters", "what"),
    [
        (Filters(categories=LabelFilter(any_of=("withdraw",))), "withdrawal messages"),
        (Filters(categories=LabelFilter(any_of=("login_account",))), "login and account messages"),
        (Filters(categories=LabelFilter(any_of=("deposit", "withdraw"))), "messages about deposits or withdrawals"),
        (Filters(categories=LabelFilter(none_of=("game_issue",))), "messages without game issues"),
        (Filters(intents=LabelFilter(all_of=("complaint", "praise"))), "messages about complaints and praise"),
        (Filters(intents=LabelFilter(any_of=("tier_2",))), "tier 2 messages"),
    ],
)  # fmt: skip
def test_labels_have_readable_names(filters: Filters, what: str) -> None:
    assert compose(Interpretation(), [_about(scalar(412), filters)]).startswith(f"**412 {what}** arrived")


def test_none_is_said() -> None:
    assert compose(Interpretation(), [_about(scalar(0), _DEPOSIT)]) == (
        "No deposit messages arrived on Telegram in February 2026."
    )


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (1741, 1688, "That is 53 more than 1,688 (+3.1%) in January 2026."),
        (1688, 1741, "That is 53 fewer than 1,741 (−3%) in January 2026."),
        (12, 12, "The same as in January 2026."),
        (12, 0, "There were none in January 2026."),
        (0, 12, "There were 12 in January 2026."),
    ],
)
def test_a_comparison(now: float, before: float, sentence: str) -> None:
    assert compose(Interpretation(), [scalar(now, before=before)]).endswith(sentence)


@pytest.mark.parametrize(
    ("measure", "value", "text"),
    [
        (Measure.UNIQUE_USERS, 87, "**87 customers** sent deposit messages on Telegram in February 2026."),
        (Measure.UNIQUE_USERS, 1, "**1 customer** sent deposit messages on Telegram in February 2026."),
        (Measure.UNIQUE_USERS, 0, "No customer sent deposit messages on Telegram in February 2026."),
        (Measure.SHARE, 0.1248, "**12.5%** of all messages were deposit messages on Telegram in February 2026."),
        (
            Measure.PER_DAY_AVERAGE,
            14.71,
            "On average **14.7 deposit messages a day** arrived on Telegram in February 2026.",
        ),
        (
            Measure.DISTINCT_INCIDENTS,
            7,
            "**7 separate incidents** showed in deposit messages on Telegram in February 2026.",
        ),
    ],
)
def test_every_measure(measure: Measure, value: float, text: str) -> None:
    assert compose(Interpretation(), [_about(scalar(value, measure), _DEPOSIT)]) == text


def test_a_share_names_its_denominator_and_compares_in_points() -> None:
    result = scalar(0.125, Measure.SHARE, before=0.1)
    asked = replace(result, query=replace(result.query, filters=_DEPOSIT, share_of=Filters(sources=_DEPOSIT.sources)))
    assert compose(Interpretation(), [asked]) == (
        "**12.5%** of all messages on Telegram were deposit messages on Telegram in February 2026. "
        "That is 2.5 percentage points more than 10% in January 2026."
    )


def test_rows_with_shares_and_changes() -> None:
    assert compose(_READ, [compared()]) == (
        "**1,741 messages** arrived in February 2026. That is 53 more than 1,688 (+3.1%) in January 2026.\n\n"
        "By category:\n"
        "- **Deposits**: 1,234 (70.9%), 134 more than 1,100 (+12.2%)\n"
        "- **Withdrawals**: 412 (23.7%), 88 fewer than 500 (−17.6%)\n"
        "- **Bonuses**: 88 (5.1%), as many as before\n"
        "- **Other topics**: 7 (0.4%), none before\n\n"
        "_Read as: All messages, February 2026, UTC_"
    )


def test_hours_have_a_peak() -> None:
    text = compose(Interpretation(), [by(Dimension.HOUR, ("13", 4), ("14", 31), ("15", 0))])
    assert "The peak was 14:00–15:00 with 31. The quietest hour was 15:00–16:00 with none." in text
    assert "- **14:00–15:00**: 31" in text
    assert "- **15:00–16:00**: none" in text


def test_days_are_told_in_words_with_their_average() -> None:
    text = compose(Interpretation(), [by(Dimension.DAY, ("2026-02-13", 4), ("2026-02-14", 31), ("2026-02-15", 1))])
    assert (
        "The peak was Saturday 14 February 2026 with 31. The quietest day was Sunday 15 February 2026 with 1." in text
    )
    assert "On average there were 1.3 a day." in text


def _hours(**values: float) -> StatsResult:
    """All 24 hours of a day; `h13=4` gives the hour from 13:00 a value, the others have none."""
    return by(Dimension.HOUR, *((f"{hour:02}", values.get(f"h{hour:02}", 0.0)) for hour in range(24)))


def _before(result: StatsResult, *values: float) -> StatsResult:
    rows = [replace(row, compare_value=before) for row, before in zip(result.rows, values, strict=True)]
    return replace(result, rows=tuple(rows), compare_total=sum(values), compare_range=JANUARY)


def test_a_long_series_lists_only_steps_with_a_value() -> None:
    assert compose(Interpretation(), [_hours(h09=3, h14=7)]) == (
        "**10 messages** arrived in February 2026.\n\n"
        "The peak was 14:00–15:00 with 7.\n\n"
        "By hour:\n- **09:00–10:00**: 3\n- **14:00–15:00**: 7\n\n"
        "No messages in the other 22 hours."
    )


def test_the_closing_line_says_what_there_was_none_of() -> None:
    text = compose(Interpretation(), [_about(_hours(h09=3), _DEPOSIT)])
    assert text.endswith("No deposit messages on Telegram in the other 23 hours.")
    days = [((datetime(2026, 2, 1, tzinfo=UTC) + timedelta(i)).date().isoformat(), float(i)) for i in range(9)]
    assert compose(Interpretation(), [by(Dimension.DAY, *days)]).endswith("No messages on the other day.")
    people = _hours(h09=3)
    people = replace(people, query=replace(people.query, measure=Measure.UNIQUE_USERS))
    assert compose(Interpretation(), [people]).endswith("None in the other 23 hours.")


def test_a_comparison_lists_steps_with_a_value_in_either_period() -> None:
    hours = _before(_hours(h09=3, h14=7, h15=1), *(4.0 if hour in {14, 20} else 0.0 for hour in range(24)))
    text = compose(Interpretation(), [hours])
    assert "- **09:00–10:00**: 3, none before\n" in text
    assert "- **14:00–15:00**: 7, 3 more than 4 (+75%)\n" in text
    assert "- **20:00–21:00**: none, 4 before\n\n" in text
    assert text.endswith("No messages in either period in the other 20 hours.")


def test_a_short_or_a_cut_series_lists_every_step() -> None:
    short = by(Dimension.DAY, ("2026-02-13", 4), ("2026-02-14", 0), ("2026-02-15", 0))
    text = compose(Interpretation(), [short])
    assert "- **Saturday 14 February 2026**: none\n- **Sunday 15 February 2026**: none" in text
    assert "The peak was Friday 13 February 2026 with 4. Nothing came on 2 days." in text
    quietest = replace(_hours(), truncated=True, total=9.0)
    text = compose(Interpretation(), [replace(quietest, query=replace(quietest.query, order=Order.VALUE_ASC))])
    assert text.count(": none") == 24


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"h15": 2, "h18": 2, "h19": 1}, "The peaks were 15:00–16:00 and 18:00–19:00 with 2 each.\n"),
        ({"h10": 2, "h12": 2, "h15": 2, "h19": 1},
         "The peaks were 10:00–11:00, 12:00–13:00 and 15:00–16:00 with 2 each.\n"),
        ({"h10": 2, "h12": 2, "h15": 2, "h18": 2, "h19": 1}, "4 hours share the peak of 2.\n"),
        ({f"h{hour:02}": 5 for hour in range(23)} | {"h23": 1},
         "23 hours share the peak of 5. The quietest hour was 23:00–24:00 with 1.\n"),
        ({f"h{hour:02}": 5 for hour in range(22)} | {"h22": 9, "h23": 5}, "The peak was 22:00–23:00 with 9.\n"),
        ({f"h{hour:02}": 5 for hour in range(24)}, "Every hour had 5.\n"),
    ],
)  # fmt: skip
def test_ties_are_told(values: dict[str, float], sentence: str) -> None:
    assert f"\n\n{sentence}" in compose(Interpretation(), [_hours(**values)])


def test_a_cut_ranking_claims_no_more_than_it_shows() -> None:
    top = by(Dimension.DAY, ("2026-02-13", 4), ("2026-02-14", 4), ("2026-02-15", 4))
    cut = compose(Interpretation(), [replace(top, truncated=True, total=40)])
    assert "Every day" not in cut
    assert "peak" not in cut


def test_what_was_and_is_nothing_is_told_like_a_person_would() -> None:
    rows = _before(by(Dimension.SOURCE, ("web", 0), ("email", 0), ("phone", 2)), 1, 0, 0)
    text = compose(Interpretation(), [rows])
    assert "- **Web**: none, 1 before\n- **E-mail**: none, as before\n- **Phone**: 2 (100%), none before" in text
    changed = compose(Interpretation(operation=Operation.EXPLAIN_CHANGE), [rows])
    assert "- **Web**: none, 1 before\n- **E-mail**: none, as before" in changed
    assert "- **Phone**: 2, none before" in changed


def test_a_ranking_without_its_own_label_says_so() -> None:
    filters = Filters(intents=LabelFilter(any_of=("complaint",)))
    nothing_else = replace(_about(by(Dimension.CATEGORY), filters), total=6.0)
    assert compose(Interpretation(), [nothing_else]) == (
        "**6 complaint messages** arrived in February 2026.\n\nNone of these messages carries another label."
    )
    rows = replace(_about(by(Dimension.CATEGORY, ("game_issue", 4)), filters), total=6.0, rows_sum_to_total=False)
    assert compose(Interpretation(), [rows]).endswith(
        "By category:\n- **Game issues**: 4 (66.7%)\n\n"
        "Anger and feedback, which all these messages carry, is left out of the rows."
    )


def test_a_long_series_is_cut_to_its_largest_steps() -> None:
    days = [((datetime(2026, 1, 1, tzinfo=UTC) + timedelta(i)).date().isoformat(), float(i % 50)) for i in range(90)]
    text = compose(Interpretation(), [by(Dimension.DAY, *days)])
    assert "The days with the most:" in text
    assert "- All 90 rows are in the table beside this answer." in text
    assert text.count("\n- ") == 32


@pytest.mark.parametrize(("detail", "bullets"), [(Detail.BRIEF, 4), (Detail.NORMAL, 13), (Detail.FULL, 20)])
def test_detail_bounds_the_length(detail: Detail, bullets: int) -> None:
    sources = by(Dimension.SOURCE, *((f"source{chr(97 + i)}", float(20 - i)) for i in range(20)))
    assert compose(Interpretation(), [sources], detail=detail).count("\n- ") == bullets


def test_several_labels_and_cuts_are_said() -> None:
    several = replace(by(Dimension.CATEGORY, ("game_issue", 9), ("bonus", 8)), total=12, rows_sum_to_total=False)
    text = compose(Interpretation(), [several])
    assert "- **Game issues**: 9 (75%)" in text
    assert "A message can carry several labels and is counted in each" in text
    limited = replace(several, truncated=True, query=replace(several.query, limit=2))
    cut = compose(Interpretation(), [limited])
    assert "The 2 largest categories:" in cut
    assert "These are the first 2 rows; the total counts everything." in cut


def test_two_dimensions_are_nested_with_subtotals() -> None:
    result = by(Dimension.SOURCE, ("telegram", 0))
    rows = [("telegram", "negative", 5), ("telegram", "neutral", 7), ("web", "negative", 2)]
    nested = replace(
        result,
        query=replace(result.query, group_by=(Dimension.SOURCE, Dimension.SENTIMENT)),
        rows=tuple(StatsRow(keys=(("source", a), ("sentiment", b)), value=float(v)) for a, b, v in rows),
        total=14.0,
    )
    text = compose(Interpretation(), [nested])
    assert "By channel and mood:\n- **Telegram** (12): negative 5; neutral 7\n- **Web** (2): negative 2" in text
    # The mood before a number is no minus.
    assert streamed(facts_of("", Interpretation(), [nested]), [text])[0] == text


def test_a_change_is_explained_by_its_parts_and_not_by_causes() -> None:
    grown = compared()
    grown = replace(grown, rows=grown.rows[:1] + grown.rows[2:], total=1329, compare_total=1188)
    text = compose(Interpretation(operation=Operation.EXPLAIN_CHANGE), [grown])
    assert "- **Deposits**: 134 more than 1,100 (+12.2%), contributing 95% of the change" in text
    assert text.endswith("The messages show what changed; they cannot prove why.")


def test_examples_are_quoted_on_one_line() -> None:
    reading = Interpretation(operation=Operation.EXAMPLES)
    messages = [
        ExampleMessage(
            message_id="1", source="livechat", event_time=AS_OF, text='I paid "50"\n euro ' + "and waited " * 60
        )
    ]
    text = compose(reading, [_about(scalar(412), _DEPOSIT)], messages)
    lines = text.splitlines()
    assert lines[0] == "Here is 1 example of deposit messages on Telegram in February 2026:"
    assert lines[1].startswith("- 5 March 2026, 09:30, live chat: “I paid ’50’ euro and waited")
    assert lines[1].endswith(" …”")
    assert lines[-1] == "There are 412 in all."
    assert compose(reading, [_about(scalar(0), _DEPOSIT)]).startswith("No deposit messages on Telegram were found in")


def test_clarification_and_refusal() -> None:
    asks = Interpretation(behaviour=Behaviour.CLARIFY, reason="Which Friday?", choices=("last Friday?", "this Friday?"))
    assert compose(asks, []) == "Which Friday?\n\nDid you mean:\n- last Friday?\n- this Friday?"
    refuses = Interpretation(behaviour=Behaviour.REFUSE, reason="Messages say nothing about revenue.")
    assert compose(refuses, []).startswith("Messages say nothing about revenue.\n\nI can count messages")
    assert compose(Interpretation(behaviour=Behaviour.CLARIFY), []).startswith("I am not sure what you would like")


_MIDNIGHT = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "phrase"),
    [
        (_MIDNIGHT, _MIDNIGHT + timedelta(1), "on Sunday 1 February 2026."),
        (_MIDNIGHT, _MIDNIGHT + timedelta(7), "from 1 to 7 February 2026."),
        (_MIDNIGHT, _MIDNIGHT + timedelta(31), "from 1 February to 3 March 2026."),
        (_MIDNIGHT, _MIDNIGHT + timedelta(59), "from February 2026 to March 2026."),
        (_MIDNIGHT - timedelta(31), _MIDNIGHT + timedelta(334), "in 2026."),
        (_MIDNIGHT, AS_OF, "from 1 February to 5 March 2026 up to 09:30."),
        (_MIDNIGHT + timedelta(hours=6), _MIDNIGHT + timedelta(hours=24),
        "on Sunday 1 February 2026 between 06:00 and 24:00."),
        (AS_OF - timedelta(days=1), AS_OF, "from 4 March 2026, 09:30 to 5 March 2026, 09:30."),
    ],
)  # fmt: skip
def test_periods_in_words(start: datetime, end: datetime, phrase: str) -> None:
    assert compose(Interpretation(), [_over(scalar(3), start, end)]).endswith(phrase)


def test_open_periods_in_words() -> None:
    def told(span: TimeRange) -> str:
        return compose(Interpretation(), [replace(scalar(3), range=span)])

    assert told(TimeRange()).endswith("over all time.")
    assert told(TimeRange(start=FEBRUARY.start)).endswith("since 1 February 2026.")
    assert told(TimeRange(end=FEBRUARY.end)).endswith("before 1 March 2026.")


def test_chunks_join_to_the_text_and_are_small() -> None:
    chunks = list(narrate(_READ, [compared()]))
    assert "".join(chunks) == compose(_READ, [compared()])
    assert max(map(len, chunks)) < 20


def test_an_answer_passes_the_ledger() -> None:
    known = facts_of("How many?", _READ, [compared()])
    shown, verification = streamed(known, narrate(_READ, [compared()]))
    assert shown == compose(_READ, [compared()])
    assert (verification.masked, verification.contradicted) == (0, 0)
    assert verification.bound > 20

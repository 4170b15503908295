"""The built-in narrator: what it writes for each shape of answer, word for word."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.chat.ledger.facts import facts_of
from services.chat.narration.detail import Detail
from services.chat.narration.narrate import compose, narrate
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
    StatsRow,
    TimeRange,
)
from tests.support.answers import AS_OF, FEBRUARY, about, before, by, compared, scalar, streamed

_READ = Interpretation(explanation="All messages, February 2026, UTC")
_DEPOSIT = Filters(categories=LabelFilter(any_of=("deposit",)), sources=LabelFilter(any_of=("telegram",)))


def test_one_number() -> None:
    text = compose(_READ, [about(scalar(412), _DEPOSIT)])
    assert text == (
        "**412 deposit messages** arrived on Telegram in February 2026.\n\n_Read as: All messages, February 2026, UTC_"
    )


def test_one_message_is_singular() -> None:
    assert compose(Interpretation(), [about(scalar(1), _DEPOSIT)]).startswith("**1 deposit message** arrived")


def test_none_is_said() -> None:
    assert compose(Interpretation(), [about(scalar(0), _DEPOSIT)]) == (
        "No deposit messages arrived on Telegram in February 2026."
    )


def test_messages_without_the_labels_asked_for_are_told_as_such() -> None:
    result = replace(scalar(45), query=replace(scalar(45).query, group_by=(Dimension.SENTIMENT,)), rows=())
    assert compose(Interpretation(), [result]).endswith(
        "None of them can be told by mood: they have no such labels yet, or the model in service gives none."
    )


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (1741, 1688, "That is 53 more than 1,688 (+3.1%) in January 2026."),
        (1688, 1741, "That is 53 fewer than 1,741 (−3%) in January 2026."),
        (12, 12, "The same as in January 2026."),
        (12, 0, "There were none in January 2026."),
        (0, 12, "There were 12 in January 2026."),
        (0, 1, "There was 1 in January 2026."),
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
    assert compose(Interpretation(), [about(scalar(value, measure), _DEPOSIT)]) == text


def test_a_share_names_its_denominator_and_compares_in_points() -> None:
    result = scalar(0.125, Measure.SHARE, before=0.1)
    asked = replace(result, query=replace(result.query, filters=_DEPOSIT, share_of=Filters(sources=_DEPOSIT.sources)))
    assert compose(Interpretation(), [asked]) == (
        "**12.5%** of all messages on Telegram were deposit messages in February 2026. "
        "That is 2.5 percentage points more than 10% in January 2026."
    )


def test_what_the_part_has_in_common_with_the_whole_is_said_once() -> None:
    whole = Filters(sources=_DEPOSIT.sources)
    asked = about(scalar(0.5, Measure.SHARE), replace(whole, weekdays=(1,)))
    told = replace(asked, query=replace(asked.query, share_of=whole))
    assert compose(Interpretation(), [told]) == (
        "**50%** of all messages on Telegram arrived on Mondays in February 2026."
    )


@pytest.mark.parametrize(
    ("value", "filters", "text"),
    [
        (0.0, _DEPOSIT, "**None** of the messages were deposit messages on Telegram in February 2026."),
        (0.42, Filters(sources=_DEPOSIT.sources), "**42%** of all messages arrived on Telegram in February 2026."),
        (0.0, Filters(sources=_DEPOSIT.sources), "**None** of the messages arrived on Telegram in February 2026."),
        (0.42, Filters(text="paypal"), "**42%** of all messages mention “paypal” in February 2026."),
        (0.42, Filters(weekdays=(1,)), "**42%** of all messages arrived on Mondays in February 2026."),
    ],
)
def test_a_share_is_told_as_people_would(value: float, filters: Filters, text: str) -> None:
    assert compose(Interpretation(), [about(scalar(value, Measure.SHARE), filters)]) == text


def test_the_shares_of_everything_need_no_share_of_the_whole() -> None:
    spread = by(Dimension.SOURCE, ("telegram", 0.75), ("email", 0.25))
    query = replace(spread.query, measure=Measure.SHARE, share_of=Filters())
    text = compose(Interpretation(), [replace(spread, query=query, total=1.0)])
    assert text.startswith("Of all messages in February 2026:\n\nBy channel:\n- **Telegram**: 75%")


def test_two_rows_are_set_against_each_other() -> None:
    two = by(Dimension.SOURCE, ("telegram", 137), ("email", 46))
    text = compose(Interpretation(), [two])
    assert "Telegram had 91 more than e-mail, 3 times as many." in text
    assert streamed(facts_of("Which is more?", Interpretation(), [two]), [text])[1].masked == 0
    assert "times as many" not in compose(Interpretation(), [by(Dimension.SOURCE, ("telegram", 3), ("email", 0))])


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ((4, 0, 0), "Bonuses rose the most, by 2; deposits and withdrawals fell the most, by 3 each."),
        ((3, 4, 4), "Bonuses, deposits and withdrawals rose the most, by 1 each."),
        ((2, 3, 2), "Withdrawals fell the most, by 1."),
    ],
)
def test_what_moved_as_much_is_named_as_well(after: tuple[float, ...], told: str) -> None:
    before = {"bonus": 2.0, "deposit": 3.0, "withdraw": 3.0}
    rows = tuple(
        StatsRow(keys=(("category", key),), value=now, compare_value=then)
        for (key, then), now in zip(before.items(), after, strict=True)
    )
    result = replace(compared(), rows=rows, total=sum(after), compare_total=8.0)
    text = compose(Interpretation(), [result])
    assert told in text
    assert streamed(facts_of("What changed?", Interpretation(), [result]), [text])[1].masked == 0


def test_equals_share_the_top() -> None:
    hours = by(Dimension.HOUR, ("09", 3), ("11", 3))
    tie = replace(hours, query=replace(hours.query, limit=2, order=Order.VALUE_DESC), truncated=True, total=10)
    text = compose(Interpretation(), [tie])
    assert "2 hours have the most, as many each:\n- **09:00–10:00**: 3\n- **11:00–12:00**: 3" in text


def test_many_equals_are_counted_though_not_all_are_listed() -> None:
    days = by(Dimension.DAY, *((f"2026-02-{day:02}", 0) for day in range(1, 27)))
    tie = replace(days, query=replace(days.query, limit=26, order=Order.VALUE_ASC), truncated=True, total=10)
    text = compose(Interpretation(), [tie], detail=Detail.BRIEF)
    assert "26 days have none:\n- **Sunday 1 February 2026**: none\n" in text
    assert "All 26 rows are in the table beside this answer." in text


def test_rows_with_shares_and_changes() -> None:
    assert compose(_READ, [compared()]) == (
        "**1,741 messages** arrived in February 2026. That is 53 more than 1,688 (+3.1%) in January 2026.\n\n"
        "Deposits rose the most, by 134; withdrawals fell the most, by 88.\n\n"
        "By category:\n"
        "- **Deposits**: 1,234 (70.9%), 134 more than 1,100 (+12.2%)\n"
        "- **Withdrawals**: 412 (23.7%), 88 fewer than 500 (−17.6%)\n"
        "- **Bonuses**: 88 (5.1%), as many as before\n"
        "- **Other topics**: 7 (0.4%), none before\n\n"
        "_Read as: All messages, February 2026, UTC_"
    )


def test_what_was_and_is_nothing_is_told_like_a_person_would() -> None:
    rows = before(by(Dimension.SOURCE, ("web", 0), ("email", 0), ("phone", 2)), 1, 0, 0)
    text = compose(Interpretation(), [rows])
    assert "- **Web**: none, 1 before\n- **E-mail**: none, as before\n- **Phone**: 2 (100%), none before" in text
    changed = compose(Interpretation(operation=Operation.EXPLAIN_CHANGE), [rows])
    assert "- **Web**: none, 1 before\n- **E-mail**: none, as before" in changed
    assert "- **Phone**: 2, none before" in changed


def test_a_ranking_without_its_own_label_says_so() -> None:
    filters = Filters(intents=LabelFilter(any_of=("complaint",)))
    nothing_else = replace(about(by(Dimension.CATEGORY), filters), total=6.0)
    assert compose(Interpretation(), [nothing_else]) == (
        "**6 complaint messages** arrived in February 2026.\n\nNone of these messages carries another label."
    )
    rows = replace(about(by(Dimension.CATEGORY, ("game_issue", 4)), filters), total=6.0, rows_sum_to_total=False)
    assert compose(Interpretation(), [rows]).endswith(
        "By category:\n- **Game issues**: 4 (66.7%)\n\n"
        "Anger and feedback, which all these messages carry, is left out of the rows."
    )


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
    assert cut.endswith("The total counts the others as well.")


@pytest.mark.parametrize("dimension", [Dimension.CATEGORY, Dimension.SENTIMENT])
def test_messages_that_stand_in_no_row_are_told(dimension: Dimension) -> None:
    behind = replace(by(dimension, ("positive", 9), ("neutral", 2)), total=30, rows_sum_to_total=False)
    text = compose(Interpretation(), [behind])
    assert (
        "Messages without such labels, which wait for them or are in a language not accepted, stand in no row." in text
    )
    assert "several labels" not in text


@pytest.mark.parametrize(("order", "heading"), [(Order.VALUE_DESC, "most"), (Order.VALUE_ASC, "least")])
def test_the_one_row_asked_for_is_named_as_such(order: Order, heading: str) -> None:
    hours = by(Dimension.HOUR, ("22", 272))
    query = replace(hours.query, limit=1, order=order)
    text = compose(Interpretation(), [replace(hours, query=query, truncated=True, total=2663)])
    assert f"The hour with the {heading}:\n- **22:00–23:00**: 272" in text


def test_groups_of_days_are_told_in_the_order_of_time() -> None:
    days = by(Dimension.DAY, ("2026-02-02", 50), ("2026-02-01", 30))
    rows = tuple(
        StatsRow(keys=(*row.keys, ("intent", intent)), value=value)
        for row in days.rows
        for intent, value in (("complaint", row.value), ("praise", 1))
    )
    query = replace(days.query, group_by=(Dimension.DAY, Dimension.INTENT))
    text = compose(Interpretation(), [replace(days, query=query, rows=rows)])
    assert text.index("1 February") < text.index("2 February")
    assert "complaints: 30; praise: 1" in text


def test_a_change_leads_once_over_all_its_rows() -> None:
    whole = compared()
    rows = (StatsRow(keys=(("source", "email"),), value=1741, compare_value=1688),)
    sources = replace(whole, query=replace(whole.query, group_by=(Dimension.SOURCE,), as_of=AS_OF), rows=rows)
    told = compose(Interpretation(operation=Operation.EXPLAIN_CHANGE), [compared(), sources])
    assert told.count("**1,741 messages** arrived") == 1
    assert "By channel:\n- **E-mail**" in told


def test_periods_of_unlike_length_are_compared_by_the_day_too() -> None:
    result = scalar(1741, before=620)
    week = TimeRange(start=datetime(2026, 1, 25, tzinfo=UTC), end=FEBRUARY.start)
    text = compose(Interpretation(), [replace(result, compare_range=week)])
    assert text.endswith("from 25 to 31 January 2026. Per day that is 62.2 against 88.6.")


def test_nobody_rises_most_of_two() -> None:
    two = before(by(Dimension.SOURCE, ("email", 9), ("telegram", 7)), 8, 8)
    assert "the most" not in compose(Interpretation(), [two])


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
    assert "By channel and mood:\n- **Telegram** (12) – negative: 5; neutral: 7\n- **Web** (2) – negative: 2" in text
    # The mood before a number is no minus.
    assert streamed(facts_of("", Interpretation(), [nested]), [text])[0] == text


def test_a_change_is_explained_by_its_parts_and_not_by_causes() -> None:
    grown = compared()
    grown = replace(grown, rows=grown.rows[:1] + grown.rows[2:], total=1329, compare_total=1188)
    text = compose(Interpretation(operation=Operation.EXPLAIN_CHANGE), [grown])
    assert "- **Deposits**: 134 more than 1,100 (+12.2%), contributing 95% of the change" in text
    assert text.endswith("The messages show what changed; they cannot prove why.")


def test_a_number_in_a_channels_name_is_none_of_the_answers() -> None:
    reading = Interpretation(operation=Operation.EXAMPLES)
    shown = [ExampleMessage(message_id="1", source="shop2", event_time=AS_OF, text="where is my parcel")]
    result = scalar(1)
    text = compose(reading, [result], shown)
    assert "shop2: “where is my parcel”" in text
    verification = streamed(facts_of("show me examples", reading, [result], shown), [text])[1]
    assert verification.masked == 0


def test_examples_are_quoted_on_one_line() -> None:
    reading = Interpretation(operation=Operation.EXAMPLES)
    messages = [
        ExampleMessage(
            message_id="1", source="livechat", event_time=AS_OF, text='I paid "50"\n euro ' + "and waited " * 60
        )
    ]
    text = compose(reading, [about(scalar(412), _DEPOSIT)], messages)
    lines = text.splitlines()
    assert lines[0] == "Here is 1 example of deposit messages on Telegram in February 2026:"
    assert lines[1].startswith("- 5 March 2026, 09:30, live chat: “I paid ’50’ euro and waited")
    assert lines[1].endswith(" …”")
    assert lines[-1] == "There are 412 in all."
    assert compose(reading, [about(scalar(0), _DEPOSIT)]).startswith("No deposit messages on Telegram were found in")


def test_clarification_and_refusal() -> None:
    asks = Interpretation(behaviour=Behaviour.CLARIFY, reason="Which Friday?", choices=("last Friday?", "this Friday?"))
    assert compose(asks, []) == "Which Friday?\n\nDid you mean:\n- last Friday?\n- this Friday?"
    tells = replace(asks, reason="You may name a day.", choices=("last Friday?",))
    assert compose(tells, []) == "You may name a day.\n\nYou can ask:\n- last Friday?"
    refuses = Interpretation(behaviour=Behaviour.REFUSE, reason="Messages say nothing about revenue.")
    assert compose(refuses, []).startswith("Messages say nothing about revenue.\n\nI can count messages")
    assert compose(Interpretation(behaviour=Behaviour.CLARIFY), []).startswith("I am not sure what you would like")


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

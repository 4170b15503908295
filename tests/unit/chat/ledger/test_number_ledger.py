"""The number ledger: what is bound, what is masked, what is contradicted, and how little it holds back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.chat.ledger.facts import facts_of
from services.chat.ledger.number_ledger import MASK, NumberLedger
from services.chat.question import (
    Dimension,
    ExampleMessage,
    Filters,
    Interpretation,
    LabelFilter,
    Operation,
    StatsQuery,
    TimeRange,
)
from tests.support.answers import AS_OF, before, by, compared, facts, scalar, streamed

_FACTS = facts()

_TRUE = [
    "In February 2026, 1,741 messages arrived, 3.1 % more than the 1,688 of January 2026.",
    "Total: 1 741 messages (Feb 1–28, 2026).",
    "Between 1 and 28 February we received 1,741 messages, or about 62 per day.",
    "That's roughly 1.7k messages, an increase of 53.",
    "Deposit accounts for 70.9% of all messages; the other three categories make up the remaining 29.1 %.",
    "Deposit and withdraw together account for 94.5% of the volume (1,646 messages).",
    "The top 2 categories cover 1,646 messages.",
    "Withdraw fell from 500 to 412, a drop of 88 messages or 17.6 percent.",
    "There are three times as many deposit messages as withdraw messages; deposits were 3x withdrawals.",
    "Deposit leads withdraw by 822 messages.",
    "Other: 7 messages, up from zero.",
    "1. Deposit – 1,234 (70.9 %)\n2) Withdraw – 412 (23.7 %)\n4. **Other** – 7 (0.4 %)",
    "| Deposit | 1,234 | 70.9 % |",
    "One of the categories, bonus, did not change; no one category fell except withdraw.",
    "All four categories are listed above; the first is by far the largest.",
    "Withdraw ranks second with four hundred and twelve messages.",
    "In the 28 days of February you received on average 62.2 messages a day.",
    "Im Februar 2026 gab es 1.741 Nachrichten, 3,1 % mehr als im Januar 2026 (1.688).",
    "Vom 1. bis 28. Februar 2026 kamen 1.741 Nachrichten, davon 1.234 (70,9 %) zu Einzahlungen.",
    "En février 2026, il y a eu 1 741 messages, soit 3,1 % de plus qu'en janvier 2026 (1 688).",
    "В феврале 2026 года поступило 1741 сообщение, на 3,1 % больше, чем в январе (1688).",
    "2026年2月共有1,741条消息。",
    "Period: 2026-02-01 to 2026-02-28 (UTC), as of 5 March 2026, 09:30.",
    "More than 1,700 messages arrived, over two thirds of them about deposits.",
    "Just over 70% were deposits, and just under a quarter withdrawals.",
    "Withdrawals: 412 (−17.6%). Deposits rose by 134 (+12.2%).",
    "Roughly seven in ten messages were about deposits.",
    "Seven messages fell into other, fewer than in any other category.",
    "You can ask for a breakdown by day, 24/7; two-factor login is not a topic here.",
]  # fmt: skip

_FALSE = [
    ("There were 1,742 messages.", ["1,742"]),
    ("There were twenty-seven messages.", ["twenty-seven"]),
    ("There were two½ messages.", ["two½"]),
    ("There were nine三 messages.", ["nine"]),
    ("It was the 412st½.", ["412st", "½"]),
    ("About 2,500 messages arrived.", ["2,500"]),
    ("1,741k messages arrived.", ["1,741k"]),
    ("1,741 K messages arrived.", ["1,741 K"]),
    ("1,741² messages.", ["1,741", "²"]),
    ("41,741 and 1,7412 messages.", ["41,741", "1,7412"]),
    ("Deposit is at 71.9 %.", ["71.9 %"]),
    ("Deposit is at 1,234 %.", ["1,234 %"]),
    ("Deposits are at -1,234.", ["1,234"]),
    ("Deposits changed by −12.2%.", ["12.2%"]),
    ("It was on 14 March 2026 at 15:45.", ["14 March 2026", "15:45"]),
    ("In 2025 there were 1,741 messages.", ["2025"]),
    ("Nine in ten were about deposits.", ["Nine", "ten"]),
    ("Five categories, and bonus is the sixth.", ["Five", "sixth"]),
    ("9. Bonus", ["9"]),
    ("{{q1.total}}9 and {{q1.rows[9].value}} and {{anything}}", ["1,7419", "{{q1.rows[9].value}}", "{{anything}}"]),
    ("&#57;&#57; messages", ["&#", "57", "&#", "57"]),
    ("Thousands... no, millions of messages.", ["Thousands", "millions"]),
    ("It is open 24/834 and 412/834.", ["24", "834", "834"]),
    ("The gap of 52 messages", ["52"]),
    ("822 messages", ["822"]),
    ("vierhundertdreizehn Nachrichten", ["vierhundertdreizehn"]),
]


@pytest.mark.parametrize("text", _TRUE)
def test_a_true_sentence_passes(text: str) -> None:
    shown, verification = streamed(_FACTS, text)
    assert shown == text
    assert verification.masked_texts == ()
    assert verification.contradicted_texts == ()


@pytest.mark.parametrize(("text", "masked"), _FALSE)
def test_what_nothing_supports_is_masked(text: str, masked: list[str]) -> None:
    shown, verification = streamed(_FACTS, text)
    assert list(verification.masked_texts) == masked
    assert verification.masked == len(masked) == shown.count(MASK)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Withdraw rose to 412. Deposit fell.", 2),
        ("Bonus was the busiest. Deposit was the quietest.", 2),
        ("Withdraw exceeded deposit. Deposit had fewer messages than bonus.", 2),
        ("Messages doubled. Withdraw halved.", 2),
        ("Withdraw ranks third most. Bonus comes in second place.", 2),
        ("Most of the messages were about withdraw.", 1),
        ("The volume was unchanged.", 1),
        ("- **Deposit**: 412\n- **Withdraw**: 70.9 %\n", 2),
        ("Withdraw saw the biggest increase.", 1),
        ("In June there were 1,741 messages.", 1),
        ("There were 4,000 messages.", 1),
        ("Deposit rose, while withdraw fell. Deposit is the largest, other the smallest.", 0),
        ("Deposit did not fall. Did withdraw rise?", 0),
        ("Deposit, with 1,234, is three times withdraw with 412.", 0),
        ("You asked whether 4,000 messages arrived: it was 1,741.", 0),
        ("Deposits fell. Withdrawals rose.", 2),
        ("Payments fell. Cash-outs rose.", 0),
        ("Withdraw had the biggest drop. Deposit saw the largest increase.", 0),
        ("Withdrawals fell the most, and other grew fastest.", 0),
        ("Deposits rose the most; withdrawals dropped the most.", 0),
        ("Bonuses grew the fastest. Withdrawals rose the most.", 2),
        ("Withdrawals soared. Withdrawals are up. Deposits were down. Withdrawals are trending upwards.", 4),
        ("A sharp rise in withdrawals was seen. Withdrawals are on the rise.", 2),
        ("A drop in withdrawals stood against a rise in deposits. There was no increase in withdrawals.", 0),
        ("Customers reported that the site was down.", 0),
        ("There were fewer messages than in January. The volume was lower than in January.", 2),
        ("January had more messages than February. January had twice as many messages as February.", 2),
        ("January had fewer messages than February. There were 53 more messages than in January.", 0),
        ("Deposits remained stable. Withdrawals stayed flat. The number of withdrawals did not change.", 3),
        ("Bonuses did not change. Bonuses held steady. The overall volume was fairly stable.", 0),
        ("All categories rose. Every category fell. No category declined.", 3),
        ("Every category except withdrawals and bonuses grew. No category other than withdrawals fell.", 0),
        ("The top category was withdrawals. Withdrawals lead, followed by deposits. Bonuses came second.", 3),
        ("Deposits top the list. Withdrawals come second, bonuses third. The majority were about deposits.", 0),
        ("The majority were about withdrawals. Volume is twice what it was.", 2),
        ("There were no withdrawal messages. Nobody wrote about withdrawals.", 2),
    ],
)
def test_claims_are_checked(text: str, sentences: int) -> None:
    asked = facts(question="Were there 4,000 messages?")
    _, verification = streamed(asked, text)
    assert (verification.masked, verification.contradicted) == (0, sentences)
    assert len(verification.contradicted_texts) == sentences


def test_a_trend_needs_no_comparison() -> None:
    daily = by(Dimension.DAY, ("2026-02-01", 3), ("2026-02-02", 5), ("2026-02-03", 9))
    assert streamed(facts(daily), "The number of messages fell.")[1].contradicted == 1
    assert streamed(facts(daily), "The number of messages rose to 9 on 3 February.")[1].contradicted == 0


def test_weekdays_name_the_days_they_are() -> None:
    daily = facts(by(Dimension.DAY, ("2026-02-01", 30), ("2026-02-02", 50), ("2026-02-03", 90)))
    assert streamed(daily, "It peaked on Sunday. The quietest day was Tuesday.")[1].contradicted == 2
    assert streamed(daily, "It peaked on Tuesday. Sunday had the fewest messages.")[1].contradicted == 0
    assert streamed(daily, "On Thursday, 3 February there were 90 messages.")[1].contradicted == 1
    assert streamed(daily, "Tuesday, February 3, had 90; it was Tuesday 3 February.")[1].contradicted == 0
    assert streamed(daily, "It tripled from 30 on 1 February to 90 on 3 February.")[1].contradicted == 0


def test_a_step_that_the_period_cuts_need_not_be_the_quietest() -> None:
    span = TimeRange(start=datetime(2026, 2, 10, tzinfo=UTC), end=AS_OF)
    weeks = facts(by(Dimension.WEEK, ("2026-W07", 2), ("2026-W08", 9), ("2026-W09", 5), ("2026-W10", 1), span=span))
    assert streamed(weeks, "The quietest week was 23 February to 1 March 2026 with 5.")[1].contradicted == 0
    assert streamed(weeks, "The quietest week was 2–8 March 2026 with 1.")[1].contradicted == 0
    assert streamed(weeks, "The quietest week was 16–22 February 2026 with 9.")[1].contradicted == 1


def test_a_multiple_may_be_told_from_the_earlier_period() -> None:
    halved = facts(scalar(600, before=1200))
    assert streamed(halved, "January had twice as many messages as February.")[1].contradicted == 0
    assert streamed(halved, "February had twice as many messages as January.")[1].contradicted == 1


def test_a_row_that_is_named_by_a_month_is_no_earlier_period() -> None:
    weeks = before(by(Dimension.WEEK, ("2026-W05", 30), ("2026-W06", 50)), 10, 60)
    told = "- **26 January to 1 February 2026**: 20 more than 10 before\n"
    assert streamed(facts(weeks), told)[1].contradicted == 0


def test_no_messages_is_a_claim() -> None:
    assert streamed(facts(scalar(412)), "There were no messages.")[1].contradicted == 1
    assert streamed(facts(scalar(0)), "There were no messages.")[1].contradicted == 0


def test_placeholders_become_the_number() -> None:
    text = "{{q1.total}} against {{q1.compare_total}} ({{q1.change}}); {{ q1.rows[0].value }}, {{q1.rows[1].share}}"
    shown, verification = streamed(_FACTS, text)
    assert shown == "1,741 against 1,688 (+3.1%); 1,234, 23.7%"
    assert (verification.bound, verification.masked) == (5, 0)


def test_the_question_and_the_interpretation_may_be_repeated() -> None:
    query = StatsQuery(filters=Filters(min_confidence=0.8, sources=LabelFilter(any_of=("web2",))), limit=3)
    known = facts_of("more than 500 euro at 14:30?", Interpretation(query=query, explanation="Week 12, 2026-W12"))
    text = "More than 500 euro at 14:30 in week 2026-W12, top 3, web2, confidence at least 80 %."
    assert streamed(known, text)[1].masked_texts == ()


@pytest.mark.parametrize("text", ["web2 100,000", "Line 3 100,000", "web2 1,200", "line 3 1,200; web2 100,000."])
def test_a_number_after_a_name_that_ends_in_a_digit_is_bound(text: str) -> None:
    rows = by(Dimension.SOURCE, ("web2", 100_000), ("line_3", 1_200))
    shown, verification = streamed(facts(rows), text)
    assert (shown, verification.masked_texts) == (text, ())


def test_a_digit_that_ends_a_word_begins_no_date_and_no_group() -> None:
    rows = by(Dimension.SOURCE, ("web2", 100_000))
    _, verification = streamed(facts(rows), "web2 412 and web2 March 2027 and x412")
    assert verification.masked_texts == ("412", "March 2027", "412")


def test_hours_and_zone_are_bound() -> None:
    span = TimeRange(start=datetime(2026, 2, 3, 23, tzinfo=UTC), end=datetime(2026, 2, 4, 23, tzinfo=UTC))
    hourly = by(Dimension.HOUR, ("14", 31), ("15", 2), span=span)
    hourly = replace(hourly, query=replace(hourly.query, time_zone="Europe/Ljubljana"))
    text = "On 4 February 2026 (UTC+1), 14:00–15:00 had 31 messages, 2–4 pm 33 in total.\n| 14 | 31 |"
    assert streamed(facts(hourly), text)[1].masked_texts == ()


@pytest.mark.parametrize("mark", ["\ufe0f\u20e3", "\ufe0f", "\u0336", "\u034f", "\u061c", "\u180e", "\U000e0101"])
def test_what_shows_nothing_between_digits_parts_no_number(mark: str) -> None:
    assert streamed(_FACTS, f"Withdraw had 4{mark}1{mark}2 messages.")[1].masked == 0
    text, verification = streamed(_FACTS, f"Other had 7{mark}4 messages.")
    assert verification.masked == 1
    assert "7" not in text


@pytest.mark.parametrize(
    ("said", "masked"),
    [
        ("I lost 973 EUR", 0),
        ("I lost 97 EUR", 1),
        ("I lost 73 EUR", 1),
        ("9,581.50 of bets", 0),
        ("9,581 of bets", 1),
        ("581.50 of bets", 1),
        ("version 1.2.3", 0),
        ("561234567890123456789012", 0),
        ("eighty-nine times", 0),
        ("nine times", 1),
    ],
)
def test_a_quote_keeps_the_whole_numbers_of_its_message(said: str, masked: int) -> None:
    wrote = "I lost 973 EUR. It was 9,581.50 of bets, eighty-nine times. version 1.2.3 561234567890123456789012"
    example = ExampleMessage(message_id="m", source="email", event_time=AS_OF, text=wrote)
    known = facts_of("what did they write?", Interpretation(operation=Operation.EXAMPLES), (), (example,))
    assert streamed(known, f"One wrote “{said}”.")[1].masked == masked


def test_quoted_messages_keep_their_numbers_only_in_quotes() -> None:
    example = ExampleMessage(message_id="1", source="web", event_time=AS_OF, text="I paid 50 euro twice")
    reading = Interpretation(operation=Operation.EXAMPLES)
    known = facts_of("show me some", reading, [compared()], [example])
    assert streamed(known, "- 5 March 2026: “I paid 50 euro”")[1].masked_texts == ()
    assert streamed(known, "There were 50 messages.")[1].masked_texts == ("50",)


@pytest.mark.parametrize(
    ("held", "released"),
    [("In ", "In "), ("deposit", "deposit"), (" 1", " "), ("twen", ""), (" x {", " x "), (" wh", " wh")],
)
def test_only_what_may_become_a_number_is_held(held: str, released: str) -> None:
    assert NumberLedger(_FACTS).feed(held) == released


def test_a_number_leaves_with_the_word_after_it() -> None:
    ledger = NumberLedger(_FACTS)
    assert [ledger.feed(piece) for piece in ["there were ", "1,", "741", " mess", "ages", " in"]] == [
        "there were ", "", "", "", "", "1,741 messages in",
    ]  # fmt: skip


def test_invisible_characters_do_not_split_numbers() -> None:
    assert streamed(_FACTS, "17\u200b42 messages and 9\u2060999")[0] == f"{MASK} messages and {MASK}"


def test_what_was_checked_so_far_can_be_asked() -> None:
    ledger = NumberLedger(_FACTS)
    ledger.feed("There were 1,741 messages, no, 5,555 messages, and so on")
    assert (ledger.verification.bound, ledger.verification.masked_texts) == (1, ("5,555",))


@pytest.mark.parametrize(
    "text",
    [
        "That is twice as many as before.",
        "Messages doubled compared with last week.",
        "Volume is up from last month.",
        "There were fewer messages than the day before.",
        "This is more than usual.",
    ],
)
def test_an_earlier_period_that_was_not_counted_is_nothing_to_compare_with(text: str) -> None:
    assert streamed(facts(by(Dimension.SOURCE, ("livechat", 48), ("telegram", 32))), text)[1].contradicted == 1
    assert streamed(facts(compared()), "Total messages rose compared with the previous month.")[1].contradicted == 0


@pytest.mark.parametrize(
    "text",
    [
        "Live chat had more messages than Telegram last week.",
        "Messages from last week came mostly on live chat.",
        "There is no saying whether that is more than usual.",
        "As of yesterday, live chat leads.",
        "Over the last week live chat led.",
    ],
)
def test_a_period_that_is_only_named_is_no_comparison(text: str) -> None:
    assert streamed(facts(by(Dimension.SOURCE, ("livechat", 48), ("telegram", 32))), text)[1].contradicted == 0


@pytest.mark.parametrize(
    "text",
    ["About a third came on Telegram.", "Just over a third came on Telegram.", "More than half came on live chat."],
)
def test_a_hedged_fraction_is_as_round_as_it_is_said(text: str) -> None:
    channels = facts(by(Dimension.SOURCE, ("livechat", 48), ("telegram", 32), ("email", 10)))
    assert streamed(channels, text)[1].masked == 0
    false = streamed(channels, "About a third came by e-mail.")[1]
    assert false.masked + false.contradicted == 1


def test_a_multiple_of_another_row_is_that_of_these_two() -> None:
    channels = facts(by(Dimension.SOURCE, ("livechat", 48), ("telegram", 32), ("email", 10)))
    assert streamed(channels, "Three times as many came on Telegram as on live chat.")[1].contradicted == 1
    assert streamed(channels, "About three times as many came on Telegram as by e-mail.")[1].contradicted == 0

"""Numerals: every way of writing a number is found, and read as what it says."""

import pytest

from services.chat.ledger.numerals.dates import WrittenDate, WrittenTime
from services.chat.ledger.numerals.find import find
from services.chat.ledger.numerals.quantities import Kind, Quantity, Vague


def _read(text: str) -> list[tuple[str, set[tuple[str, float]]]]:
    return [
        (text[n.start : n.end], {(r.kind.value, round(r.value, 6)) for r in n.readings if isinstance(r, Quantity)})
        for n in find(text)
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234", 1234), ("1,234", 1234), ("1.234", 1234), ("1 234", 1234), ("1\u202f234", 1234), ("1'234", 1234),
        ("1_234", 1234), ("1,234,567", 1234567), ("12,34,567", 1234567), ("1.234,5", 1234.5), ("1,234.5", 1234.5),
        ("12.5", 12.5), ("12,5", 12.5), ("1.2k", 1200), ("3M", 3e6), ("3 million", 3e6), ("2.5 bn", 2.5e9),
        ("4e3", 4000),
        ("2.5×10^3", 2500), ("4**1**2", 412), ("٤١٢", 412), ("४१२", 412), ("４１２", 412), ("𝟒𝟏𝟐", 412), ("③", 3),
        ("²", 2),
        ("四百十二条", 412), ("三条", 3), ("CDXII", 412), ("XIV", 14), ("twenty-five", 25),
        ("a dozen", 12), ("two dozen", 24),
        ("four hundred and twelve", 412), ("one thousand two hundred thirty-four", 1234), ("a hundred and five", 105),
        ("twelve point five", 12.5), ("two and a half", 2.5), ("half a million", 500_000), ("zero", 0),
        ("vierhundertzwölf", 412), ("zweihundertfünfundzwanzig", 225), ("vierhonderdtwaalf", 412),
        ("deux cent cinq", 205),
        ("quatre-vingt-dix", 90), ("cuatrocientos doce", 412), ("quatrocentos e doze", 412),
        ("quattrocentododici", 412),
        ("четыреста двенадцать", 412),
    ],
)  # fmt: skip
def test_a_number_is_read(text: str, value: float) -> None:
    found = _read(f"It was {text} then")
    assert len(found) == 1
    assert ("number", value) in found[0][1]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("12.5 %", "percent", 12.5), ("12,5%", "percent", 12.5), ("12 percent", "percent", 12),
        ("12 per cent", "percent", 12),
        ("3 percentage points", "percent", 3), ("12 Prozent", "percent", 12), ("12 pour cent", "percent", 12),
        ("twenty percent", "percent", 20), ("two thirds", "percent", 66.666667), ("a third", "percent", 33.333333),
        ("half", "percent", 50), ("three quarters", "percent", 75), ("½", "percent", 50), ("1/4", "percent", 25),
        ("one in three", "percent", 33.333333), ("3 out of 10", "percent", 30), ("3x", "ratio", 3),
        ("three times", "ratio", 3),
        ("2.5-fold", "ratio", 2.5), ("tenfold", "ratio", 10), ("1st", "ordinal", 1), ("21st", "ordinal", 21),
        ("twenty-first", "ordinal", 21), ("third", "ordinal", 3),
    ],
)  # fmt: skip
def test_a_unit_is_read(text: str, kind: str, value: float) -> None:
    assert (kind, value) in _read(f"It was {text} of them")[0][1]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2026-03-14", WrittenDate(year=2026, month=3, day=14)),
        ("14 March 2026", WrittenDate(year=2026, month=3, day=14)),
        ("14th of March", WrittenDate(month=3, day=14)),
        ("March 14, 2026", WrittenDate(year=2026, month=3, day=14)),
        ("Mar 14", WrittenDate(month=3, day=14)),
        ("14.03.2026", WrittenDate(year=2026, month=3, day=14)),
        ("14.3.26", WrittenDate(year=2026, month=3, day=14)),
        ("14. März 2026", WrittenDate(year=2026, month=3, day=14)),
        ("14 марта 2026", WrittenDate(year=2026, month=3, day=14)),
        ("2026年3月14日", WrittenDate(year=2026, month=3, day=14)),
        ("March 2026", WrittenDate(year=2026, month=3)),
        ("2026-03", WrittenDate(year=2026, month=3)),
        ("2026-W12", WrittenDate(year=2026, week=12)),
        ("14/3", WrittenDate(month=3, day=14)),
    ],
)
def test_a_date_is_read(text: str, date: WrittenDate) -> None:
    found = find(f"on {text} there")
    assert len(found) == 1
    assert date in found[0].readings


def test_a_span_of_days_is_two_dates() -> None:
    first, last = find("from 1–28 February 2026 on")
    assert first.readings == (WrittenDate(year=2026, month=2, day=1),)
    assert last.readings == (WrittenDate(year=2026, month=2, day=28),)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("14:00", 840), ("2 pm", 840), ("2:30 p.m.", 870), ("12 am", 0), ("14h30", 870), ("14 Uhr", 840)],
)
def test_a_time_is_read(text: str, minutes: int) -> None:
    assert find(f"at {text} today")[0].readings == (WrittenTime(minutes),)


def test_the_unit_of_a_range_holds_for_both_ends() -> None:
    assert [("percent", value) in kinds for (_, kinds), value in zip(_read("10–20 %"), (10, 20), strict=True)] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "sign"), [("-12 %", -1), ("−12", -1), ("+12", 1), ("minus 12", -1), ("3-12", 0), ("12", 0)]
)
def test_a_sign_is_read(text: str, sign: int) -> None:
    reading = find(f"by {text} now")[-1].readings[0]
    assert isinstance(reading, Quantity)
    assert reading.sign == sign


def test_a_scale_leaves_one_reading() -> None:
    assert _read("1,741k or 1.741k") == [("1,741k", {("number", 1_741_000)}), ("1.741k", {("number", 1741)})]


def test_numbers_side_by_side_stay_apart() -> None:
    assert [text for text, _ in _read("between five and ten, 1,2,3")] == ["five", "ten", "1", "2", "3"]


def test_a_magnitude_without_a_number_is_an_interval() -> None:
    assert find("hundreds of them")[0].readings == (Vague(200, 1000),)


@pytest.mark.parametrize(
    "text",
    [
        "two-factor login and 2FA work 24/7", "attention to the tension of tenants", "may we march on", "once more",
        "half an hour in the second half", "last quarter", "one of them and one another", "due to the agent",
        "Mix and DM",
    ],
)  # fmt: skip
def test_words_that_only_look_like_numbers_are_left_alone(text: str) -> None:
    assert [text[n.start : n.end] for n in find(text)] in ([], ["second"])


def test_what_cannot_be_read_is_found_all_the_same() -> None:
    assert find("&#52;12")[0].readings == ()
    assert all(n.readings == () for n in find("\ufffc and 𐄫"))
    assert len(find("\ufffc and 𐄫")) == 2


def test_kinds_are_told_apart() -> None:
    assert {kind for _, kinds in _read("12 % of 12, 3x, 4th") for kind, _ in kinds} == {kind.value for kind in Kind}

"""The rules of saved queries: what a name is compared by, and which period goes with which kind."""

from dataclasses import replace

import pytest

from services.store.saved_query import Kind, NewSavedQuery, name_key, saved_violations

VIEW = NewSavedQuery(
    kind=Kind.VIEW,
    owner_id="ada",
    name="Angry payments",
    query_json="{}",
    days=7,
    first_day="",
    last_day="",
    operation="",
    author_id="ada",
    author_name="Ada",
)
QUESTION = replace(VIEW, kind=Kind.QUESTION, owner_id="", days=0, operation="stats", name="How many deposits?")


def wrong(new: NewSavedQuery) -> list[str]:
    return [violation.field for violation in saved_violations(new)]


@pytest.mark.parametrize(
    "other", ["how many deposits last week", "How  many deposits\nlast week?", "¿HOW MANY DEPOSITS LAST WEEK?!"]
)
def test_a_question_is_the_same_in_other_case_spaces_and_punctuation(other: str) -> None:
    assert name_key(other) == name_key("How many deposits last week?")


def test_other_words_are_another_question() -> None:
    names = ["How many deposits?", "How many deposits today?", 'How many "deposits"?', "?", "!"]
    assert len({name_key(name) for name in names}) == len(names)


def test_a_view_has_days_and_a_question_has_none() -> None:
    days = {"days": 0, "first_day": "2026-02-01", "last_day": "2026-02-28"}
    for good in (VIEW, replace(VIEW, **days), QUESTION):  # type: ignore[arg-type]  # each of its field's type
        assert wrong(good) == []
    for bad, field in (
        (replace(VIEW, days=0), "days"),
        (replace(VIEW, days=3_661), "days"),
        (replace(VIEW, days=-1), "days"),
        (replace(VIEW, **{**days, "days": 7}), "days"),  # type: ignore[arg-type]  # as above
        (replace(VIEW, **{**days, "last_day": "2026-01-31"}), "first_day"),  # type: ignore[arg-type]  # as above
        (replace(VIEW, **{**days, "first_day": "20260201"}), "first_day"),  # type: ignore[arg-type]  # as above
        (replace(VIEW, **{**days, "first_day": ""}), "first_day"),  # type: ignore[arg-type]  # as above
        (replace(VIEW, operation="stats"), "operation"),
        (replace(VIEW, name=" "), "name"),
        (replace(VIEW, name="x" * 101), "name"),
        (replace(QUESTION, days=7), "days"),
        (replace(QUESTION, owner_id="ada"), "shared"),
        (replace(QUESTION, operation=""), "operation"),
        (replace(QUESTION, operation="drop table"), "operation"),
    ):
        assert wrong(bad) == [field], bad

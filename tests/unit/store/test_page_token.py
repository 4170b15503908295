"""Page tokens: exact, bound to their question, and proof against anything else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import ErrorReason, InvalidInputError
from services.store.contract import page_token

TIMES = st.datetimes(timezones=st.just(UTC))


@given(TIMES, st.uuids(), st.binary())
def test_a_place_comes_back_as_it_went_in(time: datetime, row_id: UUID, question: bytes) -> None:
    token = page_token.encode_time_and_id(time, row_id, question=question)
    assert page_token.decode_time_and_id(token, question=question) == (time, row_id)
    assert token.isascii()


@given(st.lists(st.text(), min_size=1, max_size=3), st.binary(), st.binary())
def test_a_token_of_another_question_is_refused(position: list[str], one: bytes, two: bytes) -> None:
    token = page_token.encode(position, question=one)
    if one == two or len(token) > 1024:
        return
    with pytest.raises(InvalidInputError) as caught:
        page_token.decode(token, question=two, length=len(position))
    assert caught.value.reason == ErrorReason.BAD_PAGE_TOKEN


@given(st.text(min_size=1))
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        page_token.decode_time_and_id(token, question=b"q")
    assert (caught.value.reason, caught.value.violations[0].field) == (ErrorReason.BAD_PAGE_TOKEN, "page_token")


@pytest.mark.parametrize("place", [("x", "y"), ("1", "y"), ("9" * 400, "0" * 32), ("1",), ("1", "2", "3"), ()])
def test_a_forged_place_is_refused(place: tuple[str, ...]) -> None:
    token = page_token.encode(place, question=b"q")
    with pytest.raises(InvalidInputError):
        page_token.decode_time_and_id(token, question=b"q")


@pytest.mark.parametrize("part", ["a\0b", "\ud800"])
def test_what_postgres_cannot_be_asked_for_is_refused(part: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        page_token.decode(page_token.encode((part,), question=b"q"), question=b"q", length=1)
    assert caught.value.reason == ErrorReason.BAD_PAGE_TOKEN


def test_the_empty_token_is_the_first_page() -> None:
    assert page_token.decode_time_and_id("", question=b"q") is None


@pytest.mark.parametrize(("asked", "given_"), [(0, 50), (1, 1), (1000, 1000), (1001, 1000), (2**31 - 1, 1000)])
def test_page_sizes_are_coerced(asked: int, given_: int) -> None:
    assert page_token.page_size(asked, default=50, maximum=1000) == given_


def test_a_negative_page_size_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        page_token.page_size(-1, default=50, maximum=1000)
    assert caught.value.reason == ErrorReason.BAD_PAGE_SIZE

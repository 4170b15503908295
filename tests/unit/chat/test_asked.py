"""What a caller may send to the chat."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.chat.v1 import chat_pb2
from services.chat.asked import now_of
from services.chat.dates.clock import Clock
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason, InvalidInputError

ADMIN = Identity(user_id="u", workspace_id="default", role=Role.ADMIN, name="Ada")


def now_given(moment: Timestamp) -> datetime | None:
    return now_of(chat_pb2.InterpretQuestionRequest(now=moment), ADMIN)


@pytest.mark.parametrize("year", [1970, 2026, 9000])
def test_a_present_that_may_be_given_is_one_that_can_be_reckoned_from(year: int) -> None:
    moment = Timestamp()
    moment.FromDatetime(datetime(year, 12, 31, 23, 59, tzinfo=UTC))
    now = now_given(moment)
    assert now is not None
    assert Clock.of(now, "Pacific/Kiritimati").now == now


@pytest.mark.parametrize("seconds", [-62_135_596_800, -1, 221_876_928_000, 253_402_300_799, 2**62, -(2**62)])
def test_every_other_is_refused_by_its_name(seconds: int) -> None:
    with pytest.raises(InvalidInputError) as caught:
        now_given(Timestamp(seconds=seconds))
    assert (caught.value.reason, caught.value.violations[0].field) == (ErrorReason.BAD_TIMESTAMP, "now")


def test_none_is_none() -> None:
    assert now_of(chat_pb2.InterpretQuestionRequest(), ADMIN) is None

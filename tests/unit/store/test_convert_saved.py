"""Saved queries as they come, read and checked."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from earshot.store.v1 import saved_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import InvalidInputError
from services.store.contract.convert_saved import new_query

MINE = Identity(user_id="u", workspace_id="default", role=Role.AGENT, name="Ada")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        (question_pb2.StatsQuery(as_of=Timestamp(seconds=1_772_000_000)), ["query.as_of"]),
        (question_pb2.StatsQuery(as_of=Timestamp(seconds=2**62)), ["query.as_of"]),
        (
            question_pb2.StatsQuery(compare_to=question_pb2.TimeRange(start=Timestamp(nanos=-1))),
            ["query.compare_to.start"],
        ),
        (question_pb2.StatsQuery(limit=-1, time_zone="Nowhere"), ["query.time_zone", "query.limit"]),
    ],
)
def test_what_cannot_be_saved_is_named(query: question_pb2.StatsQuery, fields: list[str]) -> None:
    saved = saved_pb2.SavedQuery(kind=saved_pb2.SAVED_QUERY_KIND_VIEW, name="mine", days=7, query=query)
    with pytest.raises(InvalidInputError) as caught:
        new_query(saved, MINE)
    assert [violation.field for violation in caught.value.violations] == fields

"""Proposals on their way out: an answer that fits, and says where something is missing."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.store.contract.fitting import MAX_BYTES
from services.store.contract.taxonomy_requests import proposals_response
from services.store.message import Author, LabelStatus, NewMessage, StoredMessage
from services.store.taxonomy.categorizing import Proposal, Proposals

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def proposal(number: int, text: str) -> Proposal:
    """One with a single exemplar."""
    message = NewMessage(
        external_id="",
        source="email",
        user_id="u",
        event_time=NOW,
        text=text,
        conversation_id="",
        author=Author.CUSTOMER,
    )
    stored = StoredMessage(id=UUID(int=number), message=message, create_time=NOW, status=LabelStatus.PENDING)
    return Proposal(
        id=UUID(int=number), message_ids=(stored.id,), keywords=("word",), exemplars=(stored,), create_time=NOW
    )


@pytest.mark.parametrize(("text", "fits"), [("short", True), ("long " * 4_000, False)])
def test_what_does_not_fit_is_left_out_and_said_to_be(text: str, *, fits: bool) -> None:
    found = [proposal(number, text) for number in range(400)]
    answer = proposals_response(Proposals(proposals=tuple(found), considered=2_000, truncated=False))
    assert [shown.id for shown in answer.proposals] == [str(one.id) for one in found[: len(answer.proposals)]]
    assert (len(answer.proposals) == len(found), answer.truncated) == (fits, not fits)
    assert answer.proposals
    assert answer.ByteSize() < MAX_BYTES + 100_000

"""Which settled ticket's resolution is suggested for another."""

from uuid import uuid4

import pytest

from services.store.embedding import Enrichment
from services.store.message import LabelScore, LabelSet
from services.store.ticketing.analyst import analysis_of
from services.store.ticketing.ticket import SimilarTicket


def found(*intents: str, abstained: bool = False) -> Enrichment:
    labels = LabelSet(
        intents=tuple(LabelScore(label=intent, probability=0.9) for intent in intents),
        sentiment=LabelScore(label="neutral", probability=0.9),
        language="en",
        abstained=abstained,
        model_name="m",
        model_version="1",
    )
    return Enrichment(labels=labels)


def settled(similarity: float, resolution: str, *intents: str) -> SimilarTicket:
    return SimilarTicket(ticket_id=uuid4(), similarity=similarity, resolution=resolution, intents=intents)


DEPOSIT = settled(0.78, "Try another card.", "deposit_failed")
WITHDRAWAL = settled(0.66, "We paid it by wire.", "withdrawal_rejected", "complaint")


@pytest.mark.parametrize(
    ("enrichment", "near", "suggested"),
    [
        (found("withdrawal_rejected"), [DEPOSIT, WITHDRAWAL], "We paid it by wire."),
        (found("complaint", "withdrawal_rejected"), [DEPOSIT, WITHDRAWAL], "We paid it by wire."),
        (found("deposit_failed"), [DEPOSIT, WITHDRAWAL], "Try another card."),
        (found("withdrawal_rejected"), [DEPOSIT], ""),
        (found("withdrawal_rejected"), [settled(0.59, "Paid.", "withdrawal_rejected")], ""),
        (found("deposit_failed", abstained=True), [DEPOSIT], ""),
        (found("deposit_failed"), [], ""),
    ],
)
def test_the_most_similar_of_the_same_kind_is_suggested(
    enrichment: Enrichment, near: list[SimilarTicket], suggested: str
) -> None:
    analysis = analysis_of(enrichment, "", near)
    assert analysis.suggested_reply == suggested
    assert analysis.similar == tuple(near)

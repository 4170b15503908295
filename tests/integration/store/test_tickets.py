"""Tickets end to end: stored at once, analysed from a queue, settled, and an example to the next one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration

from earshot.store.v1 import ticket_pb2
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from services.runtime.auth import Role
from services.runtime.errors import (
    AlreadyExistsError,
    ConflictError,
    ErrorReason,
    FailedPreconditionError,
    NotFoundError,
    PermissionDeniedError,
)
from tests.support.postgres import connection
from tests.support.scripted_classifier import POISON, Script, scripted_classifier
from tests.support.store import StoreRig, caller, error_of, ingest, new_message, running_store

if TYPE_CHECKING:
    from earshot.store.v1.ticket_pb2_grpc import TicketServiceAsyncStub

OPEN, IN_PROGRESS = ticket_pb2.TICKET_STATUS_OPEN, ticket_pb2.TICKET_STATUS_IN_PROGRESS
RESOLVED, CLOSED = ticket_pb2.TICKET_STATUS_RESOLVED, ticket_pb2.TICKET_STATUS_CLOSED
PENDING, DONE, FAILED = (
    ticket_pb2.ANALYSIS_STATE_PENDING,
    ticket_pb2.ANALYSIS_STATE_DONE,
    ticket_pb2.ANALYSIS_STATE_FAILED,
)


@pytest_asyncio.fixture(scope="module")
async def classifier() -> AsyncIterator[tuple[Script, str]]:
    async with scripted_classifier() as running:
        yield running


@pytest_asyncio.fixture(scope="module")
async def rig(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, classifier: tuple[Script, str]
) -> AsyncIterator[StoreRig]:
    folder = tmp_path_factory.mktemp("store")
    async with running_store(
        folder, database_url, classifier_address=classifier[1], enricher_retry_seconds=0.001
    ) as running:
        yield running


@pytest.fixture
def workspace() -> str:
    return f"w{uuid4().hex[:8]}"


def stub(rig: StoreRig, workspace: str, role: Role = Role.AGENT) -> "TicketServiceAsyncStub":
    return TicketServiceStub(rig.client.channel(caller(role, workspace_id=workspace)))


async def make(rig: StoreRig, workspace: str, body: str = "my deposit is gone", **fields: Any) -> ticket_pb2.Ticket:
    request = ticket_pb2.CreateTicketRequest(body=body, **fields)
    return (await stub(rig, workspace).CreateTicket(request)).ticket


async def analysed(rig: StoreRig, workspace: str, ticket_id: str) -> ticket_pb2.GetTicketResponse:
    request = ticket_pb2.GetTicketRequest(id=ticket_id, wait_for_analysis=Duration(seconds=30))
    return await stub(rig, workspace).GetTicket(request)


async def test_a_wait_that_is_none_is_refused_by_its_name(rig: StoreRig, workspace: str) -> None:
    request = ticket_pb2.GetTicketRequest(id=str(uuid4()), wait_for_analysis=Duration(seconds=-1))
    error = await error_of(stub(rig, workspace).GetTicket(request))
    assert error.violations[0].field == "wait_for_analysis"


async def update(rig: StoreRig, workspace: str, ticket_id: str, **fields: Any) -> ticket_pb2.Ticket:
    request = ticket_pb2.UpdateTicketRequest(id=ticket_id, **fields)
    return (await stub(rig, workspace).UpdateTicket(request)).ticket


async def test_a_ticket_is_pending_at_once_and_analysed_after(rig: StoreRig, workspace: str) -> None:
    metadata = {"order": "77", "ключ": "значение 🎰", "": ""}
    made = await make(rig, workspace, "my deposit is gone. angry!", subject="Deposit", metadata=metadata, user_id="u9")
    assert (made.analysis_state, made.HasField("analysis"), made.status) == (PENDING, False, OPEN)
    found = await analysed(rig, workspace, made.id)
    ticket = found.ticket
    assert (ticket.subject, ticket.body, dict(ticket.metadata)) == ("Deposit", "my deposit is gone. angry!", metadata)
    assert (ticket.user_id, ticket.analysis_state) == ("u9", DONE)
    assert ticket.analysis.category == "deposit"
    assert ticket.analysis.confidence == pytest.approx(0.9)
    assert [score.label for score in ticket.analysis.intents] == ["deposit_failed", "complaint"]
    assert ticket.analysis.summary
    assert ticket.analysis.summary in "Deposit\n\nmy deposit is gone. angry!"
    assert (ticket.analysis.model.name, ticket.analysis.suggested_reply) == ("scripted", "")
    assert list(found.history) == [ticket.analysis]
    listed = await stub(rig, workspace).ListTickets(ticket_pb2.ListTicketsRequest())
    waited = ticket.analysis.create_time.ToDatetime() - ticket.create_time.ToDatetime()
    assert listed.analysis_time_p95.ToTimedelta() == waited
    assert waited > timedelta()
    elsewhere = await stub(rig, f"{workspace}x").ListTickets(ticket_pb2.ListTicketsRequest())
    assert not elsewhere.HasField("analysis_time_p95")
    assert (rig.metric("earshot_ticket_analysis_seconds_count") or 0) >= 1
    assert (rig.metric("earshot_tickets_analysed_total", outcome="done") or 0) >= 1


async def test_a_ticket_is_made_from_messages(rig: StoreRig, workspace: str) -> None:
    writer = rig.client.messages(caller(workspace_id=workspace))
    stored = await writer.IngestMessages(ingest(new_message("bonus one", user_id="c1"), new_message("bonus two")))
    ids = [message.id for message in stored.messages]
    made = await make(rig, workspace, "", message_ids=ids)
    assert (made.body, made.user_id, list(made.message_ids)) == ("bonus one\n\nbonus two", "c1", ids)
    assert (await make(rig, workspace, " \n", message_ids=ids)).body == made.body
    assert (await analysed(rig, workspace, made.id)).ticket.analysis.category == "bonus"
    error = await error_of(make(rig, workspace, "", message_ids=[str(uuid4())]))
    assert (isinstance(error, NotFoundError), error.reason) == (True, ErrorReason.MESSAGE_NOT_FOUND)
    foreign = await error_of(make(rig, f"{workspace}x", "", message_ids=ids[:1]))
    assert foreign.reason == ErrorReason.MESSAGE_NOT_FOUND


async def test_how_one_was_settled_is_suggested_for_the_next(rig: StoreRig, workspace: str) -> None:
    text = "the bonus for the tournament has not come"
    first = await make(rig, workspace, text)
    await analysed(rig, workspace, first.id)
    await update(rig, workspace, first.id, status=RESOLVED, resolution="Credited by hand; sorry for the wait.")
    second = (await analysed(rig, workspace, (await make(rig, workspace, text)).id)).ticket
    assert second.analysis.suggested_reply == "Credited by hand; sorry for the wait."
    (similar,) = second.analysis.similar
    assert similar.ticket_id == first.id
    assert similar.similarity == pytest.approx(1.0, abs=0.01)
    elsewhere = f"{workspace}x"
    foreign = (await analysed(rig, elsewhere, (await make(rig, elsewhere, text)).id)).ticket
    assert (list(foreign.analysis.similar), foreign.analysis.suggested_reply) == ([], "")


async def test_a_ticket_moves_as_it_may(rig: StoreRig, workspace: str) -> None:
    made = await make(rig, workspace)
    started = await update(rig, workspace, made.id, status=IN_PROGRESS, etag=made.etag)
    assert (started.status, started.HasField("resolve_time")) == (IN_PROGRESS, False)
    assert isinstance(await error_of(update(rig, workspace, made.id, status=OPEN, etag=made.etag)), ConflictError)
    missing = await error_of(update(rig, workspace, made.id, status=RESOLVED))
    assert (missing.reason, missing.violations[0].field) == (ErrorReason.MISSING_FIELD, "resolution")
    settled = await update(rig, workspace, made.id, status=RESOLVED, resolution="Done.")
    assert settled.HasField("resolve_time")
    assert (await update(rig, workspace, made.id, status=OPEN)).resolution == "Done."
    await update(rig, workspace, made.id, status=CLOSED)
    error = await error_of(update(rig, workspace, made.id, status=OPEN))
    assert (isinstance(error, FailedPreconditionError), error.reason) == (True, ErrorReason.BAD_TRANSITION)
    assert isinstance(await error_of(update(rig, f"{workspace}x", made.id, status=OPEN)), NotFoundError)


async def test_tickets_are_listed_by_category_and_status(rig: StoreRig, workspace: str) -> None:
    made = [await make(rig, workspace, f"{word} trouble") for word in ("deposit", "bonus", "deposit", "deposit")]
    for item in made:
        await analysed(rig, workspace, item.id)
    await update(rig, workspace, made[2].id, status=IN_PROGRESS)
    asking = stub(rig, workspace)
    first = await asking.ListTickets(ticket_pb2.ListTicketsRequest(category="deposit", page_size=2))
    rest = await asking.ListTickets(
        ticket_pb2.ListTicketsRequest(category="deposit", page_size=2, page_token=first.next_page_token)
    )
    assert [item.id for item in (*first.tickets, *rest.tickets)] == [made[3].id, made[2].id, made[0].id]
    by_status = await asking.ListTickets(ticket_pb2.ListTicketsRequest(status=IN_PROGRESS))
    assert [item.id for item in by_status.tickets] == [made[2].id]
    other = asking.ListTickets(ticket_pb2.ListTicketsRequest(page_token=first.next_page_token))
    assert (await error_of(other)).reason == ErrorReason.BAD_PAGE_TOKEN
    unknown = asking.ListTickets(ticket_pb2.ListTicketsRequest(category="dreams"))
    assert (await error_of(unknown)).reason == ErrorReason.BAD_FILTER


async def test_patterns_count_the_same_words(rig: StoreRig, workspace: str) -> None:
    settled = ["Credited  by hand.", "credited by hand. ", "Asked for a screenshot."]
    for words in settled:
        made = await make(rig, workspace, "deposit trouble")
        await analysed(rig, workspace, made.id)
        await update(rig, workspace, made.id, status=RESOLVED, resolution=words)
    asking = stub(rig, workspace)
    request = ticket_pb2.ListResolutionPatternsRequest(intent="deposit_failed", page_size=1)
    first = await asking.ListResolutionPatterns(request)
    assert [(item.resolution, item.count, len(item.ticket_ids)) for item in first.patterns] == [(settled[1], 2, 2)]
    request.page_token = first.next_page_token
    rest = await asking.ListResolutionPatterns(request)
    assert [(item.resolution, item.count) for item in rest.patterns] == [(settled[2], 1)]
    assert rest.next_page_token == ""
    none = await asking.ListResolutionPatterns(ticket_pb2.ListResolutionPatternsRequest(intent="praise"))
    assert list(none.patterns) == []


async def test_a_request_makes_one_ticket(rig: StoreRig, workspace: str) -> None:
    asking = stub(rig, workspace, Role.INGEST)
    request = ticket_pb2.CreateTicketRequest(body="login trouble", request_id=str(uuid4()))
    answers = await asyncio.gather(*(asking.CreateTicket(request) for _ in range(10)))
    assert len({answer.ticket.id for answer in answers}) == 1
    assert [answer.created for answer in answers].count(True) == 1
    request.body = "something else"
    assert isinstance(await error_of(asking.CreateTicket(request)), AlreadyExistsError)
    reading = ticket_pb2.GetTicketRequest(id=answers[0].ticket.id)
    assert isinstance(await error_of(asking.GetTicket(reading)), PermissionDeniedError)


async def test_a_poisonous_ticket_is_set_aside_and_can_be_tried_again(
    rig: StoreRig, workspace: str, database_url: str
) -> None:
    made = await make(rig, workspace, f"{POISON} deposit")
    found = (await analysed(rig, workspace, made.id)).ticket
    assert (found.analysis_state, found.HasField("analysis")) == (FAILED, False)
    async with connection(database_url) as owner:
        queue = "SELECT attempts, failed FROM ticket_queue WHERE ticket_id = $1"
        assert tuple(await owner.fetchrow(queue, made.id) or ()) == (5, True)
        await owner.execute("UPDATE tickets SET body = 'deposit' WHERE id = $1", made.id)
    again = await stub(rig, workspace).AnalyzeTicket(ticket_pb2.AnalyzeTicketRequest(id=made.id))
    assert again.ticket.analysis_state == PENDING
    assert (await analysed(rig, workspace, made.id)).ticket.analysis_state == DONE
    await stub(rig, workspace).AnalyzeTicket(ticket_pb2.AnalyzeTicketRequest(id=made.id))
    assert len((await analysed(rig, workspace, made.id)).history) == 2


async def test_somebody_works_on_a_ticket_while_it_is_analysed(
    rig: StoreRig, workspace: str, classifier: tuple[Script, str]
) -> None:
    script, _ = classifier
    script.open.clear()
    script.entered.clear()
    try:
        made = await make(rig, workspace, "withdraw trouble")
        await script.entered.wait()
        moved = await update(rig, workspace, made.id, status=RESOLVED, resolution="Paid out.")
        assert (moved.status, moved.analysis_state) == (RESOLVED, PENDING)
    finally:
        script.open.set()
    done = (await analysed(rig, workspace, made.id)).ticket
    assert (done.status, done.resolution, done.analysis.category, done.etag) == (
        RESOLVED,
        "Paid out.",
        "withdraw",
        moved.etag,
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"body": " \n"}, "body"),
        ({"body": "x" * 20_001}, "body"),
        ({"subject": "x" * 501}, "subject"),
        ({"subject": "nul\x00"}, "subject"),
        ({"metadata": {"x" * 101: ""}}, "metadata"),
        ({"metadata": {str(n): "" for n in range(51)}}, "metadata"),
        ({"message_ids": ["nonsense"]}, "message_ids[0]"),
        ({"request_id": "7"}, "request_id"),
    ],
)
async def test_what_is_wrong_is_named(rig: StoreRig, workspace: str, fields: dict[str, Any], field: str) -> None:
    error = await error_of(make(rig, workspace, **{"body": "deposit", **fields}))
    assert error.violations[0].field == field

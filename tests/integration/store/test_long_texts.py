"""Pages of the longest texts there may be: an answer of any list fits into one message, and none is left out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, reply_pb2, ticket_pb2
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from services.runtime.auth import Role
from services.store.validation import MAX_TEXT_LENGTH
from tests.support.postgres import connection
from tests.support.store import StoreRig, caller, ingest, new_message, running_store

MINE = caller(Role.ADMIN, workspace_id="long")
COUNT = 112
TEXT = "😀" * (MAX_TEXT_LENGTH - 4)


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


async def every(ask: Callable[[str], Awaitable[Any]], field: str) -> list[str]:
    """The ids on all pages of a list, and that there are several."""
    found: list[str] = []
    token = ""
    for pages in range(COUNT):
        answer = await ask(token)
        found += [getattr(item, "id", "") or item.message.id for item in getattr(answer, field)]
        token = answer.next_page_token
        if not token:
            assert pages
            break
    return found


async def test_tickets_and_replies_come_in_pages_that_fit(rig: StoreRig) -> None:
    stub = TicketServiceStub(rig.client.channel(MINE))
    make = ticket_pb2.CreateTicketRequest(body=TEXT)
    tickets = [(await stub.CreateTicket(make)).ticket.id for _ in range(COUNT)]
    send = reply_pb2.SendReplyRequest(ticket_id=tickets[0], text=TEXT)
    replies = [(await stub.SendReply(send)).reply.id for _ in range(COUNT)]

    def listed(token: str) -> Any:
        return stub.ListTickets(ticket_pb2.ListTicketsRequest(page_size=200, page_token=token))

    def sent(token: str) -> Any:
        return stub.ListReplies(reply_pb2.ListRepliesRequest(page_size=200, page_token=token))

    assert await every(listed, "tickets") == tickets[::-1]
    assert await every(sent, "replies") == replies[::-1]


async def test_the_review_queue_and_what_people_corrected_come_in_parts_that_fit(
    rig: StoreRig, database_url: str
) -> None:
    stub = rig.client.messages(MINE)
    half = COUNT // 2
    for start in (0, half):
        texts = (f"{start + number:03} {TEXT}" for number in range(half))
        await stub.IngestMessages(ingest(*map(new_message, texts)))
    async with connection(database_url) as owner:
        await owner.execute(
            "INSERT INTO labels (workspace_id, message_id, intent_mask, category_mask, intents, intent_scores,"
            " sentiment, sentiment_score, language, abstained, model_name, model_version)"
            " SELECT workspace_id, id, 1, 1, '{bonus_missing}', '{0.3}', 'neutral', 1, 'en', false, 'm', '1'"
            " FROM messages WHERE workspace_id = $1",
            MINE.workspace_id,
        )

    def queued(token: str) -> Any:
        return stub.ListReviewQueue(message_pb2.ListReviewQueueRequest(page_size=200, page_token=token))

    waiting = await every(queued, "items")
    assert len(set(waiting)) == len(waiting) == COUNT
    for message_id in waiting:
        await stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=message_id, intents=["deposit_info"]))
    exported = [
        row.message_id
        async for part in stub.ExportCorrections(message_pb2.ExportCorrectionsRequest())
        for row in part.rows
    ]
    assert exported == waiting


async def test_a_ticket_analysed_again_and_again_is_still_shown(rig: StoreRig, database_url: str) -> None:
    stub = TicketServiceStub(rig.client.channel(MINE))
    ticket = (await stub.CreateTicket(ticket_pb2.CreateTicketRequest(body=TEXT))).ticket
    async with connection(database_url) as owner:
        await owner.execute(
            "INSERT INTO ticket_analyses (workspace_id, ticket_id, number, category, confidence, intents,"
            " intent_scores, summary, suggested_reply, similar_ids, similarities, similar_resolutions, model_name,"
            " model_version)"
            " SELECT $1, $2, number, 'bonus', 1, '{}', '{}', number::text, $3, '{}', '{}', '{}', 'm', '1'"
            " FROM generate_series(1, $4::int) AS number",
            MINE.workspace_id,
            ticket.id,
            TEXT,
            COUNT,
        )
    shown = await stub.GetTicket(ticket_pb2.GetTicketRequest(id=ticket.id))
    summaries = [int(analysis.summary) for analysis in shown.history]
    assert 1 < len(summaries) < COUNT
    assert summaries == list(range(COUNT, COUNT - len(summaries), -1))

"""Pages of the longest texts there may be: an answer of any list fits into one message, and none is left out."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration

from earshot.store.v1 import alert_pb2, message_pb2, reply_pb2, saved_pb2, ticket_pb2
from earshot.store.v1.alert_pb2_grpc import AlertServiceStub
from earshot.store.v1.saved_pb2_grpc import SavedQueryServiceStub
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.store.validation import MAX_FILTER_VALUES, MAX_TEXT_LENGTH, MAX_USER_ID_LENGTH
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


def longest_question() -> question_pb2.StatsQuery:
    """As many and as long values as filters may have."""
    values = [f"{number:03}" + "😀" * (MAX_USER_ID_LENGTH - 3) for number in range(MAX_FILTER_VALUES)]
    wanted = question_pb2.ValueFilter(any_of=values)
    return question_pb2.StatsQuery(
        filters=question_pb2.Filters(user_ids=wanted, sources=wanted, languages=wanted), time_zone="UTC"
    )


async def test_rules_and_views_of_the_longest_questions_come_in_pages_that_fit(rig: StoreRig) -> None:
    alerts, saved = AlertServiceStub(rig.client.channel(MINE)), SavedQueryServiceStub(rig.client.channel(MINE))
    condition = alert_pb2.AlertCondition(kind=alert_pb2.ALERT_CONDITION_KIND_ABOVE, threshold=1e9)
    rules, views = list[str](), list[str]()
    for number in range(30):
        rule = alert_pb2.AlertRule(
            name=f"r{number}",
            query=longest_question(),
            condition=condition,
            window=Duration(seconds=3_600),
            disabled=True,
        )
        rules.append((await alerts.CreateAlertRule(alert_pb2.CreateAlertRuleRequest(rule=rule))).rule.id)
        view = saved_pb2.SavedQuery(
            kind=saved_pb2.SAVED_QUERY_KIND_VIEW, name=f"v{number}", query=longest_question(), days=7
        )
        views.append((await saved.SaveQuery(saved_pb2.SaveQueryRequest(query=view))).query.id)

    def listed(token: str) -> Any:
        return alerts.ListAlertRules(alert_pb2.ListAlertRulesRequest(page_size=200, page_token=token))

    def kept(token: str) -> Any:
        return saved.ListSavedQueries(saved_pb2.ListSavedQueriesRequest(page_size=200, page_token=token))

    assert await every(listed, "rules") == rules[::-1]
    assert await every(kept, "queries") == views[::-1]


async def test_a_ticket_that_was_analysed_often_can_still_be_read(rig: StoreRig, database_url: str) -> None:
    stub = TicketServiceStub(rig.client.channel(MINE))
    ticket_id = (await stub.CreateTicket(ticket_pb2.CreateTicketRequest(body="short"))).ticket.id
    async with connection(database_url) as owner:
        await owner.execute(
            "INSERT INTO ticket_analyses (workspace_id, ticket_id, number, category, confidence, intents,"
            " intent_scores, summary, suggested_reply, similar_ids, similarities, similar_resolutions, model_name,"
            " model_version)"
            " SELECT $1, $2::uuid, number, 'deposit', 1, '{}', '{}', '', $3::text, array_fill($2::uuid, ARRAY[5]),"
            " array_fill(1::real, ARRAY[5]), array_fill($3::text, ARRAY[5]), 'm', '1'"
            " FROM generate_series(1, 20) AS number",
            MINE.workspace_id,
            UUID(ticket_id),
            TEXT,
        )
    answer = await stub.GetTicket(ticket_pb2.GetTicketRequest(id=ticket_id))
    assert answer.ticket.analysis == answer.history[0]
    assert 1 < len(answer.history) < 20

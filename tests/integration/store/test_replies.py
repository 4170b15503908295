"""Replies to tickets: by people, and by rules that are on, are sure enough, and are first (D21)."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration

from earshot.store.v1 import reply_pb2, ticket_pb2
from earshot.store.v1.audit_pb2 import AUDIT_ACTOR_KIND_RULE
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import StoreRig, audited, caller, error_of, running_store

if TYPE_CHECKING:
    from earshot.store.v1.ticket_pb2_grpc import TicketServiceAsyncStub

RULE: dict[str, Any] = {
    "name": "Deposits",
    "category": "deposit",
    "min_confidence": 0.8,
    "template": "We look into it.",
}


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


@pytest.fixture
def workspace() -> str:
    return f"r{uuid4().hex[:8]}"


def stub(rig: StoreRig, workspace: str, role: Role = Role.AGENT) -> "TicketServiceAsyncStub":
    return TicketServiceStub(rig.client.channel(caller(role, workspace_id=workspace)))


async def ticket(rig: StoreRig, workspace: str, body: str) -> ticket_pb2.Ticket:
    """A ticket whose analysis is there."""
    made = (await stub(rig, workspace).CreateTicket(ticket_pb2.CreateTicketRequest(body=body))).ticket
    request = ticket_pb2.GetTicketRequest(id=made.id, wait_for_analysis=Duration(seconds=30))
    return (await stub(rig, workspace).GetTicket(request)).ticket


async def rule(rig: StoreRig, workspace: str, **fields: Any) -> reply_pb2.ReplyRule:
    request = reply_pb2.CreateReplyRuleRequest(rule=reply_pb2.ReplyRule(**{**RULE, **fields}))
    return (await stub(rig, workspace, Role.ADMIN).CreateReplyRule(request)).rule


async def replies(rig: StoreRig, workspace: str, ticket_id: str = "") -> list[reply_pb2.TicketReply]:
    return list((await stub(rig, workspace).ListReplies(reply_pb2.ListRepliesRequest(ticket_id=ticket_id))).replies)


async def test_nothing_is_sent_unless_a_rule_is_on(rig: StoreRig, workspace: str) -> None:
    made = await rule(rig, workspace)
    assert not made.enabled
    found = await ticket(rig, workspace, "my deposit is gone")
    assert found.analysis.category == "deposit"
    assert await replies(rig, workspace) == []


async def test_a_rule_replies_once_and_it_is_kept_who_decided(rig: StoreRig, workspace: str) -> None:
    await rule(rig, workspace, name="Too proud", min_confidence=0.95, template="never", enabled=True)
    made = await rule(rig, workspace, enabled=True)
    found = await ticket(rig, workspace, "my deposit is gone")
    (sent,) = await replies(rig, workspace, found.id)
    assert (sent.text, sent.author, sent.author_id) == ("We look into it.", reply_pb2.REPLY_AUTHOR_RULE, made.id)
    assert (sent.rule_name, sent.category) == ("Deposits", "deposit")
    assert sent.confidence == pytest.approx(0.9)
    (told,) = await audited(rig, workspace, action="SendReply", resource_id=found.id)
    assert (told.actor_kind, told.actor_id, told.actor_name) == (AUDIT_ACTOR_KIND_RULE, made.id, "Deposits")
    await stub(rig, workspace).AnalyzeTicket(ticket_pb2.AnalyzeTicketRequest(id=found.id))
    again = ticket_pb2.GetTicketRequest(id=found.id, wait_for_analysis=Duration(seconds=30))
    assert len((await stub(rig, workspace).GetTicket(again)).history) == 2
    assert await replies(rig, workspace, found.id) == [sent]
    await stub(rig, workspace, Role.ADMIN).DeleteReplyRule(reply_pb2.DeleteReplyRuleRequest(id=made.id))
    assert await replies(rig, workspace) == [sent]


async def test_other_topics_and_what_cannot_be_placed_are_left_to_people(rig: StoreRig, workspace: str) -> None:
    await rule(rig, workspace, enabled=True)
    await rule(rig, workspace, category="other", enabled=True)
    await ticket(rig, workspace, "my bonus is gone")
    abstained = await ticket(rig, workspace, "hmm")
    assert abstained.analysis.category == ""
    assert await replies(rig, workspace) == []


async def test_without_a_template_the_suggestion_is_sent(rig: StoreRig, workspace: str) -> None:
    await rule(rig, workspace, template="", enabled=True)
    settled = await ticket(rig, workspace, "my deposit is gone")
    assert await replies(rig, workspace) == []
    await stub(rig, workspace).UpdateTicket(
        ticket_pb2.UpdateTicketRequest(
            id=settled.id, status=ticket_pb2.TICKET_STATUS_RESOLVED, resolution="Try another card."
        )
    )
    found = await ticket(rig, workspace, "my deposit is gone")
    assert [(reply.ticket_id, reply.text) for reply in await replies(rig, workspace)] == [
        (found.id, "Try another card.")
    ]


async def test_people_reply_and_a_rule_does_not_speak_after_them(rig: StoreRig, workspace: str) -> None:
    found = await ticket(rig, workspace, "my deposit is gone")
    request = reply_pb2.SendReplyRequest(ticket_id=found.id, text="Hello!", request_id=str(uuid4()))
    sent = (await stub(rig, workspace).SendReply(request)).reply
    assert (sent.author, sent.author_id) == (reply_pb2.REPLY_AUTHOR_PERSON, caller().user_id)
    assert (await stub(rig, workspace).SendReply(request)).reply == sent
    request.text = "Something else"
    assert (await error_of(stub(rig, workspace).SendReply(request))).reason == ErrorReason.REQUEST_ID_REUSED
    await rule(rig, workspace, enabled=True)
    await stub(rig, workspace).AnalyzeTicket(ticket_pb2.AnalyzeTicketRequest(id=found.id))
    again = ticket_pb2.GetTicketRequest(id=found.id, wait_for_analysis=Duration(seconds=30))
    await stub(rig, workspace).GetTicket(again)
    assert await replies(rig, workspace, found.id) == [sent]
    nothing = reply_pb2.SendReplyRequest(ticket_id=found.id)
    assert (await error_of(stub(rig, workspace).SendReply(nothing))).reason == ErrorReason.EMPTY_TEXT
    foreign = reply_pb2.SendReplyRequest(ticket_id=found.id, text="x")
    assert (await error_of(stub(rig, "rival").SendReply(foreign))).reason == ErrorReason.TICKET_NOT_FOUND


async def test_rules_are_listed_changed_and_are_of_admins(rig: StoreRig, workspace: str) -> None:
    admin = stub(rig, workspace, Role.ADMIN)
    request_id = str(uuid4())
    asked = reply_pb2.CreateReplyRuleRequest(rule=reply_pb2.ReplyRule(**RULE), request_id=request_id)
    made = (await admin.CreateReplyRule(asked)).rule
    assert (await admin.CreateReplyRule(asked)).rule == made
    changed = reply_pb2.ReplyRule(**{**RULE, "name": "Later"}, id=made.id, enabled=True)
    assert (await admin.UpdateReplyRule(reply_pb2.UpdateReplyRuleRequest(rule=changed))).rule.enabled
    await rule(rig, workspace)
    page = await admin.ListReplyRules(reply_pb2.ListReplyRulesRequest(page_size=1))
    rest = await admin.ListReplyRules(reply_pb2.ListReplyRulesRequest(page_token=page.next_page_token))
    assert [item.name for item in (*page.rules, *rest.rules)] == ["Later", "Deposits"]
    call = stub(rig, workspace).CreateReplyRule(reply_pb2.CreateReplyRuleRequest(rule=reply_pb2.ReplyRule(**RULE)))
    assert (await error_of(call)).reason == ErrorReason.ROLE_MISSING
    missing = reply_pb2.DeleteReplyRuleRequest(id=str(uuid4()))
    assert (await error_of(admin.DeleteReplyRule(missing))).reason == ErrorReason.NOT_FOUND


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": " "}, ErrorReason.MISSING_FIELD),
        ({"category": "weather"}, ErrorReason.UNKNOWN_LABEL),
        ({"min_confidence": 0.2}, ErrorReason.BAD_LIMIT),
        ({"template": "a\0b"}, ErrorReason.INVALID_ARGUMENT),
    ],
)
async def test_what_is_wrong_is_named(rig: StoreRig, workspace: str, fields: dict[str, Any], reason: str) -> None:
    assert (await error_of(rule(rig, workspace, **fields))).reason == reason

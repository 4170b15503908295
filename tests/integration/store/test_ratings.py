"""RateTurn and ListRatedTurns: thumbs on answers, kept with author and time, shown to admins only (D23, H13)."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from earshot.store.v1 import conversation_pb2, message_pb2, user_pb2
from services.runtime.auth import Identity, Role
from services.runtime.errors import ErrorReason
from services.runtime.ids import new_id
from tests.support.postgres import connection
from tests.support.store import NOW, StoreRig, caller, error_of, running_store, timestamp

UP, DOWN, CLEARED = conversation_pb2.RATING_UP, conversation_pb2.RATING_DOWN, conversation_pb2.RATING_CLEARED
RateTurn = conversation_pb2.RateTurnRequest
ListRated = conversation_pb2.ListRatedTurnsRequest


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with running_store(tmp_path_factory.mktemp("store"), database_url) as running:
        yield running


def person(workspace_id: str, role: Role = Role.VIEWER) -> Identity:
    return caller(role, workspace_id=workspace_id, user_id=new_id())


async def answered(rig: StoreRig, who: Identity, question: str) -> tuple[str, str]:
    """A turn of a conversation of its own: ids of both."""
    stub = rig.client.conversations(who)
    made = await stub.CreateConversation(conversation_pb2.CreateConversationRequest())
    turn = conversation_pb2.StoredTurn(
        id=new_id(),
        question=question,
        answer="Twelve.",
        status="completed",
        details_json='{"model": "builtin"}',
        start_time=timestamp(NOW),
        end_time=timestamp(NOW),
    )
    request = conversation_pb2.AppendTurnRequest(conversation_id=made.conversation.id, turn=turn)
    assert not (await stub.AppendTurn(request)).turn.HasField("rating")
    return turn.id, made.conversation.id


async def test_the_newest_rating_is_in_force_and_the_earlier_ones_stay(rig: StoreRig) -> None:
    mine, admin = person("rating"), person("rating", Role.ADMIN)
    turn_id, conversation_id = await answered(rig, mine, "how many?")
    stub = rig.client.conversations(mine)
    for rating, comment in ((UP, ""), (UP, ""), (DOWN, "of yesterday"), (DOWN, "not of today 🎰"), (CLEARED, "")):
        answer = await stub.RateTurn(RateTurn(turn_id=turn_id, rating=rating, comment=comment))
        listed = await stub.ListTurns(conversation_pb2.ListTurnsRequest(conversation_id=conversation_id))
        assert listed.turns[0].rating == answer.rating
        if rating == CLEARED:
            assert not answer.HasField("rating")
        else:
            assert (answer.rating.rating, answer.rating.comment) == (rating, comment)
            assert (answer.rating.author_id, answer.rating.author_name) == (mine.user_id, mine.name)
    assert not (await stub.RateTurn(RateTurn(turn_id=turn_id, rating=CLEARED))).HasField("rating")
    assert not (await rig.client.conversations(admin).ListRatedTurns(ListRated())).turns, "a cleared one is nobody's"
    again = await stub.RateTurn(RateTurn(turn_id=turn_id, rating=UP))
    found = await rig.client.conversations(admin).ListRatedTurns(ListRated())
    rated = found.turns[0]
    assert (rated.turn.id, rated.turn.question, rated.conversation_id) == (turn_id, "how many?", conversation_id)
    assert rated.turn.rating == again.rating
    assert [(item.rating, item.comment) for item in rated.history] == [
        (UP, ""),
        (CLEARED, ""),
        (DOWN, "not of today 🎰"),
        (DOWN, "of yesterday"),
        (UP, ""),
    ]
    assert (await stub.GetTurn(conversation_pb2.GetTurnRequest(id=turn_id))).turn.rating == again.rating


async def test_clearing_what_was_never_rated_leaves_no_trace(rig: StoreRig) -> None:
    mine, admin = person("clearing"), person("clearing", Role.ADMIN)
    turn_id, _ = await answered(rig, mine, "how many?")
    stub = rig.client.conversations(mine)
    assert not (await stub.RateTurn(RateTurn(turn_id=turn_id, rating=CLEARED))).HasField("rating")
    await stub.RateTurn(RateTurn(turn_id=turn_id, rating=UP))
    (rated,) = (await rig.client.conversations(admin).ListRatedTurns(ListRated())).turns
    assert len(rated.history) == 1


async def test_only_who_asked_may_rate_and_only_admins_see_what_others_rated(rig: StoreRig) -> None:
    mine = person("owning")
    turn_id, _ = await answered(rig, mine, "how many?")
    for other in (person("owning", Role.ADMIN), person("owning"), caller(Role.ADMIN, workspace_id="elsewhere")):
        call = rig.client.conversations(other).RateTurn(RateTurn(turn_id=turn_id, rating=UP))
        assert (await error_of(call)).reason == ErrorReason.TURN_NOT_FOUND
    missing = rig.client.conversations(mine).RateTurn(RateTurn(turn_id=str(uuid4()), rating=UP))
    assert (await error_of(missing)).reason == ErrorReason.TURN_NOT_FOUND
    await rig.client.conversations(mine).RateTurn(RateTurn(turn_id=turn_id, rating=UP))
    for role in (Role.VIEWER, Role.AGENT, Role.INGEST):
        refused = rig.client.conversations(person("owning", role)).ListRatedTurns(ListRated())
        assert (await error_of(refused)).reason == ErrorReason.ROLE_MISSING
    elsewhere = rig.client.conversations(person("elsewhere", Role.ADMIN))
    assert not (await elsewhere.ListRatedTurns(ListRated())).turns


@pytest.mark.parametrize(
    ("request_", "field", "reason"),
    [
        (RateTurn(turn_id="17", rating=UP), "turn_id", ErrorReason.BAD_ID),
        (RateTurn(rating=conversation_pb2.RATING_UNSPECIFIED), "rating", ErrorReason.UNKNOWN_ENUM_VALUE),
        (RateTurn(rating=9), "rating", ErrorReason.UNKNOWN_ENUM_VALUE),  # type: ignore[arg-type]  # what others may send
        (RateTurn(rating=UP, comment="x" * 1_001), "comment", ErrorReason.TEXT_TOO_LONG),
        (RateTurn(rating=UP, comment="a\0b"), "comment", ErrorReason.INVALID_ARGUMENT),
        (RateTurn(rating=CLEARED, comment="why"), "comment", ErrorReason.INVALID_ARGUMENT),
    ],
)
async def test_a_bad_rating_is_refused(
    rig: StoreRig, request_: conversation_pb2.RateTurnRequest, field: str, reason: ErrorReason
) -> None:
    given = RateTurn(turn_id=request_.turn_id or new_id(), rating=request_.rating, comment=request_.comment)
    error = await error_of(rig.client.conversations(caller()).RateTurn(given))
    assert (error.reason, [violation.field for violation in error.violations]) == (reason, [field])


async def test_the_longest_comment_is_kept(rig: StoreRig) -> None:
    mine = person("long")
    turn_id, _ = await answered(rig, mine, "how many?")
    stub = rig.client.conversations(mine)
    answer = await stub.RateTurn(RateTurn(turn_id=turn_id, rating=DOWN, comment="ž" * 1_000))
    assert answer.rating.comment == "ž" * 1_000


async def test_pages_give_every_rated_turn_once_the_one_rated_last_first(rig: StoreRig) -> None:
    admin = person("paging", Role.ADMIN)
    asked = []
    for number in range(7):
        mine = person("paging")
        turn_id, _ = await answered(rig, mine, f"question {number}")
        rating = UP if number % 2 else DOWN
        await rig.client.conversations(mine).RateTurn(RateTurn(turn_id=turn_id, rating=rating))
        asked.append((rating, turn_id))
    stub = rig.client.conversations(admin)
    for wanted in (conversation_pb2.RATING_UNSPECIFIED, UP, DOWN):
        seen: list[str] = []
        token = ""
        while True:
            page = await stub.ListRatedTurns(ListRated(rating=wanted, page_size=2, page_token=token))
            seen += [rated.turn.id for rated in page.turns]
            token = page.next_page_token
            if not token:
                break
        assert seen == [turn_id for rating, turn_id in reversed(asked) if wanted in {rating, 0}]
    first = await stub.ListRatedTurns(ListRated(page_size=2))
    for request, reason in (
        (ListRated(rating=UP, page_token=first.next_page_token), ErrorReason.BAD_PAGE_TOKEN),
        (ListRated(page_size=-1), ErrorReason.BAD_PAGE_SIZE),
        (ListRated(rating=CLEARED), ErrorReason.UNKNOWN_ENUM_VALUE),
    ):
        assert (await error_of(stub.ListRatedTurns(request))).reason == reason


async def test_two_ratings_at_once_are_both_kept(rig: StoreRig) -> None:
    mine, admin = person("at-once"), person("at-once", Role.ADMIN)
    turn_id, _ = await answered(rig, mine, "how many?")
    stub = rig.client.conversations(mine)
    given = [f"comment {number}" for number in range(8)]
    await asyncio.gather(*(stub.RateTurn(RateTurn(turn_id=turn_id, rating=DOWN, comment=text)) for text in given))
    (rated,) = (await rig.client.conversations(admin).ListRatedTurns(ListRated())).turns
    assert sorted(item.comment for item in rated.history) == given
    assert rated.turn.rating == rated.history[0]


async def test_the_ratings_of_a_deleted_conversation_go_with_it(rig: StoreRig) -> None:
    mine, admin = person("deleting"), person("deleting", Role.ADMIN)
    turn_id, conversation_id = await answered(rig, mine, "how many?")
    stub = rig.client.conversations(mine)
    await stub.RateTurn(RateTurn(turn_id=turn_id, rating=DOWN, comment="no"))
    assert len((await rig.client.conversations(admin).ListRatedTurns(ListRated())).turns) == 1
    await stub.DeleteConversation(conversation_pb2.DeleteConversationRequest(id=conversation_id))
    assert not (await rig.client.conversations(admin).ListRatedTurns(ListRated())).turns


async def test_nothing_is_left_of_what_an_erased_account_said(rig: StoreRig, database_url: str) -> None:
    admin = person("erasing-raters", Role.ADMIN)
    wanted = user_pb2.CreateUserRequest(username="rater", password="a long password", role=user_pb2.ROLE_VIEWER)
    account = (await rig.client.users(admin).CreateUser(wanted)).user
    turn_id, _ = await answered(rig, caller(Role.VIEWER, workspace_id="erasing-raters", user_id=account.id), "mine")
    theirs = rig.client.conversations(caller(Role.VIEWER, workspace_id="erasing-raters", user_id=account.id))
    await theirs.RateTurn(RateTurn(turn_id=turn_id, rating=UP, comment="well done"))
    erased = await rig.client.messages(admin).EraseUser(message_pb2.EraseUserRequest(account_id=account.id))
    assert erased.conversation_count == 1
    async with connection(database_url) as owner:
        count = "SELECT count(*) FROM turn_ratings WHERE workspace_id = 'erasing-raters'"
        assert await owner.fetchval(count) == 0

"""People judge labels: sets are appended, never erased; two at once; the queue; agreement; rows to train with."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, stats_pb2
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import ErrorReason
from services.runtime.status import from_rpc_error
from services.store.filters import TimeRange
from services.store.message import StoredMessage
from services.store.repositories import messages as message_rows
from services.store.repositories import reviews
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import DOUBTFUL, scripted_classifier
from tests.support.store import StoreRig, caller, error_of, ingest, list_all, new_message, running_store

MODEL, HUMAN = message_pb2.LABEL_AUTHOR_MODEL, message_pb2.LABEL_AUTHOR_HUMAN
CONFIRMED, REJECTED = message_pb2.VERDICT_CONFIRMED, message_pb2.VERDICT_REJECTED
SPOT_CHECK = message_pb2.REVIEW_REASON_SPOT_CHECK
ANA = caller(user_id="00000000-0000-7000-8000-00000000000a")
BOR = caller(user_id="00000000-0000-7000-8000-00000000000b")
CENE = caller(user_id="00000000-0000-7000-8000-00000000000c")


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path_factory.mktemp("store"), database_url, classifier_address=address) as running,
    ):
        yield running


async def labelled(rig: StoreRig, text: str, who: Any = ANA) -> message_pb2.Message:
    answer = await rig.client.messages(who).IngestMessages(ingest(new_message(text), wait_seconds=30))
    assert answer.messages[0].HasField("labels")
    return answer.messages[0]


def judgement(message: message_pb2.Message, **fields: Any) -> message_pb2.CorrectLabelsRequest:
    return message_pb2.CorrectLabelsRequest(
        id=message.id, expected_valid_from=message.labels.valid_from if message.HasField("labels") else None, **fields
    )


async def history(rig: StoreRig, message_id: str) -> list[message_pb2.Labels]:
    return list((await rig.client.messages().GetMessage(message_pb2.GetMessageRequest(id=message_id))).history)


async def total(rig: StoreRig, who: Any, *intents: str, as_of: Any = None) -> float:
    filters = question_pb2.Filters(intents=question_pb2.ValueFilter(any_of=intents))
    query = question_pb2.StatsQuery(filters=filters, as_of=as_of)
    return (await rig.client.stats(who).QueryStats(stats_pb2.QueryStatsRequest(query=query))).result.total


async def test_a_correction_is_appended_and_counts_at_once(rig: StoreRig) -> None:
    mine = caller(workspace_id="correcting")
    message = await labelled(rig, "where is my withdraw", mine)
    assert await total(rig, mine, "withdrawal_delayed") == 1
    stub = rig.client.messages(mine)
    answer = await stub.CorrectLabels(judgement(message, intents=["bonus_missing", "complaint"], sentiment="negative"))
    labels = answer.message.labels
    assert [(score.label, score.probability) for score in labels.intents] == [("bonus_missing", 1), ("complaint", 1)]
    assert [score.label for score in labels.categories] == ["bonus", "anger_feedback"]
    assert (labels.author, labels.abstained, labels.language, labels.sentiment.label) == (
        HUMAN,
        False,
        "en",
        "negative",
    )
    assert await total(rig, mine, "withdrawal_delayed") == 0
    assert await total(rig, mine, "bonus_missing") == 1
    assert await total(rig, mine, "withdrawal_delayed", as_of=message.labels.valid_from) == 1
    found = await stub.GetMessage(message_pb2.GetMessageRequest(id=message.id))
    now, before = found.history
    assert (now.author, now.author_id, now.author_name) == (HUMAN, mine.user_id, mine.name)
    assert not now.HasField("valid_to")
    assert (before.author, before.author_id, before.valid_to) == (MODEL, "", now.valid_from)
    assert before.intents == message.labels.intents


async def test_judgements_are_counted_by_how_sure_the_model_was(rig: StoreRig) -> None:
    mine = caller(workspace_id="counting")
    stub = rig.client.messages(mine)

    def counted() -> dict[tuple[str, str], float]:
        pairs = [(verdict, model) for verdict in ("corrected", "confirmed", "rejected") for model in ("sure", "unsure")]
        found = {pair: rig.metric("earshot_reviews_total", verdict=pair[0], model=pair[1]) for pair in pairs}
        return {pair: value for pair, value in found.items() if value is not None}

    before = counted()
    sure, unsure = await labelled(rig, "deposit", mine), await labelled(rig, "hm", mine)
    request = judgement(sure, intents=["bonus_terms"], request_id=str(uuid4()))
    for _ in range(2):
        corrected = (await stub.CorrectLabels(request)).message
    await stub.CorrectLabels(judgement(corrected, verdict=CONFIRMED))
    await stub.CorrectLabels(judgement(unsure, verdict=REJECTED))
    changed = {pair: value - before[pair] for pair, value in counted().items() if value != before[pair]}
    assert len(before) == 6
    assert changed == {("corrected", "sure"): 1, ("rejected", "unsure"): 1}


async def test_of_two_at_once_one_is_told_so(rig: StoreRig) -> None:
    message = await labelled(rig, "angry about my deposit")
    requests = [
        (rig.client.messages(ANA), judgement(message, intents=["deposit_failed"])),
        (rig.client.messages(BOR), judgement(message, intents=["complaint"])),
    ]
    answers = await asyncio.gather(*(stub.CorrectLabels(one) for stub, one in requests), return_exceptions=True)
    [second] = [from_rpc_error(answer) for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert second.reason == ErrorReason.LABELS_CHANGED
    assert len(await history(rig, message.id)) == 2
    late = await error_of(rig.client.messages(CENE).CorrectLabels(judgement(message, intents=["praise"])))
    assert late.reason == ErrorReason.LABELS_CHANGED
    assert len(await history(rig, message.id)) == 2


async def test_a_request_sent_again_writes_nothing_again(rig: StoreRig) -> None:
    message, other = await labelled(rig, "my bonus"), await labelled(rig, "my other bonus")
    stub = rig.client.messages()
    request = judgement(message, intents=["bonus_terms"], request_id=str(uuid4()))
    first, again = await stub.CorrectLabels(request), await stub.CorrectLabels(request)
    assert again.message == first.message
    assert len(await history(rig, message.id)) == 2
    request.id = other.id
    assert (await error_of(stub.CorrectLabels(request))).reason == ErrorReason.REQUEST_ID_REUSED


async def test_a_confirmed_set_is_a_persons_and_is_kept_as_it_was(rig: StoreRig) -> None:
    message = await labelled(rig, "login")
    stub = rig.client.messages()
    answer = await stub.CorrectLabels(judgement(message, verdict=CONFIRMED))
    assert [score.label for score in answer.message.labels.intents] == ["login_failed"]
    assert answer.message.labels.author == HUMAN
    same = await rig.client.messages(BOR).CorrectLabels(judgement(answer.message, intents=["login_failed"]))
    assert same.verdict == CONFIRMED
    assert len(await history(rig, message.id)) == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"intents": ["withdrawals"]}, ErrorReason.UNKNOWN_LABEL),
        ({"intents": ["smalltalk", "praise"]}, ErrorReason.INVALID_ARGUMENT),
        ({"intents": ["praise", "praise"]}, ErrorReason.INVALID_ARGUMENT),
        ({"sentiment": "furious"}, ErrorReason.UNKNOWN_LABEL),
        ({"language": "x" * 36}, ErrorReason.TEXT_TOO_LONG),
        ({"language": "EN"}, ErrorReason.INVALID_ARGUMENT),
        ({"language": "=1+1"}, ErrorReason.INVALID_ARGUMENT),
        ({}, ErrorReason.MISSING_FIELD),
        ({"verdict": 9}, ErrorReason.UNKNOWN_ENUM_VALUE),
        ({"intents": ["praise"], "request_id": "1"}, ErrorReason.BAD_ID),
    ],
)
async def test_a_judgement_follows_the_label_guide(rig: StoreRig, fields: dict[str, Any], reason: ErrorReason) -> None:
    request = message_pb2.CorrectLabelsRequest(id=str(uuid4()), **fields)
    assert (await error_of(rig.client.messages().CorrectLabels(request))).reason == reason


async def test_only_people_who_may_read_messages_judge_them(rig: StoreRig) -> None:
    for role in (Role.VIEWER, Role.INGEST):
        stub = rig.client.messages(caller(role))
        request = message_pb2.CorrectLabelsRequest(id=str(uuid4()), intents=["praise"])
        assert (await error_of(stub.CorrectLabels(request))).reason == ErrorReason.ROLE_MISSING
        queue = stub.ListReviewQueue(message_pb2.ListReviewQueueRequest())
        assert (await error_of(queue)).reason == ErrorReason.ROLE_MISSING
    foreign = await labelled(rig, "bonus", caller(workspace_id="rival"))
    unknown = message_pb2.CorrectLabelsRequest(id=foreign.id, intents=["praise"])
    assert (await error_of(rig.client.messages().CorrectLabels(unknown))).reason == ErrorReason.MESSAGE_NOT_FOUND


async def test_a_message_that_waits_can_be_labelled_by_a_person(
    tmp_path: Path, postgres_url: str, migrated: str
) -> None:
    mine = caller(workspace_id="waiting")
    async with (
        fresh_database(postgres_url, "waiting", template=migrated) as database_url,
        running_store(tmp_path, database_url, enricher_concurrency=0) as lone,
    ):
        stub = lone.client.messages(mine)
        message = (await stub.IngestMessages(ingest(new_message()))).messages[0]
        unlabelled = judgement(message, verdict=CONFIRMED)
        assert (await error_of(stub.CorrectLabels(unlabelled))).reason == ErrorReason.NOT_LABELLED
        half = judgement(message, intents=["praise"])
        assert (await error_of(stub.CorrectLabels(half))).reason == ErrorReason.MISSING_FIELD
        answer = await stub.CorrectLabels(judgement(message, intents=["praise"], sentiment="positive"))
    assert answer.message.status == message_pb2.LABEL_STATUS_LABELLED
    assert (answer.message.labels.language, answer.message.labels.HasField("model")) == ("und", False)


async def queue(rig: StoreRig, who: Any, page_size: int = 2, **fields: Any) -> list[message_pb2.ReviewItem]:
    found: list[message_pb2.ReviewItem] = []
    token = ""
    while True:
        request = message_pb2.ListReviewQueueRequest(page_size=page_size, page_token=token, **fields)
        page = await rig.client.messages(who).ListReviewQueue(request)
        found += page.items
        token = page.next_page_token
        if not token:
            return found


async def test_a_text_is_asked_about_once_and_what_agents_wrote_is_not(rig: StoreRig) -> None:
    mine = caller(workspace_id="copies")
    stub = rig.client.messages(mine)
    agent = new_message("unsure whether this", author=message_pb2.AUTHOR_AGENT)
    texts = [new_message(f"unsure about {what}") for what in ("this", "that", "this", "this")]
    stored = (await stub.IngestMessages(ingest(*texts, agent, wait_seconds=30))).messages
    for order in (message_pb2.REVIEW_ORDER_VALUE, message_pb2.REVIEW_ORDER_OLDEST):
        items = await queue(rig, mine, page_size=1, order=order)
        assert [item.message.id for item in items] == [stored[0].id, stored[1].id]
    await stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=stored[0].id, intents=["deposit_failed"]))
    assert [item.message.id for item in await queue(rig, mine)] == [stored[1].id]
    copy = (await stub.GetMessage(message_pb2.GetMessageRequest(id=stored[2].id))).message
    assert copy.labels == stored[2].labels


async def test_what_is_erased_while_the_queue_is_read_is_no_error(
    rig: StoreRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = caller(Role.ADMIN, workspace_id="fleeting")
    message = await labelled(rig, "what about this", mine)
    read = message_rows.read

    async def read_late(*arguments: Any) -> dict[UUID, StoredMessage]:
        await rig.client.messages(mine).EraseUser(message_pb2.EraseUserRequest(user_id="u-1"))
        return await read(*arguments)

    monkeypatch.setattr(message_rows, "read", read_late)
    assert [item.message.id for item in await queue(rig, mine)] == [message.id]
    assert not await queue(rig, mine)


async def test_the_queue_gives_what_is_worth_most_first_and_each_once(rig: StoreRig) -> None:
    mine = caller(workspace_id="queueing")
    sure = await labelled(rig, "deposit", mine)
    unsure = [await labelled(rig, f"what about this {number}", mine) for number in range(5)]
    stub = rig.client.messages(mine)
    assert [item.message.id for item in await queue(rig, mine)] == [message.id for message in unsure]
    await stub.CorrectLabels(judgement(sure, verdict=REJECTED))
    items = await queue(rig, mine)
    assert items[0].message.id == sure.id
    assert items[0].reason == message_pb2.REVIEW_REASON_DISAGREEMENT
    assert items[0].message.labels.author == MODEL
    assert [item.message.id for item in items[1:]] == [message.id for message in unsure]
    assert {item.reason for item in items[1:]} == {message_pb2.REVIEW_REASON_ABSTAINED}
    oldest = await queue(rig, mine, order=message_pb2.REVIEW_ORDER_OLDEST)
    assert [item.message.id for item in oldest] == [*(message.id for message in unsure), sure.id]
    only = await queue(rig, mine, reasons=[message_pb2.REVIEW_REASON_DISAGREEMENT])
    assert [item.message.id for item in only] == [sure.id]
    await stub.CorrectLabels(judgement(unsure[0], intents=["suggestion"]))
    await rig.client.messages(caller(workspace_id="queueing", user_id="x")).CorrectLabels(
        judgement(sure, verdict=CONFIRMED)
    )
    assert [item.message.id for item in await queue(rig, mine)] == [message.id for message in unsure[1:]]


async def test_what_the_model_holds_most_worth_a_look_comes_first(rig: StoreRig, database_url: str) -> None:
    mine = caller(workspace_id="worth")
    texts = ("what about this", f"{DOUBTFUL} this", "what about that", f"{DOUBTFUL} that")
    plain, doubtful, earlier, last = [await labelled(rig, text, mine) for text in texts]
    # A set from before the value was kept: its first intent has a probability of 0.9.
    async with connection(database_url) as owner:
        await owner.execute("UPDATE labels SET review_value = NULL WHERE message_id = $1", UUID(earlier.id))
    wanted = [(doubtful.id, 0.9), (last.id, 0.9), (plain.id, 0.5), (earlier.id, 0.1)]
    items = await queue(rig, mine)
    assert [(item.message.id, round(item.value, 6)) for item in items] == wanted
    stub, walked, token = rig.client.messages(mine), list[str](), ""
    while not walked or token:
        page = await stub.ListReviewQueue(message_pb2.ListReviewQueueRequest(page_size=1, page_token=token))
        walked += [item.message.id for item in page.items]
        token = page.next_page_token
    assert walked == [message_id for message_id, _ in wanted]


async def test_spot_checks_are_drawn_however_sure_the_model_was(rig: StoreRig) -> None:
    mine = caller(workspace_id="drawn")
    stub = rig.client.messages(mine)
    agent = new_message("deposit", author=message_pb2.AUTHOR_AGENT)
    sent = [*(new_message(f"deposit {number}") for number in range(30)), new_message("what about this"), agent]
    stored = (await stub.IngestMessages(ingest(*sent, wait_seconds=30))).messages
    drawn = await queue(rig, mine, page_size=7, reasons=[SPOT_CHECK])
    ids = [item.message.id for item in drawn]
    assert sorted(ids) == sorted(message.id for message in stored[:-1])
    assert ids != sorted(ids), "in the order of their coming they would be no sample"
    assert {item.reason for item in drawn} == {SPOT_CHECK}
    assert all(0 <= item.value < 1 for item in drawn)
    assert [item.message.id for item in await queue(rig, mine)] == [stored[-2].id]
    await stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=ids[0], verdict=CONFIRMED))
    await stub.CorrectLabels(message_pb2.CorrectLabelsRequest(id=ids[1], verdict=REJECTED))
    assert [item.message.id for item in await queue(rig, mine, reasons=[SPOT_CHECK])] == ids[2:]
    mixed = message_pb2.ListReviewQueueRequest(reasons=[SPOT_CHECK, message_pb2.REVIEW_REASON_ABSTAINED])
    assert (await error_of(stub.ListReviewQueue(mixed))).violations[0].field == "reasons"
    assert not await queue(rig, caller(workspace_id="drawn-rival"), reasons=[SPOT_CHECK])


async def test_people_who_disagree_send_a_message_back_until_a_third_settles_it(rig: StoreRig) -> None:
    ana, bor, cene = (caller(workspace_id="disputed", user_id=who.user_id) for who in (ANA, BOR, CENE))
    message = await labelled(rig, "deposit", ana)

    async def says(who: Any, intent: str) -> None:
        request = message_pb2.CorrectLabelsRequest(id=message.id, intents=[intent])
        await rig.client.messages(who).CorrectLabels(request)

    await says(ana, "deposit_info")
    assert not await queue(rig, ana)
    await says(bor, "deposit_not_credited")
    assert [item.message.id for item in await queue(rig, ana)] == [message.id]
    await says(cene, "deposit_not_credited")
    assert not await queue(rig, ana)


async def test_a_bad_page_token_is_refused(rig: StoreRig) -> None:
    stub = rig.client.messages()
    for request in (
        message_pb2.ListReviewQueueRequest(page_token="nonsense"),
        message_pb2.ListReviewQueueRequest(page_size=-1),
        message_pb2.ListReviewQueueRequest(reasons=[99]),  # type: ignore[list-item]  # no such reason
        message_pb2.ListReviewQueueRequest(order=99),  # type: ignore[arg-type]
    ):
        assert (await error_of(stub.ListReviewQueue(request))).reason in {
            ErrorReason.BAD_PAGE_TOKEN,
            ErrorReason.BAD_PAGE_SIZE,
            ErrorReason.UNKNOWN_ENUM_VALUE,
        }


async def test_agreement_and_rows_to_train_with(rig: StoreRig) -> None:
    ana, bor = (caller(Role.ADMIN, workspace_id="agreeing", user_id=who.user_id) for who in (ANA, BOR))
    texts = ["deposit a", "deposit b", "bonus c", "mail me at ana@example.com or +386 40 123 456 about login"]
    messages = [await labelled(rig, text, ana) for text in texts]
    truths = ["deposit_info", "bonus_terms", "bonus_terms", "login_failed"]
    for message, truth in zip(messages, truths, strict=True):
        await rig.client.messages(ana).CorrectLabels(message_pb2.CorrectLabelsRequest(id=message.id, intents=[truth]))
    for message, truth in zip(messages, ["deposit_info", "deposit_info", "bonus_terms", "login_failed"], strict=True):
        await rig.client.messages(bor).CorrectLabels(message_pb2.CorrectLabelsRequest(id=message.id, intents=[truth]))
    answer = await rig.client.messages(ana).GetReviewAgreement(message_pb2.GetReviewAgreementRequest())
    assert (answer.reviewed, answer.unchanged, answer.doubly_reviewed) == (4, 4, 4)
    found = {item.category: item for item in answer.categories}
    assert (found["deposit"].both, found["deposit"].model_only, found["deposit"].person_only) == (2, 0, 0)
    # First people: deposit yes on a; second: yes on a and b. Observed 3/4, expected (1/4)(2/4) + (3/4)(2/4) = 1/2.
    assert found["deposit"].kappa == pytest.approx(0.5)
    assert found["deposit"].model_kappa == 1
    assert not found["withdraw"].HasField("kappa")
    rows = [
        row
        async for part in rig.client.messages(ana).ExportCorrections(message_pb2.ExportCorrectionsRequest())
        for row in part.rows
    ]
    assert [list(row.intents) for row in rows] == [
        ["deposit_info"],
        ["deposit_info"],
        ["bonus_terms"],
        ["login_failed"],
    ]
    assert rows[3].text == "mail me at [email] or [number] about login"
    assert (rows[0].verdict, list(rows[0].model_intents)) == (CONFIRMED, ["deposit_failed"])
    assert rows[0].source == messages[0].source
    agent = rig.client.messages().ExportCorrections(message_pb2.ExportCorrectionsRequest())
    assert (await error_of(anext(aiter(agent)))).reason == ErrorReason.ROLE_MISSING


async def test_corrections_are_read_in_parts_that_hold_no_connection(
    rig: StoreRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slowly somebody reads them, and whatever is corrected meanwhile."""
    monkeypatch.setattr(reviews, "_ROWS_AT_ONCE", 2)
    mine = caller(workspace_id="parting")
    stub, database = rig.client.messages(mine), rig.store.pools.calls
    texts = [f"my deposit number {number}" for number in range(5)]
    heard = [await labelled(rig, text, mine) for text in texts]
    for message in heard:
        await stub.CorrectLabels(judgement(message, intents=["deposit_info"]))
    read: list[str] = []
    async for part in reviews.corrections(database, "parting", TimeRange()):
        assert len(part) <= 2
        assert database.idle_connections() == database.open_connections()
        read += [row.text for row in part]
        again = message_pb2.CorrectLabelsRequest(id=heard[len(read) - 1].id, intents=["bonus_terms"])
        await stub.CorrectLabels(again)
    assert read == texts


async def test_a_list_says_who_gave_the_labels(rig: StoreRig) -> None:
    mine = caller(workspace_id="correcting")
    listed = await list_all(rig.client.messages(mine), lambda token: message_pb2.ListMessagesRequest(page_token=token))
    assert [message.labels.author for message in listed] == [HUMAN]

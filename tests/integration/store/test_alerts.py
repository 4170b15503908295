"""Alerts end to end: rules over real statistics, one episode at a time, watchers, and a real webhook."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from google.protobuf.duration_pb2 import Duration

from earshot.store.v1 import alert_pb2, ticket_pb2
from earshot.store.v1.alert_pb2_grpc import AlertServiceStub
from earshot.store.v1.audit_pb2 import AUDIT_ACTOR_KIND_RULE
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from earshot.types.v1 import question_pb2
from services.runtime.auth import Role
from services.runtime.errors import AlreadyExistsError, ConflictError, ErrorReason, NotFoundError, PermissionDeniedError
from tests.support.postgres import connection, fresh_database
from tests.support.store import StoreRig, audited, caller, error_of, ingest, new_message, running_store, timestamp
from tests.support.webhook import Hook, Posted, webhook

if TYPE_CHECKING:
    from earshot.store.v1.alert_pb2_grpc import AlertServiceAsyncStub

FIRED, RESOLVED = alert_pb2.ALERT_STATE_FIRING, alert_pb2.ALERT_STATE_RESOLVED


@pytest_asyncio.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> AsyncIterator[StoreRig]:
    settings: dict[str, Any] = {"alert_private_webhooks": True, "alert_retry_seconds": 0.001}
    async with running_store(tmp_path_factory.mktemp("store"), database_url, **settings) as running:
        yield running


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Hook]:
    async with webhook() as listening:
        yield listening


@pytest.fixture
def workspace() -> str:
    return f"w{uuid4().hex[:8]}"


def stub(rig: StoreRig, workspace: str, role: Role = Role.ADMIN) -> "AlertServiceAsyncStub":
    return AlertServiceStub(rig.client.channel(caller(role, workspace_id=workspace)))


def rule(kind: str = "ABOVE", threshold: float = 2, **fields: Any) -> alert_pb2.AlertRule:
    given: dict[str, Any] = {
        "name": "Rush",
        "window": Duration(seconds=3600),
        "query": question_pb2.StatsQuery(),
        **fields,
    }
    condition = alert_pb2.AlertCondition(
        kind=alert_pb2.AlertConditionKind.Value(f"ALERT_CONDITION_KIND_{kind}"), threshold=threshold
    )
    return alert_pb2.AlertRule(condition=condition, **given)


async def make(rig: StoreRig, workspace: str, wanted: alert_pb2.AlertRule) -> alert_pb2.AlertRule:
    request = alert_pb2.CreateAlertRuleRequest(rule=wanted)
    return (await stub(rig, workspace).CreateAlertRule(request)).rule


async def send(rig: StoreRig, workspace: str, count: int, ago: timedelta = timedelta(minutes=5)) -> None:
    when = timestamp(datetime.now(UTC) - ago)
    messages = [new_message(event_time=when, user_id=f"u{number}") for number in range(count)]
    await rig.client.messages(caller(workspace_id=workspace)).IngestMessages(ingest(*messages))


async def look(rig: StoreRig, database_url: str) -> None:
    """Has every rule evaluated now, without waiting for its interval."""
    async with connection(database_url) as owner:
        await owner.execute("UPDATE alert_rules SET next_time = now() WHERE NOT disabled")
        await owner.execute("SELECT pg_notify('earshot_alert_rules', '')")


class Watch:
    """The changes of a workspace's alerts, one by one."""

    def __init__(self, rig: StoreRig, workspace: str, cursor: str = "") -> None:
        self.cursor = cursor
        self._call: Any = stub(rig, workspace, Role.VIEWER).WatchAlerts(alert_pb2.WatchAlertsRequest(cursor=cursor))

    async def begun(self) -> "Watch":
        answer = await self._call.read()
        assert not answer.event
        self.cursor = answer.cursor
        return self

    async def next(self) -> alert_pb2.WatchAlertsResponse:
        async with asyncio.timeout(60):
            while True:
                answer: alert_pb2.WatchAlertsResponse = await self._call.read()
                self.cursor = answer.cursor
                if answer.event:
                    return answer

    def end(self) -> None:
        self._call.cancel()


async def test_a_rule_fires_once_per_episode_and_resolves(rig: StoreRig, workspace: str, database_url: str) -> None:
    watch = await Watch(rig, workspace).begun()
    made = await make(rig, workspace, rule("ABOVE", 2))
    await send(rig, workspace, 3)
    await look(rig, database_url)
    fired = await watch.next()
    assert (fired.event, fired.alert.rule_id, fired.alert.state, fired.alert.value) == ("fired", made.id, FIRED, 3)
    assert fired.alert.summary == "Rush: 3 messages in the last hour, above 2."
    (told,) = await audited(rig, workspace, action="FireAlert")
    assert (told.actor_kind, told.actor_id, told.actor_name) == (AUDIT_ACTOR_KIND_RULE, made.id, "Rush")
    assert (told.resource_kind, told.resource_id) == ("alert", fired.alert.id)
    await send(rig, workspace, 1)
    await look(rig, database_url)
    seen = await checked(rig, workspace, made.id, after=fired.alert.start_time.ToDatetime(UTC))
    assert not seen.problem
    assert [alert.id for alert in (await alerts_of(rig, workspace)).alerts] == [fired.alert.id]
    async with connection(database_url) as owner:
        await owner.execute("DELETE FROM messages WHERE workspace_id = $1", workspace)
    await look(rig, database_url)
    resolved = await watch.next()
    assert (resolved.event, resolved.alert.id, resolved.alert.state) == ("resolved", fired.alert.id, RESOLVED)
    assert resolved.alert.HasField("end_time")
    await send(rig, workspace, 5)
    await look(rig, database_url)
    again = await watch.next()
    assert (again.event, again.alert.value) == ("fired", 5)
    history = (await alerts_of(rig, workspace)).alerts
    assert [alert.state for alert in history] == [FIRED, RESOLVED]
    watch.end()


async def alerts_of(rig: StoreRig, workspace: str, **request: Any) -> alert_pb2.ListAlertsResponse:
    return await stub(rig, workspace, Role.VIEWER).ListAlerts(alert_pb2.ListAlertsRequest(**request))


async def checked(rig: StoreRig, workspace: str, rule_id: str, after: datetime) -> alert_pb2.AlertRule:
    """The rule when it has been evaluated after an instant."""
    asking = stub(rig, workspace)
    async with asyncio.timeout(60):
        while True:
            found = (await asking.GetAlertRule(alert_pb2.GetAlertRuleRequest(id=rule_id))).rule
            if found.HasField("check_time") and found.check_time.ToDatetime(UTC) > after:
                return found
            await asyncio.sleep(0.02)


async def test_an_episode_makes_one_ticket_where_the_rule_says_so(
    rig: StoreRig, workspace: str, database_url: str
) -> None:
    watch = await Watch(rig, workspace).begun()
    wanted = rule("ABOVE", 2)
    wanted.opens_ticket = True
    made = await make(rig, workspace, wanted)
    assert made.opens_ticket
    await send(rig, workspace, 3)
    await look(rig, database_url)
    fired = await watch.next()
    await look(rig, database_url)
    await checked(rig, workspace, made.id, after=fired.alert.start_time.ToDatetime(UTC))
    tickets = TicketServiceStub(rig.client.channel(caller(workspace_id=workspace)))
    (ticket,) = (await tickets.ListTickets(ticket_pb2.ListTicketsRequest())).tickets
    assert (ticket.subject, ticket.body) == ("Rush", fired.alert.summary)
    assert dict(ticket.metadata) == {"alert_id": fired.alert.id, "rule_id": made.id}
    watch.end()


async def test_the_conditions(rig: StoreRig, workspace: str, database_url: str) -> None:
    await send(rig, workspace, 4, ago=timedelta(minutes=90))
    await send(rig, workspace, 6, ago=timedelta(minutes=5))
    users = question_pb2.StatsQuery(measure=question_pb2.MEASURE_UNIQUE_USERS)
    telegram = question_pb2.StatsQuery(
        filters=question_pb2.Filters(sources=question_pb2.ValueFilter(any_of=["telegram"]))
    )
    wanted = {
        "above": rule("ABOVE", 5, query=users, name="above"),
        "below": rule("BELOW", 1, query=telegram, name="below"),
        "change": rule("CHANGE", 0.5, name="change"),
        "steady": rule("CHANGE", 0.51, name="steady"),
        "spike": rule("SPIKE", 0, name="spike"),
    }
    made = {name: await make(rig, workspace, item) for name, item in wanted.items()}
    for item in made.values():
        assert not (await checked(rig, workspace, item.id, datetime(2026, 1, 1, tzinfo=UTC))).problem
    found = {alert.rule_name: alert for alert in (await alerts_of(rig, workspace)).alerts}
    assert sorted(found) == ["above", "below", "change"]
    assert (found["above"].value, found["above"].compared_with) == (6, 5)
    assert (found["below"].value, found["below"].compared_with) == (0, 1)
    assert (found["change"].value, found["change"].compared_with) == (6, 4)
    assert found["above"].query.measure == question_pb2.MEASURE_UNIQUE_USERS
    assert found["above"].query.range.HasField("start")


async def test_a_question_of_a_receipt_can_be_watched(rig: StoreRig, workspace: str) -> None:
    start, end = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 8, tzinfo=UTC)
    receipt = question_pb2.StatsQuery(
        measure=question_pb2.MEASURE_MESSAGE_COUNT,
        filters=question_pb2.Filters(categories=question_pb2.ValueFilter(any_of=["deposit"])),
        range=question_pb2.TimeRange(start=timestamp(start), end=timestamp(end)),
        group_by=[question_pb2.DIMENSION_DAY],
        time_zone="Europe/Ljubljana",
        limit=10,
        as_of=timestamp(end),
    )
    wanted = rule("CHANGE", 0.2, query=receipt)
    wanted.ClearField("window")
    made = await make(rig, workspace, wanted)
    assert made.window.seconds == 7 * 86_400
    assert (list(made.query.group_by), made.query.limit, made.query.HasField("as_of")) == ([], 0, False)
    assert not made.query.HasField("range")
    assert list(made.query.filters.categories.any_of) == ["deposit"]
    assert made.query.time_zone == "Europe/Ljubljana"


async def test_acknowledging_and_its_roles(rig: StoreRig, workspace: str) -> None:
    watch = await Watch(rig, workspace).begun()
    made = await make(rig, workspace, rule("BELOW", 1))
    alert = (await watch.next()).alert
    agent = stub(rig, workspace, Role.AGENT)
    request = alert_pb2.AcknowledgeAlertRequest(id=alert.id)
    noted = (await agent.AcknowledgeAlert(request)).alert
    assert (noted.acknowledged_by, noted.HasField("acknowledge_time")) == (caller().user_id, True)
    assert (await agent.AcknowledgeAlert(request)).alert == noted
    assert (await watch.next()).event == "acknowledged"
    viewer = stub(rig, workspace, Role.VIEWER)
    assert isinstance(await error_of(viewer.AcknowledgeAlert(request)), PermissionDeniedError)
    refused = alert_pb2.CreateAlertRuleRequest(rule=rule())
    assert isinstance(await error_of(agent.CreateAlertRule(refused)), PermissionDeniedError)
    await stub(rig, workspace).DeleteAlertRule(alert_pb2.DeleteAlertRuleRequest(id=made.id))
    ended = await watch.next()
    assert (ended.event, ended.alert.acknowledged_by) == ("resolved", caller().user_id)
    assert (await viewer.GetAlert(alert_pb2.GetAlertRequest(id=alert.id))).alert.state == RESOLVED
    watch.end()


async def test_a_watch_goes_on_where_it_ended(rig: StoreRig, workspace: str) -> None:
    first = await Watch(rig, workspace).begun()
    begun = first.cursor
    await make(rig, workspace, rule("BELOW", 1, name="one"))
    one = await first.next()
    first.end()
    await make(rig, workspace, rule("BELOW", 1, name="two"))
    later = await Watch(rig, workspace, one.cursor).begun()
    assert (await later.next()).alert.rule_name == "two"
    later.end()
    whole = await Watch(rig, workspace, begun).begun()
    assert [(await whole.next()).alert.rule_name for _ in range(2)] == ["one", "two"]
    whole.end()
    elsewhere = Watch(rig, f"{workspace}x", begun)
    assert (await error_of(elsewhere._call.read())).reason == ErrorReason.BAD_PAGE_TOKEN


def verified(posted: Posted, secret: str) -> bool:
    """As a receiver checks it, from the documentation alone."""
    parts = dict(part.split("=", 1) for part in posted.headers["earshot-signature"].split(","))
    mac = hmac.new(secret.encode(), f"{parts['t']}.".encode() + posted.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(mac, parts["v1"]) and abs(int(parts["t"]) - datetime.now(UTC).timestamp()) < 300


async def deliveries(rig: StoreRig, workspace: str, alert_id: str, state: int) -> list[alert_pb2.AlertDelivery]:
    """The deliveries of an alert when the last one is in this state."""
    asking = stub(rig, workspace, Role.VIEWER)
    async with asyncio.timeout(60):
        while True:
            found = (await asking.GetAlert(alert_pb2.GetAlertRequest(id=alert_id))).deliveries
            if found and found[-1].state == state:
                return list(found)
            await asyncio.sleep(0.02)


async def test_a_webhook_is_signed_retried_with_one_id_and_told_of_the_end(
    rig: StoreRig, workspace: str, hook: Hook
) -> None:
    hook.statuses = [500, 302]
    hook.location = hook.url("/elsewhere")
    made = await make(rig, workspace, rule("BELOW", 1, webhook_url=hook.url("/a?b=c")))
    assert len(made.webhook_secret) >= 32
    posted = await hook.received(3)
    assert {item.path for item in posted} == {"/a?b=c"}, "no redirect is followed"
    assert len({item.headers["earshot-delivery"] for item in posted}) == 1
    assert len({item.body for item in posted}) == 1
    assert all(verified(item, made.webhook_secret) for item in posted)
    assert not verified(posted[0], made.webhook_secret + "x")
    message = posted[0].json
    assert (message["event"], message["alert"]["rule_id"], message["alert"]["state"]) == ("fired", made.id, "firing")
    (delivery,) = await deliveries(rig, workspace, message["alert"]["id"], alert_pb2.DELIVERY_STATE_DELIVERED)
    assert (delivery.attempts, delivery.last_status, delivery.last_problem) == (3, 200, "")
    assert delivery.id == posted[0].headers["earshot-delivery"]
    assert (rig.metric("earshot_alert_deliveries_total", outcome="retried") or 0) >= 2
    assert (rig.metric("earshot_alert_evaluations_total", outcome="holds") or 0) >= 1
    kept = (await stub(rig, workspace).GetAlertRule(alert_pb2.GetAlertRuleRequest(id=made.id))).rule
    assert kept.webhook_secret == ""
    await stub(rig, workspace).DeleteAlertRule(alert_pb2.DeleteAlertRuleRequest(id=made.id))
    ended = (await hook.received(4))[3]
    assert (ended.json["event"], ended.json["alert"]["state"]) == ("resolved", "resolved")
    assert verified(ended, made.webhook_secret)


async def test_the_end_of_an_alert_is_not_told_before_its_beginning(
    rig: StoreRig, workspace: str, hook: Hook, database_url: str
) -> None:
    hook.statuses = [503] * 100
    made = await make(rig, workspace, rule("BELOW", 1, webhook_url=hook.url()))
    (alert,) = await fired(rig, workspace)
    of_alert = "WHERE alert_id = $1 AND state = 'pending'"
    async with connection(database_url) as owner:
        await hook.received(1)
        later = f"UPDATE alert_deliveries SET next_time = now() + interval '1 hour' {of_alert}"
        assert await owner.execute(later, UUID(alert.id)) == "UPDATE 1"
        hook.statuses = []
        before = len(hook.posted)
        await stub(rig, workspace).DeleteAlertRule(alert_pb2.DeleteAlertRuleRequest(id=made.id))
        await make(rig, workspace, rule("BELOW", 1, name="another", webhook_url=hook.url()))
        await hook.received(before + 1)
        await owner.execute(f"UPDATE alert_deliveries SET next_time = now() {of_alert}", UUID(alert.id))
        await owner.execute("SELECT pg_notify('earshot_alert_deliveries', '')")
    await deliveries(rig, workspace, alert.id, alert_pb2.DELIVERY_STATE_DELIVERED)
    posted = await hook.received(before + 3)
    events = [item.json["event"] for item in posted[before:] if item.json["alert"]["id"] == alert.id]
    assert events == ["fired", "resolved"]


async def test_a_receiver_that_does_not_answer_keeps_nobody_waiting(rig: StoreRig, workspace: str, hook: Hook) -> None:
    hook.held = asyncio.Event()
    slow = await make(rig, workspace, rule("BELOW", 1, webhook_url=hook.url()))
    await hook.received(1)
    async with webhook() as quick:
        await make(rig, workspace, rule("BELOW", 1, name="quick", webhook_url=quick.url()))
        await quick.received(1)
    (alert,) = (await alerts_of(rig, workspace, rule_id=slow.id)).alerts
    (delivery,) = (await stub(rig, workspace).GetAlert(alert_pb2.GetAlertRequest(id=alert.id))).deliveries
    assert delivery.attempts == 0
    hook.held.set()


async def test_a_webhook_that_never_answers_well_is_given_up_and_shown(
    rig: StoreRig, workspace: str, hook: Hook, database_url: str
) -> None:
    hook.statuses = [503] * 100
    await make(rig, workspace, rule("BELOW", 1, webhook_url=hook.url()))
    (alert,) = await fired(rig, workspace)
    async with asyncio.timeout(60):
        while len(hook.posted) < 8:
            async with connection(database_url) as owner:
                await owner.execute("UPDATE alert_deliveries SET next_time = now() WHERE state = 'pending'")
                await owner.execute("SELECT pg_notify('earshot_alert_deliveries', '')")
            await asyncio.sleep(0.05)
    (delivery,) = await deliveries(rig, workspace, alert.id, alert_pb2.DELIVERY_STATE_DEAD)
    assert (delivery.attempts, delivery.last_status, delivery.last_problem) == (8, 503, "answered 503")
    assert not delivery.HasField("next_time")
    async with connection(database_url) as owner:
        secrets = await owner.fetch("SELECT secret FROM alert_deliveries WHERE workspace_id = $1", workspace)
    assert [row["secret"] for row in secrets] == [""]


async def test_a_message_that_nobody_can_post_holds_up_none(
    rig: StoreRig, workspace: str, hook: Hook, database_url: str
) -> None:
    async with connection(database_url) as owner:
        await owner.execute(
            "INSERT INTO alert_deliveries (workspace_id, id, alert_id, event, url, secret, body, next_time)"
            " SELECT $1, gen_random_uuid(), gen_random_uuid(), 'fired', 'https://a..b/hook', 's', '{}', '-infinity'"
            " FROM generate_series(1, 4)",
            workspace,
        )
        await make(rig, workspace, rule("BELOW", 1, webhook_url=hook.url()))
        await hook.received(1)
        told = await owner.fetch(
            "SELECT DISTINCT last_problem FROM alert_deliveries WHERE workspace_id = $1 AND url ~ 'a..b'", workspace
        )
    assert [row["last_problem"] for row in told] == ["cannot be posted (UnicodeError)"]


async def fired(rig: StoreRig, workspace: str) -> list[alert_pb2.Alert]:
    """The alerts of a workspace, when there are any."""
    async with asyncio.timeout(60):
        while True:
            if found := (await alerts_of(rig, workspace)).alerts:
                return list(found)
            await asyncio.sleep(0.02)


async def test_rules_are_made_once_per_request_and_changed_by_etag(rig: StoreRig, workspace: str) -> None:
    asking = stub(rig, workspace)
    request = alert_pb2.CreateAlertRuleRequest(rule=rule(), request_id=str(uuid4()))
    first = (await asking.CreateAlertRule(request)).rule
    assert (await asking.CreateAlertRule(request)).rule.id == first.id
    request.rule.name = "Other"
    assert isinstance(await error_of(asking.CreateAlertRule(request)), AlreadyExistsError)
    changed = alert_pb2.AlertRule()
    changed.CopyFrom(first)
    changed.name = "Calm"
    changed.disabled = True
    second = (await asking.UpdateAlertRule(alert_pb2.UpdateAlertRuleRequest(rule=changed))).rule
    assert (second.name, second.disabled, second.etag != first.etag) == ("Calm", True, True)
    stale = await error_of(asking.UpdateAlertRule(alert_pb2.UpdateAlertRuleRequest(rule=changed)))
    assert isinstance(stale, ConflictError)
    stranger = stub(rig, f"{workspace}x")
    for call in (
        stranger.GetAlertRule(alert_pb2.GetAlertRuleRequest(id=first.id)),
        stranger.DeleteAlertRule(alert_pb2.DeleteAlertRuleRequest(id=first.id)),
        stranger.UpdateAlertRule(alert_pb2.UpdateAlertRuleRequest(rule=second)),
        stranger.GetAlert(alert_pb2.GetAlertRequest(id=first.id)),
        stranger.AcknowledgeAlert(alert_pb2.AcknowledgeAlertRequest(id=first.id)),
    ):
        assert isinstance(await error_of(call), NotFoundError)


async def test_rules_and_alerts_are_listed_in_pages(rig: StoreRig, workspace: str) -> None:
    asking = stub(rig, workspace)
    made = [await make(rig, workspace, rule("ABOVE", 10**9, name=f"r{n}", disabled=True)) for n in range(3)]
    first = await asking.ListAlertRules(alert_pb2.ListAlertRulesRequest(page_size=2))
    rest = await asking.ListAlertRules(alert_pb2.ListAlertRulesRequest(page_size=2, page_token=first.next_page_token))
    assert [item.id for item in (*first.rules, *rest.rules)] == [item.id for item in reversed(made)]
    assert rest.next_page_token == ""
    bad = asking.ListAlerts(alert_pb2.ListAlertsRequest(page_token=first.next_page_token))
    assert (await error_of(bad)).reason == ErrorReason.BAD_PAGE_TOKEN


async def test_what_is_wrong_with_a_rule_is_named(rig: StoreRig, workspace: str) -> None:
    for wanted, field in (
        (alert_pb2.AlertRule(name="a", window=Duration(seconds=60)), "rule.condition.kind"),
        (rule(name=""), "rule.name"),
        (rule(window=Duration(seconds=-5)), "rule.window"),
        (rule(webhook_url="ftp://example.com"), "rule.webhook_url"),
        (rule(query=question_pb2.StatsQuery(time_zone="Mars")), "rule.query.time_zone"),
    ):
        request = alert_pb2.CreateAlertRuleRequest(rule=wanted)
        assert (await error_of(stub(rig, workspace).CreateAlertRule(request))).violations[0].field == field
    both = rule(name="", query=question_pb2.StatsQuery(time_zone="Mars"))
    error = await error_of(stub(rig, workspace).CreateAlertRule(alert_pb2.CreateAlertRuleRequest(rule=both)))
    assert {violation.field for violation in error.violations} == {"rule.query.time_zone", "rule.name"}


async def test_nothing_is_posted_into_private_networks(
    tmp_path: Path, postgres_url: str, hook: Hook, workspace: str
) -> None:
    """A name that leads to this machine passes as a name, and is stopped where it is resolved."""
    async with (
        fresh_database(postgres_url, "guarded") as url,
        running_store(tmp_path, url, alert_retry_seconds=3600) as guarded,
    ):
        refused = rule("BELOW", 1, webhook_url=hook.url())
        error = await error_of(make(guarded, workspace, refused))
        assert error.violations[0].field == "rule.webhook_url"
        await make(guarded, workspace, rule("BELOW", 1, webhook_url=f"http://localhost:{hook.port}/hook"))
        (alert,) = await fired(guarded, workspace)
        asking = stub(guarded, workspace)
        async with asyncio.timeout(60):
            while True:
                (delivery,) = (await asking.GetAlert(alert_pb2.GetAlertRequest(id=alert.id))).deliveries
                if delivery.attempts:
                    break
                await asyncio.sleep(0.02)
    assert (delivery.last_status, delivery.last_problem) == (0, "the address is in a private network")
    assert hook.posted == []

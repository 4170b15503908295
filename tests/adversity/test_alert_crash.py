"""kill -9 of the store between firing and delivery: the webhook hears of it all the same, under the same id."""

import asyncio
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration

from deploy.local.servers import free_port
from earshot.store.v1 import alert_pb2
from earshot.store.v1.alert_pb2_grpc import AlertServiceStub
from services.runtime.auth import Role
from services.runtime.keys import generate_keys
from tests.support.postgres import connection, fresh_database
from tests.support.store import caller, store_process
from tests.support.webhook import webhook


@pytest.mark.slow
async def test_what_was_in_hand_is_posted_again_with_its_id(tmp_path: Path, postgres_url: str, migrated: str) -> None:
    keys = generate_keys(tmp_path / "keys")
    settings = {"EARSHOT_ALERT_PRIVATE_WEBHOOKS": "true"}
    async with (
        fresh_database(postgres_url, "alerts", template=migrated) as url,
        webhook() as hook,
        connection(url) as owner,
    ):
        hook.held = held = asyncio.Event()
        async with store_process(tmp_path, url, free_port(), keys=keys, **settings) as victim:
            stub = AlertServiceStub(victim.client.channel(caller(Role.ADMIN)))
            rule = alert_pb2.AlertRule(
                name="Silence",
                condition=alert_pb2.AlertCondition(kind=alert_pb2.ALERT_CONDITION_KIND_BELOW, threshold=1),
                window=Duration(seconds=60),
                webhook_url=hook.url(),
            )
            await stub.CreateAlertRule(alert_pb2.CreateAlertRuleRequest(rule=rule))
            await hook.received(1)
            await victim.kill()
        assert await owner.fetchval("SELECT state FROM alert_deliveries") == "pending"
        hook.held = None
        held.set()
        async with store_process(tmp_path, url, free_port(), keys=keys, **settings):
            first, second = await hook.received(2)
            async with asyncio.timeout(60):
                while await owner.fetchval("SELECT state FROM alert_deliveries") != "delivered":  # noqa: ASYNC110 - a row
                    await asyncio.sleep(0.05)
        assert first.headers["earshot-delivery"] == second.headers["earshot-delivery"]
        assert first.body == second.body
        assert await owner.fetchval("SELECT count(*) FROM alerts") == 1
        assert await owner.fetchval("SELECT count(*) FROM alert_events") == 1

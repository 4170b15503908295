"""kill -9 of the store while it analyses tickets: none is lost, none analysed twice."""

import asyncio
from pathlib import Path

import pytest

from deploy.local.servers import free_port
from earshot.store.v1 import ticket_pb2
from earshot.store.v1.ticket_pb2_grpc import TicketServiceStub
from services.runtime.keys import generate_keys
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import scripted_classifier
from tests.support.store import store_process

TICKETS = 20


@pytest.mark.slow
async def test_tickets_wait_for_whoever_comes_next(tmp_path: Path, postgres_url: str, migrated: str) -> None:
    keys = generate_keys(tmp_path / "keys")
    async with (
        fresh_database(postgres_url, "tickets", template=migrated) as url,
        scripted_classifier(held=True) as (script, address),
        connection(url) as owner,
    ):
        settings = {"EARSHOT_CLASSIFIER_ADDRESS": address}
        async with store_process(tmp_path, url, free_port(), keys=keys, **settings) as victim:
            stub = TicketServiceStub(victim.client.channel())
            for number in range(TICKETS):
                await stub.CreateTicket(ticket_pb2.CreateTicketRequest(body=f"deposit {number}"))
            await script.entered.wait()
            await victim.kill()
        assert await owner.fetchval("SELECT count(*) FROM ticket_queue") == TICKETS
        script.open.set()
        async with store_process(tmp_path, url, free_port(), keys=keys, **settings):
            async with asyncio.timeout(60):
                while await owner.fetchval("SELECT count(*) FROM ticket_queue"):  # noqa: ASYNC110 - a row
                    await asyncio.sleep(0.05)
        counted = await owner.fetchrow("SELECT count(*), count(DISTINCT ticket_id) FROM ticket_analyses")
        assert tuple(counted or ()) == (TICKETS, TICKETS)

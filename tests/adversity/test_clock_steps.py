"""The clock of a running store steps an hour ahead, then two hours back (T39).

Calls under way do not notice, tokens are judged by the new time, and nothing that is measured becomes negative.
libfaketime stands between the process and the system's clock, which no test may set; this runs where it is installed.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.servers import free_port
from earshot.store.v1 import message_pb2
from services.runtime.auth import TokenSigner, TokenVerifier
from services.runtime.errors import ErrorReason, UnauthenticatedError
from services.runtime.keys import generate_keys
from tests.support.postgres import fresh_database
from tests.support.scripted_classifier import Script, scripted_classifier
from tests.support.store import StoreClient, caller, error_of, ingest, new_message, store_process

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clock of another process: this machine's and an offset, which a file holds."""

    file: Path

    def step(self, seconds: int) -> None:
        """From now on it is so far ahead of this machine's."""
        self.file.write_text(f"{seconds:+d}")

    def environment(self) -> dict[str, str]:
        """What makes a process go by it. Timers are left alone, as a step of the real clock leaves them."""
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def at(client: StoreClient, key: Path, offset: int) -> StoreClient:
    """A client whose tokens are signed by a clock that is so far ahead."""
    return StoreClient(address=client.address, signer=TokenSigner(key.read_text(), clock=lambda: time.time() + offset))


async def refusal(client: StoreClient, name: str) -> str:
    """Why a call with a fresh token of this user is refused."""
    stub = client.messages(caller(user_id=name))
    return (await error_of(stub.GetMessage(message_pb2.GetMessageRequest(id="none")))).reason


async def measured(port: int) -> dict[str, float]:
    """Every sum and gauge of seconds that the process shows."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    return {
        f"{sample.name}{sample.labels}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if "seconds" in sample.name and not sample.name.endswith("_created")
    }


async def labelled_over_a_step(client: StoreClient, script: Script, clock: Clock, offset: int) -> list[str]:
    """Intents of a message that waited for its labels while the clock stepped."""
    script.entered.clear()
    script.open.clear()
    request = ingest(new_message(f"deposit {offset}"), wait_seconds=30)
    waiting = asyncio.ensure_future(client.messages().IngestMessages(request, timeout=60))
    await script.entered.wait()
    clock.step(offset)
    assert await refusal(client, f"here {offset}") in {ErrorReason.TOKEN_EXPIRED, ErrorReason.TOKEN_INVALID}
    assert not waiting.done()
    script.open.set()
    (message,) = (await waiting).messages
    return [intent.label for intent in message.labels.intents]


@pytest.mark.slow
@pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed")
async def test_a_stepped_clock_ends_no_call_and_makes_no_time_negative(
    tmp_path: Path, postgres_url: str, migrated: str
) -> None:
    keys, metrics = generate_keys(tmp_path / "keys"), free_port()
    clock = Clock(file=tmp_path / "clock")
    clock.step(0)
    async with (
        fresh_database(postgres_url, "clock", template=migrated) as url,
        scripted_classifier(held=True) as (script, address),
    ):
        settings = {"EARSHOT_CLASSIFIER_ADDRESS": address, "EARSHOT_METRICS_PORT": str(metrics), **clock.environment()}
        async with store_process(tmp_path, url, free_port(), keys=keys, **settings) as process:
            before = process.client
            for offset in (HOUR, -HOUR):
                after = at(before, keys.private_key, offset)
                assert await labelled_over_a_step(before, script, clock, offset) == ["deposit_failed"]
                assert await refusal(after, f"there {offset}") == ErrorReason.BAD_ID
                await before.close()
                before = after
            await before.close()
            times = await measured(metrics)
    assert times
    assert {name: value for name, value in times.items() if value < 0} == {}


def test_a_key_taken_away_is_noticed_though_the_clock_went_back(tmp_path: Path) -> None:
    keys, now = generate_keys(tmp_path / "keys"), time.time()
    offset = HOUR
    signer = TokenSigner.from_file(keys.private_key)
    verifier = TokenVerifier.from_file(keys.public_key, clock=lambda: now + offset)
    token = signer.sign(caller(), lifetime_seconds=2 * HOUR)
    assert verifier.verify(token) == caller()
    offset = 0
    generate_keys(tmp_path / "other").public_key.replace(keys.public_key)
    with pytest.raises(UnauthenticatedError):
        verifier.verify(token)

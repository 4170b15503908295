"""The disk under Postgres fills up and has room again: nothing acknowledged is lost, nobody mends anything (T12).

Needs a small file system of its own, which only root may mount; elsewhere the test is skipped.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from earshot.store.v1 import message_pb2
from services.runtime.errors import ErrorKind
from services.runtime.status import from_rpc_error
from tests.support.postgres import killable_postgres
from tests.support.store import StoreRig, ingest, list_all, new_message, running_store

SIZE = "256m"
LETTERS = "abcdefghijklmnopqrstuvwxyz 0123456789"
MOST_REQUESTS = 60


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(file: Path) -> None:
    """Leaves no room beside this file."""
    with file.open("wb", buffering=0) as filler:
        for size in (1_000_000, 4_096):
            try:
                while filler.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


def texts(chance: random.Random) -> list[str]:
    """Four long texts that do not compress."""
    return ["".join(chance.choices(LETTERS, k=19_000)) for _ in range(4)]


async def store(rig: StoreRig, acknowledged: set[str], chance: random.Random) -> ErrorKind | None:
    """Sends a request; the kind of its failure, None where it was acknowledged."""
    try:
        request = ingest(*(new_message(text) for text in texts(chance)))
        answer = await rig.client.messages().IngestMessages(request, timeout=20)
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error).kind
    acknowledged |= {message.id for message in answer.messages}
    return None


def page(token: str) -> message_pb2.ListMessagesRequest:
    return message_pb2.ListMessagesRequest(page_token=token)


async def test_a_full_disk_refuses_and_forgets_nothing(disk: Path, tmp_path: Path) -> None:
    chance, acknowledged = random.Random(12), set[str]()
    async with (
        killable_postgres(disk / "postgres") as postgres,
        running_store(tmp_path, postgres.url, enricher_concurrency=0) as rig,
    ):
        assert await store(rig, acknowledged, chance) is None
        fill(disk / "filler")
        ends = set[ErrorKind | None]()
        for _ in range(MOST_REQUESTS):
            ends.add(await store(rig, acknowledged, chance))
            if len(ends) > 1:
                break
        assert ends - {None} <= {ErrorKind.UNAVAILABLE, ErrorKind.LIMIT_EXCEEDED}
        assert ends - {None}, "the disk had room all along"
        (disk / "filler").unlink()
        await rig.client.serving()
        assert await store(rig, acknowledged, chance) is None
        assert {message.id for message in await list_all(rig.client.messages(), page)} == acknowledged

"""The classifier as a process of its own: starts, labels, drains on SIGTERM, and names every wrong setting."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from services.runtime.auth import TokenSigner
from services.runtime.channel import open_channel
from services.runtime.keys import KeyFiles
from services.runtime.service_token import ServiceToken
from tests.support.classifier import AGENT

if TYPE_CHECKING:
    from earshot.classifier.v1.classifier_pb2_grpc import ClassifierServiceAsyncStub


async def start(**settings: str) -> asyncio.subprocess.Process:
    """`python -m services.classifier` with these settings alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.classifier", env=kept | settings, stderr=asyncio.subprocess.PIPE
    )


async def first_answer(stub: "ClassifierServiceAsyncStub") -> classifier_pb2.ClassifyResponse:
    """An answer as soon as there is one; until then the process must be UNAVAILABLE and nothing else."""
    call = stub.Classify(classifier_pb2.ClassifyRequest(texts=["where is my money"]))
    while await call.code() is grpc.StatusCode.UNAVAILABLE:
        await asyncio.sleep(0.1)
        call = stub.Classify(classifier_pb2.ClassifyRequest(texts=["where is my money"]))
    return await call


async def test_it_labels_and_ends_with_code_0_on_sigterm(classifier_keys: KeyFiles) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await start(EARSHOT_PUBLIC_KEY_FILE=str(classifier_keys.public_key), EARSHOT_CLASSIFIER_PORT=str(port))
    token = ServiceToken(value=TokenSigner.from_file(classifier_keys.private_key).sign(AGENT))
    async with asyncio.timeout(60), open_channel(f"127.0.0.1:{port}", service_token=token) as channel:
        stub = classifier_pb2_grpc.ClassifierServiceStub(channel)
        response = await first_answer(stub)
        assert response.results[0].intents
    process.send_signal(signal.SIGTERM)
    _, log = await process.communicate()
    assert process.returncode == 0, log.decode()


async def test_wrong_settings_are_all_named(tmp_path: Path) -> None:
    process = await start(
        EARSHOT_PUBLIC_KEY_FILE=str(tmp_path / "none.pem"),
        EARSHOT_CLASSIFIER_PORT="70000",
        EARSHOT_CLASSIFIER_QUEUE_TEXTS="5",
    )
    _, log = await process.communicate()
    assert process.returncode == 2
    for name in ("EARSHOT_PUBLIC_KEY_FILE", "EARSHOT_CLASSIFIER_PORT", "EARSHOT_CLASSIFIER_QUEUE_TEXTS"):
        assert name in log.decode()

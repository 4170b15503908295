"""Other servers on the same model: infinity-emb (Optimum engine, HTTP) and MLServer (adaptive batching, V2 gRPC).

Each lives in an environment of its own under `bench/.data/peers`, installed from PyPI when it is first asked for; one
that cannot be installed or started is named with its last words and left out. Each gets 32 callers with single texts,
the one way both know, in turn with the same callers and one stream of our own, and no other server runs meanwhile.
"""

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import grpc
import httpx2

from deploy.local.servers import free_port
from inference import grpc_predict_v2_pb2 as v2
from inference import grpc_predict_v2_pb2_grpc as v2_grpc

HERE: Final = Path(__file__).parent
PEERS: Final = HERE / ".data" / "peers"
TARGET: Final = 2.5
_START_SECONDS: Final = 240
_END_SECONDS: Final = 20

Ask: TypeAlias = Callable[[str], Awaitable[object]]
"""One text, asked and answered."""
Race: TypeAlias = Callable[[Ask], Awaitable[float]]
"""Seconds for all texts by concurrent callers."""
Ours: TypeAlias = Callable[[], Awaitable[dict[str, float]]]
"""Way through our server → seconds for all texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """How a server is installed, started and asked."""

    name: str
    requirements: tuple[str, ...]
    command: Callable[[Path, int], list[str]]
    """From the model's folder and a port; its first word is a program of its own environment."""
    asking: Callable[[int], AbstractAsyncContextManager[Ask]]
    """A client of the server on a port."""


class PeerError(Exception):
    """It could not be installed or started; the text is its last words."""


async def compare_peers(race: Race, ours: Ours, artefact: Path, rounds: int) -> dict[str, object]:
    """For each peer how many times as fast each way through our server is (median), or why it could not be asked."""
    found: dict[str, object] = {"target": TARGET}
    for peer in (INFINITY, MLSERVER):
        try:
            model = await asyncio.to_thread(_installed, peer, artefact)
            found[peer.name] = await _compared(peer, model, race, ours, rounds)
        except PeerError as error:
            found[peer.name] = {"failed": str(error)}
    return found


def _installed(peer: Peer, artefact: Path) -> Path:
    """The folder of the model as the peer reads it, after installing the peer."""
    folder, model = PEERS / peer.name, PEERS / "model"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        _run([sys.executable, "-m", "venv", str(folder)])
        # uv, of our own development tools: pip tries versions of MLServer's dependencies for a quarter of an hour.
        uv = str(Path(sys.executable).with_name("uv"))
        _run([uv, "pip", "install", "--quiet", "--python", str(python), *peer.requirements])
        (folder / "installed").touch()
    _run([str(python), str(HERE / "peer_model.py"), str(artefact), str(model)])
    return model


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PeerError(f"{' '.join(command[:4])} …: {_last_words(done.stderr)}")


def _last_words(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("WARNING")]
    return " | ".join(lines[-3:])[-400:]


async def _compared(peer: Peer, model: Path, race: Race, ours: Ours, rounds: int) -> dict[str, float]:
    theirs: list[float] = []
    own: list[dict[str, float]] = []
    for _ in range(rounds):
        async with _running(peer, model) as ask:
            await race(ask)
            theirs.append(await race(ask))
        own.append(await ours())
    pairs = list(zip(theirs, own, strict=True))
    return {"seconds": round(statistics.median(theirs), 2)} | {
        f"{way}_times_as_fast": round(statistics.median(their / seconds[way] for their, seconds in pairs), 2)
        for way in own[0]
    }


@asynccontextmanager
async def _running(peer: Peer, model: Path) -> AsyncIterator[Ask]:
    """The server, and one that asks it, once it answers."""
    port, log = free_port(), PEERS / f"{peer.name}.log"
    program, *arguments = peer.command(model, port)
    environment = os.environ | {"PEER_MODEL": str(model), "HF_HUB_OFFLINE": "1"}
    output = log.open("w")
    process = await asyncio.create_subprocess_exec(
        str(PEERS / peer.name / "bin" / program), *arguments, cwd=PEERS, env=environment, stdout=output, stderr=output
    )
    try:
        async with peer.asking(port) as ask:
            await _answers(ask, process, log)
            yield ask
    finally:
        await _ended(process)
        output.close()


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Ends a server, by force where it does not listen."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _answers(ask: Ask, process: asyncio.subprocess.Process, log: Path) -> None:
    """Returns when the server answers. Raises PeerError when it ended or takes too long."""
    try:
        async with asyncio.timeout(_START_SECONDS):
            while process.returncode is None:
                try:
                    await ask("hello")
                except (httpx2.HTTPError, grpc.aio.AioRpcError):
                    await asyncio.sleep(0.5)
                else:
                    return
    except TimeoutError:
        pass
    raise PeerError(f"it does not answer: {_last_words(_read(log))}")


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")


def _infinity(model: Path, port: int) -> list[str]:
    where = ["--model-id", str(model), "--served-model-name", "earshot", "--port", str(port), "--host", "127.0.0.1"]
    # Its warm-up sends texts longer than the model reads.
    how = ["--engine", "optimum", "--device", "cpu", "--no-bettertransformer", "--no-model-warmup"]
    return ["infinity_emb", "v2", *where, *how]


@asynccontextmanager
async def _asking_infinity(port: int) -> AsyncIterator[Ask]:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:

        async def ask(text: str) -> object:
            response = await client.post("/classify", json={"model": "earshot", "input": [text], "raw_scores": True})
            return response.raise_for_status()

        yield ask


def _mlserver(_: Path, port: int) -> list[str]:
    """Its settings are files: batches of up to 32 texts that wait 5 ms for each other, all in its one process."""
    folder = PEERS / "mlserver-settings"
    folder.mkdir(parents=True, exist_ok=True)
    server = {
        "host": "127.0.0.1",
        "http_port": free_port(),
        "grpc_port": port,
        "metrics_port": free_port(),
        "parallel_workers": 0,
    }
    model = {
        "name": "earshot",
        "implementation": "mlserver_runtime.Labels",
        "max_batch_size": 32,
        "max_batch_time": 0.005,
    }
    (folder / "settings.json").write_text(json.dumps(server), encoding="utf-8")
    (folder / "model-settings.json").write_text(json.dumps(model), encoding="utf-8")
    shutil.copy(HERE / "mlserver_runtime.py", folder)
    return ["mlserver", "start", str(folder)]


@asynccontextmanager
async def _asking_mlserver(port: int) -> AsyncIterator[Ask]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = v2_grpc.GRPCInferenceServiceStub(channel)

        async def ask(text: str) -> object:
            contents = v2.InferTensorContents(bytes_contents=[text.encode()])
            tensor = v2.ModelInferRequest.InferInputTensor(
                name="text", datatype="BYTES", shape=[1, 1], contents=contents
            )
            return await stub.ModelInfer(v2.ModelInferRequest(model_name="earshot", inputs=[tensor]))

        yield ask


INFINITY: Final = Peer(
    name="infinity",
    # Later versions of what it needs lack what it imports from them.
    requirements=(
        "infinity-emb[optimum,server,torch]==0.0.77",
        "optimum[onnxruntime]>=1.24,<1.25",
        "transformers<4.50",
        "click<8.2",
        "onnx",
    ),
    command=_infinity,
    asking=_asking_infinity,
)
MLSERVER: Final = Peer(
    name="mlserver",
    requirements=("mlserver==1.7.1", "onnxruntime", "onnx", "tokenizers"),
    command=_mlserver,
    asking=_asking_mlserver,
)

"""The upstream of `bench.chat`: a process of its own that costs as little as it can, so that the sides are measured.

It speaks OpenAI's streaming protocol by ready-made frames, one write per chunk; the request's `model` says which.
`tests/support/openai_server.py` misbehaves in every way there is and takes its time for it; that would be measured.
"""

import asyncio
import itertools
import json
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

FAST: Final = "fast"
SHORT: Final = "short"
PACED: Final = "paced"
CHUNKS: Final[dict[str, int]] = {FAST: 2000, SHORT: 4, PACED: 40}
MODELS: Final = ",".join(CHUNKS)
CROWD: Final = 500
"""Paced answers go on after their first chunk when so many have begun: only then is a crowd there."""
PAUSE_SECONDS: Final = 0.5
"""Between two chunks of a paced answer."""

# An analyst's prose, cut about as a tokenizer does: numerals, names, marks and line ends.
_PROSE: Final = re.findall(
    r"\s?[^\W\d]+|\d+|\s?[^\w\s]+|\s",
    "Over the last 30 days, deposits were the main reason why people wrote to us. Most of these messages came through "
    "Telegram and the live chat, mostly negative.\n\n- **Deposits**: failed cards, missing credits, slow transfers\n"
    "- **Withdrawals**: waiting for the second check\nBy comparison, 7 days earlier all was much the same; only "
    "e-mail stands out. ",
)
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_END: Final = b"0\r\n\r\n"
_DRAIN_EVERY: Final = 8


def deltas(model: str) -> list[str]:
    """The pieces of text that this model answers with."""
    return list(itertools.islice(itertools.cycle(_PROSE), CHUNKS[model]))


def _frame(payload: str) -> bytes:
    data = f"data: {payload}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


def _frames(model: str) -> list[bytes]:
    """Everything that is sent for an answer, one frame per chunk."""
    envelope = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": model}

    def chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return _frame(json.dumps({**envelope, "choices": [choice]}))

    usage = {"prompt_tokens": 20, "completion_tokens": CHUNKS[model], "total_tokens": 20 + CHUNKS[model]}
    last = _frame(json.dumps({**envelope, "choices": [], "usage": usage}))
    return [*(chunk({"content": text}) for text in deltas(model)), chunk({}, "stop"), last, _frame("[DONE]"), _END]


class _Upstream:
    def __init__(self) -> None:
        self._frames = {model: _frames(model) for model in CHUNKS}
        self._crowd = asyncio.Barrier(CROWD)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one connection's requests until it closes."""
        try:
            while model := await _asked_model(reader):
                await (self._pace if model == PACED else self._answer)(writer, self._frames[model])
        except (ConnectionError, asyncio.IncompleteReadError, json.JSONDecodeError):
            pass  # gone, or a peer that asks for something else than an answer
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, frames: Sequence[bytes]) -> None:
        writer.write(_HEAD)
        for number, frame in enumerate(frames):
            writer.write(frame)
            if number % _DRAIN_EVERY == 0:
                await writer.drain()
        await writer.drain()

    async def _pace(self, writer: asyncio.StreamWriter, frames: Sequence[bytes]) -> None:
        writer.write(_HEAD + frames[0])
        await self._crowd.wait()
        for frame in frames[1:]:
            writer.write(frame)
            await asyncio.sleep(PAUSE_SECONDS)
        await writer.drain()


async def _asked_model(reader: asyncio.StreamReader) -> str:
    """The model that the next request names; empty when the client has closed."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
    body = json.loads(await reader.readexactly(length))
    # Peers may name the provider before the model.
    return str(body["model"]).rpartition("/")[2]


async def _serve() -> None:
    server = await asyncio.start_server(_Upstream().serve, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    await server.serve_forever()


@asynccontextmanager
async def upstream_process() -> AsyncIterator[str]:
    """The base URL of a running upstream."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.chat_upstream", stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the upstream has no stdout")
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())

"""Calls per second of a JSON route against the same RPC through grpc.aio directly; one JSON line.

`python -m bench.gateway`. Both sides have the same callers, the same token and the same running services, and take
turns within a round. The HTTP side is called by a client that only writes and reads (keep-alive, no parsing), as gRPC's
core does for the other side; rate limits count in Redis as they do by default, with room for the calls.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from bench.classify import corpus_texts
from bench.stack import bench_stack, conditions
from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from earshot.store.v1 import message_pb2, message_pb2_grpc, stats_pb2, stats_pb2_grpc, user_pb2, user_pb2_grpc
from earshot.types.v1 import question_pb2
from services.runtime.channel import open_channel
from services.runtime.ids import new_id
from services.runtime.service_token import ServiceToken

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
CALLERS = 8
MESSAGES = 1_000
CALLS: Mapping[str, int] = {"stats": 160, "classify": 320, "classify_cached": 320, "list_users": 320}
TEXT = "my deposit has not arrived since yesterday"
STATS: Mapping[str, object] = {"group_by": ["source"], "range": {"start": "2026-03-01T00:00:00Z"}}
TARGETS = {f"{name}_to_direct": 0.5 for name in CALLS}
EPOCH = 1_772_323_200  # 2026-03-01
OK = (b"HTTP/1.1 200", b"HTTP/1.1 201")

Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One keep-alive connection to the gateway."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, request: Callable[[], bytes]) -> None:
        """Sends a request and reads its whole answer, which is a good one."""
        head = await self.exchange(request())
        assert head.startswith(OK), head

    async def exchange(self, request: bytes) -> bytes:
        """Sends a request and reads its whole answer, whatever it is; its head."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await self.reader.readexactly(int(length.split(b":")[1]))
        return head


async def open_wires(url: str, count: int = CALLERS) -> list[Wire]:
    """One per caller, fresh for each turn: the gateway closes those that are silent for long."""
    address = urlsplit(url)
    pairs = [await asyncio.open_connection(address.hostname, address.port) for _ in range(count)]
    return [Wire(reader=reader, writer=writer) for reader, writer in pairs]


def request_bytes(url: str, token: str, method: str, path: str, body: Mapping[str, object] | None) -> bytes:
    """A request as it goes over the wire."""
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", f"Authorization: Bearer {token}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


async def seconds(calls: int, callers: Sequence[Call]) -> float:
    """Time of so many calls, spread over callers side by side."""
    waiting = iter(range(calls))

    async def work(call: Call) -> None:
        for _ in waiting:
            await call()

    started = time.perf_counter()
    await asyncio.gather(*(work(call) for call in callers))
    return time.perf_counter() - started


async def fill(address: str, token: str) -> None:
    """Messages to count, with their labels: giving them later would compete with what is measured."""
    texts = corpus_texts()
    async with open_channel(address, service_token=ServiceToken(value=token)) as channel:
        stub = message_pb2_grpc.MessageServiceStub(channel)
        messages = [_message(number, texts) for number in range(MESSAGES)]
        await stub.IngestMessages(message_pb2.IngestMessagesRequest(messages=messages))
        waiting = message_pb2.ListMessagesRequest(status=message_pb2.LABEL_STATUS_PENDING, page_size=1)
        while (await stub.ListMessages(waiting)).messages:  # noqa: ASYNC110  # another process: there is no event
            await asyncio.sleep(0.5)


def _message(number: int, texts: Sequence[str]) -> message_pb2.NewMessage:
    return message_pb2.NewMessage(
        external_id=new_id(),
        source=("livechat", "telegram", "email")[number % 3],
        user_id=f"user-{number % 977}",
        event_time=Timestamp(seconds=EPOCH + number * 60),
        text=texts[number % len(texts)],
    )


def direct_calls(store: grpc.aio.Channel, classifier_: grpc.aio.Channel) -> dict[str, Call]:
    """The RPC of each route, called by an official stub."""
    stats = stats_pb2_grpc.StatsServiceStub(store)
    classifier = classifier_pb2_grpc.ClassifierServiceStub(classifier_)
    users = user_pb2_grpc.UserServiceStub(store)
    query = question_pb2.StatsQuery(
        measure=question_pb2.MEASURE_MESSAGE_COUNT,
        group_by=[question_pb2.DIMENSION_SOURCE],
        range=question_pb2.TimeRange(start=Timestamp(seconds=EPOCH)),
        time_zone="UTC",
    )

    async def count() -> None:
        await stats.QueryStats(stats_pb2.QueryStatsRequest(query=query))

    async def classify(text: Callable[[], str]) -> None:
        await classifier.Classify(classifier_pb2.ClassifyRequest(texts=[text()], scheme="category"))

    async def list_users() -> None:
        await users.ListUsers(user_pb2.ListUsersRequest(page_size=50))

    return {
        "stats": count,
        "classify": partial(classify, new_text),
        "classify_cached": partial(classify, lambda: TEXT),
        "list_users": list_users,
    }


def new_text() -> str:
    """A text that the classifier has not seen."""
    return f"{TEXT} {new_id()[-6:]}"


def http_requests(url: str, token: str) -> dict[str, Callable[[], bytes]]:
    """The same by HTTP: what is sent, made anew where it differs from call to call."""

    def classify(text: Callable[[], str]) -> bytes:
        return request_bytes(url, token, "POST", "/api/v1/classify", {"texts": [text()]})

    def always(request: bytes) -> Callable[[], bytes]:
        return lambda: request

    return {
        "stats": always(request_bytes(url, token, "POST", "/api/v1/stats", STATS)),
        "classify": partial(classify, new_text),
        "classify_cached": always(classify(lambda: TEXT)),
        "list_users": always(request_bytes(url, token, "GET", "/api/v1/users?page_size=50", None)),
    }


async def main() -> None:
    """Measures and prints."""
    environment = {
        "EARSHOT_RATE_LIMITS": "read=100000000/minute, write=100000000/minute, chat=100000000/minute",
        "EARSHOT_CLASSIFIER_CACHE_MB": "512",
    }
    async with bench_stack(environment) as (stack, token):
        await fill(stack.addresses["store"], token)
        requests = http_requests(stack.url, token)
        own = ServiceToken(value=token)
        async with (
            open_channel(stack.addresses["store"], service_token=own) as store,
            open_channel(stack.addresses["classifier"], service_token=own) as classifier,
        ):
            direct = direct_calls(store, classifier)
            sides: dict[str, list[tuple[float, float]]] = {name: [] for name in CALLS}
            for number in range(ROUNDS + 1):
                for name, calls in CALLS.items():
                    wires = await open_wires(stack.url)
                    ways: list[list[Call]] = [
                        [direct[name]] * CALLERS,
                        [partial(wire.ask, requests[name]) for wire in wires],
                    ]
                    turns = [0, 1] if number % 2 else [1, 0]
                    spent = {turn: await seconds(calls, ways[turn]) for turn in turns}
                    if number:  # the first round warms both sides up
                        sides[name].append((spent[0], spent[1]))
                    for wire in wires:
                        wire.writer.close()
    print(json.dumps(_report(sides)))


def _report(sides: Mapping[str, Sequence[tuple[float, float]]]) -> dict[str, object]:
    ratios = {
        f"{name}_to_direct": round(statistics.median(direct / http for direct, http in spent), 3)
        for name, spent in sides.items()
    }
    rates = {
        name: {
            "direct": round(CALLS[name] / statistics.median(direct for direct, _ in spent)),
            "http": round(CALLS[name] / statistics.median(http for _, http in spent)),
        }
        for name, spent in sides.items()
    }
    return {
        "bench": "gateway",
        **ratios,
        "calls_per_second": rates,
        "targets": TARGETS,
        "rounds": ROUNDS,
        "callers": CALLERS,
        "messages": MESSAGES,
        **conditions(),
    }


if __name__ == "__main__":
    asyncio.run(main())

"""The runtime's server and channel against each other, over a real port: errors, streams, deadlines, retries, load."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.runtime import errors
from services.runtime.auth import Identity
from services.runtime.call_context import (
    call_scope,
    current_identity,
    current_request_id,
    remaining_seconds,
)
from services.runtime.channel import cancelled_on_exit
from services.runtime.errors import (
    CallCancelledError,
    EarshotError,
    ErrorReason,
    FieldViolation,
    InternalError,
    Resource,
)
from services.runtime.status import INTERNAL_TEXT, from_rpc_error, grpc_code
from tests.support.probe import (
    ADMIN,
    PROBE,
    Context,
    Handlers,
    ProbeStub,
    Rig,
    eventually,
    running_probe,
    settled,
    text,
)

CANARY = "postgres://earshot:hunter22@db SELECT secret"
ERROR_CLASSES = [name for name in dir(errors) if name.endswith("Error") and name != "EarshotError"]


async def failure(call: Awaitable[object]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def drained(call: Any) -> list[str]:
    return [message.value async for message in call]


async def each_kind(stub: ProbeStub) -> dict[str, grpc.aio.AioRpcError]:
    """How a call of each kind fails."""
    return {
        "unary": await failure(stub.read(text("x"))),
        "server_stream": await failure(drained(stub.stream(text("x")))),
        "client_stream": await failure(stub.collect(iter([text("x")]))),
        "bidi_stream": await failure(drained(stub.chat(iter([text("x")])))),
    }


def raising(make: Callable[[], BaseException]) -> Handlers:
    """Handlers of all kinds that raise."""

    async def unary(_request: StringValue, _context: Context) -> StringValue:
        raise make()

    async def stream(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        yield text("first")
        raise make()

    async def collect(requests: AsyncIterator[StringValue], _context: Context) -> StringValue:
        async for _ in requests:
            raise make()
        return text("")

    async def chat(requests: AsyncIterator[StringValue], _context: Context) -> AsyncIterator[StringValue]:
        async for request in requests:
            yield request
            raise make()

    return Handlers(read=unary, write=unary, stream=stream, collect=collect, chat=chat)


# The good way


async def test_all_kinds_answer_and_are_counted(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        stub = rig.stub()
        assert (await stub.read(text("ž\u202e🎧"))).value == "ž\u202e🎧"
        assert await drained(stub.stream(text("3"))) == ["0", "1", "2"]
        assert (await stub.collect(iter(map(text, "abc")))).value == "a,b,c"
        assert await drained(stub.chat(iter(map(text, "abc")))) == ["a", "b", "c"]
        stream = {"grpc_type": "server_stream", "grpc_service": PROBE, "grpc_method": "Stream"}
        chat = {"grpc_type": "bidi_stream", "grpc_service": PROBE, "grpc_method": "Chat"}
        assert rig.metric("grpc_server_started_total", **stream) == 1
        assert rig.metric("grpc_server_handled_total", **stream, grpc_code="OK") == 1
        assert rig.metric("grpc_server_handling_seconds_count", **stream) == 1
        assert rig.metric("grpc_server_msg_received_total", **stream) == 1
        assert rig.metric("grpc_server_msg_sent_total", **stream) == 3
        assert rig.metric("grpc_server_msg_received_total", **chat) == 3
        assert rig.metric("grpc_server_msg_sent_total", **chat) == 3
        assert rig.metric("earshot_rpcs_in_flight") == 0


async def test_identity_and_request_id_reach_the_handler_and_come_back(tmp_path: Path) -> None:
    seen: list[tuple[str, Identity]] = []

    async def read(request: StringValue, _context: Context) -> StringValue:
        seen.append((current_request_id(), current_identity()))
        return request

    async with running_probe(tmp_path, Handlers(read=read)) as rig:
        stub = rig.stub()
        with call_scope(request_id="req-1"):
            call = stub.read(text("x"))
            await call
        assert (await call.trailing_metadata())["x-request-id"] == "req-1"
        stream = stub.stream(text("1"), metadata=(("x-request-id", "req-2"),))
        assert await drained(stream) == ["0"]
        assert (await stream.initial_metadata())["x-request-id"] == "req-2"
    assert seen == [("req-1", ADMIN)]


# Errors


@pytest.mark.parametrize("name", ERROR_CLASSES)
async def test_every_error_reaches_the_client_whole_over_every_kind(tmp_path: Path, name: str) -> None:
    sent: EarshotError = getattr(errors, name)(
        "What is wrong.",
        hint="What to do.",
        violations=(FieldViolation(field="texts", description="too many"),),
        resource=Resource(type="message", name="m-1"),
    )
    async with running_probe(tmp_path, raising(lambda: sent)) as rig:
        for kind, received in (await each_kind(rig.stub())).items():
            error = from_rpc_error(received)
            assert (type(error), received.code()) == (type(sent), grpc_code(sent)), kind
            assert error.message == (INTERNAL_TEXT if name == "InternalError" else "What is wrong.")
            assert (error.reason, error.hint) == (sent.reason, "What to do.")
            assert (error.violations, error.resource) == (sent.violations, sent.resource)


async def test_unknown_exceptions_tell_nothing(tmp_path: Path) -> None:
    async with running_probe(tmp_path, raising(lambda: RuntimeError(CANARY))) as rig:
        with call_scope(request_id="req-7"):
            failures = await each_kind(rig.stub())
    for received in failures.values():
        error = from_rpc_error(received)
        assert isinstance(error, InternalError)
        assert received.details() == INTERNAL_TEXT
        trailers = b"".join(value for _, value in received.trailing_metadata() if isinstance(value, bytes))
        assert b"req-7" in trailers
        for leak in (b"hunter22", b"SELECT", b"RuntimeError", b"Traceback"):
            assert leak not in trailers


async def test_a_wrong_answer_type_is_internal(tmp_path: Path) -> None:
    async def read(_request: StringValue, _context: Context) -> StringValue:
        return CANARY  # type: ignore[return-value]  # the fault under test

    async with running_probe(tmp_path, Handlers(read=read)) as rig:
        received = await failure(rig.stub().read(text("x")))
    assert (received.code(), received.details()) == (grpc.StatusCode.INTERNAL, INTERNAL_TEXT)


async def test_another_services_error_passes_through(tmp_path: Path) -> None:
    sent = errors.NotFoundError("Gone.", reason=ErrorReason.MESSAGE_NOT_FOUND, hint="Look elsewhere.")
    async with running_probe(tmp_path / "inner", raising(lambda: sent)) as inner:
        inner_stub = inner.stub()

        async def read(request: StringValue, _context: Context) -> StringValue:
            bearer = (("authorization", f"Bearer {inner.token()}"),)
            answer: StringValue = await inner_stub.read(request, metadata=bearer)
            return answer

        async with running_probe(tmp_path / "outer", Handlers(read=read)) as outer:
            error = from_rpc_error(await failure(outer.stub().read(text("x"))))
    assert (type(error), error.reason, error.hint) == (type(sent), sent.reason, sent.hint)


async def test_undecodable_bytes_are_the_callers_fault(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        channel = rig.channel()
        for raw in (b"\xff\xff\xff", b"\x0a\x02\xc3\x28", b"\x0a\xff\xff\xff\xff\x0f", b"\x0a\x05ab"):
            received = [
                await failure(channel.unary_unary(f"/{PROBE}/Read")(raw)),
                await failure(channel.stream_unary(f"/{PROBE}/Collect")(iter([raw]))),
                await failure(drained(channel.unary_stream(f"/{PROBE}/Stream")(raw))),
                await failure(drained(channel.stream_stream(f"/{PROBE}/Chat")(iter([raw])))),
            ]
            assert {from_rpc_error(error).reason for error in received} == {ErrorReason.MALFORMED_MESSAGE}
        assert (await ProbeStub(channel).read(text("alive"))).value == "alive"


async def test_unknown_methods_and_services(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers()) as rig:
        for path in (f"/{PROBE}/Nothing", "/no.such.Service/Read"):
            received = await failure(rig.channel().unary_unary(path)(b""))
            assert received.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_too_large_a_message_leaves_the_connection_usable(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(), max_message_bytes=100_000) as rig:
        stub = rig.stub()
        received = await failure(stub.read(text("x" * 100_001)))
        assert received.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await stub.read(text("alive"))).value == "alive"


# T14: a CancelledError that nobody asked for


async def test_a_leaked_cancellation_becomes_a_status_at_once(tmp_path: Path) -> None:
    async with running_probe(tmp_path, raising(asyncio.CancelledError)) as rig, asyncio.timeout(10):
        failures = await each_kind(rig.stub())
    assert {from_rpc_error(received).reason for received in failures.values()} == {ErrorReason.WORK_INTERRUPTED}
    assert {received.code() for received in failures.values()} == {grpc.StatusCode.UNAVAILABLE}


# Deadlines and cancellation


async def test_remaining_time_is_passed_on(tmp_path: Path) -> None:
    remaining: list[float | None] = []

    async def read(request: StringValue, _context: Context) -> StringValue:
        remaining.append(remaining_seconds())
        return request

    async with running_probe(tmp_path / "inner", Handlers(read=read)) as inner:
        inner_stub = inner.stub()

        async def through(request: StringValue, _context: Context) -> StringValue:
            bearer = (("authorization", f"Bearer {inner.token()}"),)
            answer: StringValue = await inner_stub.read(request, metadata=bearer)
            return answer

        async with running_probe(tmp_path / "outer", Handlers(read=through)) as outer:
            await outer.stub().read(text("x"), timeout=7)
            await outer.stub().read(text("x"), timeout=300)
    first, second = remaining
    assert first is not None
    assert second is not None
    # gRPC rounds a deadline up on the wire, by one per cent at most.
    assert 0 < first < 7.1
    assert first < second < 30.4


async def silent(_request: StringValue, _context: Context) -> StringValue:
    await asyncio.Event().wait()
    raise AssertionError("nobody wakes it")


async def silent_stream(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
    yield text("first")
    await asyncio.Event().wait()


async def test_without_a_deadline_the_servers_cap_applies(tmp_path: Path) -> None:
    handlers = Handlers(read=silent, stream=silent_stream)
    limits: dict[str, Any] = {"default_deadline_seconds": 0.2, "stream_idle_seconds": 0.2}
    # The raw channel: ours always sends a deadline with unary calls.
    async with running_probe(tmp_path, handlers, **limits) as rig, grpc.aio.insecure_channel(rig.target) as channel:
        bearer = (("authorization", f"Bearer {rig.token()}"),)
        stub = ProbeStub(channel)
        unary = await failure(stub.read(text("x"), metadata=bearer))
        stream = stub.stream(text("x"), metadata=bearer)
        assert (await stream.read()).value == "first"
        silenced = await failure(stream.read())
        starved = await failure(drained(stub.chat(metadata=bearer)))
    for error in (unary, silenced, starved):
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert from_rpc_error(error).hint == "Send a deadline with the call."


async def test_a_stream_may_be_long_if_it_is_not_silent(tmp_path: Path) -> None:
    async def ticking(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        for _ in range(15):
            yield text("tick")
            await asyncio.sleep(0.1)

    async with running_probe(tmp_path, Handlers(stream=ticking), stream_idle_seconds=1.0) as rig:
        assert await drained(rig.stub().stream(text("x"))) == ["tick"] * 15


async def test_the_total_time_of_a_stream_can_be_limited(tmp_path: Path) -> None:
    async def ticking(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        while True:
            yield text("tick")
            await asyncio.sleep(0.02)

    async with running_probe(tmp_path, Handlers(stream=ticking), stream_deadline_seconds=0.4) as rig:
        received = await failure(drained(rig.stub().stream(text("x"))))
    assert received.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_slow_reader_is_not_a_silent_stream(tmp_path: Path) -> None:
    block = "x" * 65_536
    sent = 0

    async def flood(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        nonlocal sent
        for _ in range(400):
            sent += 1
            yield text(block)

    async with running_probe(tmp_path, Handlers(stream=flood), stream_idle_seconds=0.2) as rig:
        messages = aiter(rig.stub().stream(text("x")))
        assert (await anext(messages)).value == block
        assert await settled(lambda: sent) < 400
        assert [message.value async for message in messages] == [block] * 399


async def test_a_callers_deadline_stops_the_handler(tmp_path: Path) -> None:
    stopped = asyncio.Event()

    async def read(_request: StringValue, _context: Context) -> StringValue:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError("nobody wakes it")

    async with running_probe(tmp_path, Handlers(read=read)) as rig:
        received = await failure(rig.stub().read(text("x"), timeout=0.2))
        assert received.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        async with asyncio.timeout(5):
            await stopped.wait()
        await handled(rig, "Read", "DeadlineExceeded")


async def handled(rig: Rig, method: str, code: str) -> None:
    """Returns when the server has counted a call of this method with this code."""
    kinds = {"Read": "unary", "Stream": "server_stream", "Chat": "bidi_stream"}
    labels = {"grpc_type": kinds[method], "grpc_service": PROBE, "grpc_method": method, "grpc_code": code}
    await eventually(lambda: rig.metric("grpc_server_handled_total", **labels) == 1)


async def test_leaving_a_stream_early_closes_the_handler(tmp_path: Path) -> None:
    closed = asyncio.Event()

    async def stream(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        try:
            while True:
                yield text("tick")
                await asyncio.sleep(0)
        finally:
            closed.set()

    async with running_probe(tmp_path, Handlers(stream=stream)) as rig:
        async with cancelled_on_exit(rig.stub().stream(text("x"))) as call:
            async for _ in call:
                break
        async with asyncio.timeout(5):
            await closed.wait()
        await handled(rig, "Stream", "Canceled")
        assert rig.metric("earshot_rpcs_in_flight") == 0


async def test_leaving_while_the_writer_is_blocked_closes_the_handler(tmp_path: Path) -> None:
    closed = asyncio.Event()
    sent = 0

    async def flood(_request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        nonlocal sent
        try:
            while True:
                sent += 1
                yield text("x" * 65_536)
        finally:
            closed.set()

    async with running_probe(tmp_path, Handlers(stream=flood)) as rig:
        async with cancelled_on_exit(rig.stub().stream(text("x"))) as call:
            await call.read()
            await settled(lambda: sent)
        async with asyncio.timeout(5):
            await closed.wait()
        await handled(rig, "Stream", "Canceled")


async def test_no_task_is_left_behind(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(read=silent, stream=silent_stream)) as rig:
        stub = rig.stub()
        await stub.collect(iter([text("warm")]))
        before = len(asyncio.all_tasks())
        calls = [stub.stream(text("x")) for _ in range(20)]
        for call in calls:
            await call.read()
            call.cancel()
        await eventually(lambda: len(asyncio.all_tasks()) <= before)


# Retries


def failing(times: int, code_of: type[EarshotError]) -> tuple[Handlers, list[str]]:
    """Handlers that fail so many times first, and the record of attempts."""
    attempts: list[str] = []

    async def unary(request: StringValue, _context: Context) -> StringValue:
        attempts.append(request.value)
        if len(attempts) <= times:
            raise code_of()
        return request

    async def stream(request: StringValue, _context: Context) -> AsyncIterator[StringValue]:
        attempts.append(request.value)
        yield text("first token")
        raise code_of()

    return Handlers(read=unary, write=unary, stream=stream), attempts


async def test_unavailable_is_retried_for_idempotent_methods(tmp_path: Path) -> None:
    handlers, attempts = failing(2, errors.UnavailableError)
    async with running_probe(tmp_path, handlers) as rig:
        assert (await rig.stub(retrying=True).read(text("x"))).value == "x"
    assert len(attempts) == 3


async def test_other_methods_are_not_retried(tmp_path: Path) -> None:
    handlers, attempts = failing(1, errors.UnavailableError)
    async with running_probe(tmp_path, handlers) as rig:
        await failure(rig.stub(retrying=True).write(text("x")))
    assert len(attempts) == 1


@pytest.mark.parametrize("name", sorted(set(ERROR_CLASSES) - {"UnavailableError"}))
async def test_other_codes_are_not_retried(tmp_path: Path, name: str) -> None:
    handlers, attempts = failing(1, getattr(errors, name))
    async with running_probe(tmp_path, handlers) as rig:
        await failure(rig.stub(retrying=True).read(text("x")))
    assert len(attempts) == 1


async def test_nothing_is_retried_after_the_first_token(tmp_path: Path) -> None:
    handlers, attempts = failing(1, errors.UnavailableError)
    async with running_probe(tmp_path, handlers) as rig:
        await failure(drained(rig.stub(retrying=True).stream(text("x"))))
    assert len(attempts) == 1


async def test_the_retry_budget_ends_a_storm(tmp_path: Path) -> None:
    handlers, attempts = failing(10_000, errors.UnavailableError)
    async with running_probe(tmp_path, handlers) as rig:
        stub = rig.stub(retrying=True)
        for _ in range(40):
            await failure(stub.read(text("x")))
    assert len(attempts) <= 40 * 1.2


# Load: T27.


async def test_a_full_server_says_so_and_still_answers_health(tmp_path: Path) -> None:
    release = asyncio.Event()
    inside = 0

    async def read(request: StringValue, _context: Context) -> StringValue:
        nonlocal inside
        inside += 1
        await release.wait()
        return request

    async with running_probe(tmp_path, Handlers(read=read), max_concurrent_rpcs=4) as rig:
        stub = rig.stub()
        held = [asyncio.ensure_future(stub.read(text(str(number)))) for number in range(4)]
        await eventually(lambda: inside == 4)
        async with asyncio.timeout(5):
            refused = [from_rpc_error(await failure(stub.read(text("x")))) for _ in range(6)]
            health = health_pb2_grpc.HealthStub(rig.channel(token=""))
            status = await health.Check(health_pb2.HealthCheckRequest(service=PROBE))
        assert {(error.reason, error.retry_after_seconds) for error in refused} == {("TOO_MANY_CALLS", 1.0)}
        assert status.status == health_pb2.HealthCheckResponse.SERVING
        assert rig.metric("earshot_rpcs_in_flight") == 4
        release.set()
        assert sorted(answer.value for answer in await asyncio.gather(*held)) == ["0", "1", "2", "3"]
        assert (await stub.read(text("after"))).value == "after"


async def test_cancelled_calls_give_their_place_back(tmp_path: Path) -> None:
    async with running_probe(tmp_path, Handlers(read=silent), max_concurrent_rpcs=2) as rig:
        stub = rig.stub()
        for _ in range(10):
            call = stub.read(text("x"))
            await eventually(lambda: rig.metric("earshot_rpcs_in_flight") == 1)
            call.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await call
            await eventually(lambda: rig.metric("earshot_rpcs_in_flight") == 0)


def test_the_cancelled_class_is_named_apart_from_asyncios() -> None:
    assert not issubclass(CallCancelledError, asyncio.CancelledError)

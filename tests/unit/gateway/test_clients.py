"""The betterproto2 clients against the official protobuf: every RPC over a real channel, every message byte by byte."""

import asyncio
import importlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from earshot.chat.v1 import chat_pb2
from earshot.classifier.v1 import classifier_pb2
from earshot.store.v1 import (
    conversation_pb2,
    invitation_pb2,
    login_pb2,
    message_pb2,
    saved_pb2,
    stats_pb2,
    user_pb2,
    workspace_pb2,
)
from earshot.types.v1 import labels_pb2, question_pb2
from gateway.clients.adapter import AioStub
from gateway.clients.stubs import (
    ChatClient,
    ClassifierClient,
    InvitationClient,
    LoginClient,
    MessageClient,
    SavedQueryClient,
    StatsClient,
    UserClient,
    WorkspaceClient,
)
from services.runtime.errors import EarshotError, ErrorReason, PermissionDeniedError, UnavailableError

CLIENTS: Final[dict[str, type[AioStub]]] = {
    "earshot.classifier.v1.ClassifierService": ClassifierClient,
    "earshot.store.v1.MessageService": MessageClient,
    "earshot.store.v1.StatsService": StatsClient,
    "earshot.store.v1.UserService": UserClient,
    "earshot.store.v1.LoginService": LoginClient,
    "earshot.store.v1.InvitationService": InvitationClient,
    "earshot.store.v1.WorkspaceService": WorkspaceClient,
    "earshot.store.v1.SavedQueryService": SavedQueryClient,
    "earshot.chat.v1.ChatService": ChatClient,
}
MODULES: Final = (
    chat_pb2,
    classifier_pb2,
    conversation_pb2,
    invitation_pb2,
    login_pb2,
    message_pb2,
    saved_pb2,
    stats_pb2,
    user_pb2,
    workspace_pb2,
    labels_pb2,
    question_pb2,
)
SERVICES: Final[dict[str, ServiceDescriptor]] = {
    service.full_name: service
    for module in MODULES
    for service in module.DESCRIPTOR.services_by_name.values()
    if service.full_name in CLIENTS
}
METHODS: Final = {method.full_name: method for service in SERVICES.values() for method in service.methods}
MESSAGES: Final = {
    message.full_name: message for module in MODULES for message in module.DESCRIPTOR.message_types_by_name.values()
}
DEPTH: Final = 4
TEXTS: Final = "deposit „missing“ 😀\n"

# Wire bytes as they were when the contract was first written. A change here breaks every older client.
GOLDEN: Final = {
    "earshot.types.v1.LabelScore": "0a1b6465706f73697420e2809e6d697373696e67e2809c20f09f98800a15000000bf",
    "earshot.types.v1.TimeRange": "0a0b0880e4e0aa0610e0d6f83a120b0880e4e0aa0610e0d6f83a",
}


def filled(descriptor: Descriptor, depth: int = DEPTH) -> Message:
    """An official message with every field set, nested ones down to `depth`; of a oneof the last field stays."""
    message = GetMessageClass(descriptor)()
    if descriptor.full_name in {"google.protobuf.Timestamp", "google.protobuf.Duration"}:
        # Whole microseconds: what Python's datetime and timedelta can hold.
        message.seconds, message.nanos = 1_700_278_784, 123_612_000  # type: ignore[attr-defined]
        return message
    for field in descriptor.fields:
        _fill(message, field, depth)
    return message


def _fill(message: Message, field: FieldDescriptor, depth: int) -> None:
    value = getattr(message, field.name)
    nested = field.message_type
    if nested is not None and nested.GetOptions().map_entry:
        value["k"] = (
            _scalar(nested.fields_by_name["value"]) if nested.fields_by_name["value"].message_type is None else 0
        )
    elif nested is not None and depth:
        part = filled(nested, depth - 1)
        (value.add() if field.is_repeated else value).CopyFrom(part)
    elif nested is None and field.is_repeated:
        value.extend([_scalar(field), _scalar(field)])
    elif nested is None:
        setattr(message, field.name, _scalar(field))


def _scalar(field: FieldDescriptor) -> Any:
    by_type: dict[int, Any] = {
        FieldDescriptor.CPPTYPE_STRING: TEXTS if field.type == FieldDescriptor.TYPE_STRING else b"\x00\xff",
        FieldDescriptor.CPPTYPE_BOOL: True,
        FieldDescriptor.CPPTYPE_FLOAT: -0.5,
        FieldDescriptor.CPPTYPE_DOUBLE: 0.1,
        FieldDescriptor.CPPTYPE_INT32: -(2**31),
        FieldDescriptor.CPPTYPE_INT64: -(2**63),
        FieldDescriptor.CPPTYPE_UINT32: 2**32 - 1,
        FieldDescriptor.CPPTYPE_UINT64: 2**64 - 1,
    }
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        assert field.enum_type is not None
        return field.enum_type.values[-1].number
    return by_type[field.cpp_type]


def client_class_of(descriptor: Descriptor) -> Any:
    """The betterproto2 class of an official message."""
    module = importlib.import_module(f"earshot_client.{descriptor.file.package}")
    return getattr(module, descriptor.name)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_messages_have_the_same_bytes_both_ways(name: str) -> None:
    official = filled(MESSAGES[name])
    written = official.SerializeToString(deterministic=True)
    assert bytes(client_class_of(MESSAGES[name]).parse(written)) == written
    assert type(official).FromString(bytes(client_class_of(MESSAGES[name]).parse(written))) == official


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_empty_messages_are_empty_both_ways(name: str) -> None:
    assert bytes(client_class_of(MESSAGES[name])()) == b""


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_golden_bytes(name: str) -> None:
    golden = bytes.fromhex(GOLDEN[name])
    assert filled(MESSAGES[name]).SerializeToString(deterministic=True) == golden
    assert bytes(client_class_of(MESSAGES[name]).parse(golden)) == golden


def _request(method: MethodDescriptor) -> Message:
    return filled(method.input_type, 3)


def _response(method: MethodDescriptor) -> Message:
    return filled(method.output_type, 3)


class Echo(grpc.GenericRpcHandler):
    """Serves every method of the contracts with official protobuf: checks the request, answers a filled response."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        method = METHODS.get(handler_call_details.method.lstrip("/").replace("/", "."))
        if method is None:
            return None
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        make = getattr(grpc, f"{kind}_rpc_method_handler")
        handler: grpc.RpcMethodHandler[Any, Any] = make(
            self._behaviour(method),
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )
        return handler

    @staticmethod
    def _behaviour(method: MethodDescriptor) -> Any:
        async def received(request: Any) -> None:
            requests = [item async for item in request] if method.client_streaming else [request]
            assert requests == [_request(method)] * (2 if method.client_streaming else 1)

        async def answer(request: Any, _: Any) -> Message:
            await received(request)
            return _response(method)

        async def answers(request: Any, _: Any) -> AsyncIterator[Message]:
            await received(request)
            yield _response(method)
            yield _response(method)

        return answers if method.server_streaming else answer


@pytest_asyncio.fixture(scope="module")
async def channel() -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Echo(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        yield opened
    await server.stop(None)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("name", sorted(METHODS))
async def test_every_rpc_of_the_contracts_works_through_the_adapter(name: str, channel: grpc.aio.Channel) -> None:
    method = METHODS[name]
    call = getattr(CLIENTS[method.containing_service.full_name](channel), _snake(method.name))
    request = client_class_of(method.input_type).parse(_request(method).SerializeToString())
    if method.server_streaming:
        answers = [item async for item in call(iter([request, request]) if method.client_streaming else request)]
    else:
        answers = [await call(iter([request, request]) if method.client_streaming else request)]
    expected = [_response(method)] * (2 if method.server_streaming else 1)
    assert [GetMessageClass(method.output_type).FromString(bytes(answer)) for answer in answers] == expected


def _own_methods(service: str) -> Iterator[str]:
    stub = CLIENTS[service].__bases__[1]
    yield from (name for name in vars(stub) if not name.startswith("_"))


@pytest.mark.parametrize("service", sorted(CLIENTS))
def test_clients_have_the_methods_of_the_contract_and_no_other(service: str) -> None:
    assert sorted(_own_methods(service)) == sorted(_snake(method.name) for method in SERVICES[service].methods)


class Denial(grpc.GenericRpcHandler):
    """Ends every call at once, while its caller is still writing."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        async def deny(_: Any, context: "grpc.aio.ServicerContext[Any, Any]") -> AsyncIterator[bytes]:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "no")
            yield b""

        return grpc.stream_stream_rpc_method_handler(deny)


async def test_a_stream_closed_while_it_was_written_to_is_no_internal_error() -> None:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Denial(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    request = client_class_of(MESSAGES["earshot.store.v1.ImportMessagesRequest"])(import_id="x" * 10_000)
    errors: set[type[EarshotError]] = set()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as opened:
        for _ in range(200):
            with pytest.raises(EarshotError) as caught:
                _ = [item async for item in MessageClient(opened).import_messages(_slowly(request))]
            errors.add(type(caught.value))
    await server.stop(None)
    assert PermissionDeniedError in errors
    assert errors <= {PermissionDeniedError, UnavailableError}


async def _slowly(request: Any) -> AsyncIterator[Any]:
    for _ in range(4):
        await asyncio.sleep(0)
        yield request


async def test_a_service_that_is_away_is_named_by_its_own_reason() -> None:
    async with grpc.aio.insecure_channel("127.0.0.1:1") as nobody:
        with pytest.raises(EarshotError) as caught:
            await StatsClient(nobody).query_stats(client_class_of(MESSAGES["earshot.store.v1.QueryStatsRequest"])())
    assert isinstance(caught.value, UnavailableError)
    assert caught.value.reason == ErrorReason.STORE_UNAVAILABLE

"""What the first run adds: the administrator and the demo messages. Both may be interrupted and repeated."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from deploy.local.demo import DemoMessage, demo_messages
from deploy.local.home import Credentials, Home
from deploy.local.stack import Stack
from earshot.store.v1 import message_pb2, message_pb2_grpc, user_pb2, user_pb2_grpc
from services.runtime.private_files import write_private

CHUNK = 500


def _metadata(home: Home) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {home.service_token.read_text(encoding='ascii').strip()}"),)


async def ensure_admin(stack: Stack) -> Credentials:
    """The administrator, made when there is none; the credentials lie in the home folder before the user exists."""
    credentials = stack.home.read_credentials(stack.url)
    request = user_pb2.CreateUserRequest(
        username=credentials.username, password=credentials.password, role=user_pb2.ROLE_ADMIN
    )
    async with grpc.aio.insecure_channel(stack.addresses["store"]) as channel:
        try:
            await user_pb2_grpc.UserServiceStub(channel).CreateUser(request, metadata=_metadata(stack.home), timeout=30)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
                raise
    return credentials


async def load_demo(stack: Stack, days: int, progress: Callable[[int, int], None]) -> bool:
    """Imports the newest `days` of the demo messages unless they are in already; True when it did.

    `progress` gets (done, total).
    """
    anchor, loaded = _state(stack.home)
    if loaded:
        return False
    messages = demo_messages(anchor, days)
    chunks = [messages[at : at + CHUNK] for at in range(0, len(messages), CHUNK)]
    done = 0
    async with grpc.aio.insecure_channel(stack.addresses["store"]) as channel:
        call = message_pb2_grpc.MessageServiceStub(channel).ImportMessages(
            _requests(chunks), metadata=_metadata(stack.home)
        )
        async for answer in call:
            if answer.errors:
                raise ValueError(f"demo row {answer.errors[0].number} was refused: {answer.errors[0].message}")
            done += answer.created + answer.existing
            progress(done, len(messages))
    write_private(stack.home.demo, json.dumps({"anchor": anchor.isoformat(), "done": True}))
    return True


def _state(home: Home) -> tuple[datetime, bool]:
    """(anchor, all in). The anchor is kept from the first try on, so that a repeated one makes the same messages."""
    if not home.demo.exists():
        write_private(home.demo, json.dumps({"anchor": datetime.now(UTC).isoformat(), "done": False}))
    state = json.loads(home.demo.read_text(encoding="utf-8"))
    return datetime.fromisoformat(state["anchor"]), state["done"]


async def _requests(chunks: list[list[DemoMessage]]) -> AsyncIterator[message_pb2.ImportMessagesRequest]:
    number = 0
    for index, chunk in enumerate(chunks):
        rows = []
        for message in chunk:
            number += 1
            rows.append(message_pb2.ImportRow(number=number, message=_new_message(message)))
        yield message_pb2.ImportMessagesRequest(chunk=index, rows=rows)


def _new_message(message: DemoMessage) -> message_pb2.NewMessage:
    event_time = Timestamp()
    event_time.FromDatetime(message.event_time)
    return message_pb2.NewMessage(
        external_id=message.external_id,
        source=message.source,
        user_id=message.user_id,
        event_time=event_time,
        text=message.text,
        conversation_id=message.conversation_id,
    )

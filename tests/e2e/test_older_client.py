"""A client of the first contracts against the running services (T43): it knows nothing of what came since."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import grpc
import pytest_asyncio
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protos.baseline import BASELINES
from services.runtime.channel import open_channel
from services.runtime.service_token import ServiceToken
from tests.support.old_contracts import Contracts
from tests.support.stack import StackRig

FIRST = Contracts(FileDescriptorSet.FromString((BASELINES / "first.binpb").read_bytes()))


class OldClient:
    """Calls by the old descriptors."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._channels = channels

    async def ask(self, service: str, method: str, request: Any, answers: str) -> Any:
        """A unary call."""
        area = service.split(".")[1]
        call: Any = self._channels[area].unary_unary(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=type(FIRST.new(answers)).FromString,
        )
        return await call(request, timeout=60)

    async def listen(self, service: str, method: str, request: Any, answers: str) -> list[Any]:
        """A call that is answered by a stream."""
        call: Any = self._channels[service.split(".")[1]].unary_stream(
            f"/{service}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=type(FIRST.new(answers)).FromString,
        )
        return [answer async for answer in call(request, timeout=60)]


@pytest_asyncio.fixture
async def old(stack: StackRig) -> AsyncIterator[OldClient]:
    token = ServiceToken(value=stack.http.headers["Authorization"].removeprefix("Bearer "))
    channels = {name: open_channel(address, service_token=token) for name, address in stack.stack.addresses.items()}
    yield OldClient(channels)
    for channel in channels.values():
        await channel.close()


async def test_it_stores_messages_counts_them_and_asks(old: OldClient) -> None:
    source = f"old{uuid4().hex[:8]}x"
    message = FIRST.new("earshot.store.v1.NewMessage", source=source, user_id="u", text="my deposit failed")
    message.event_time.FromSeconds(int(time.time()) - 60)
    request = FIRST.new("earshot.store.v1.IngestMessagesRequest", messages=[message], request_id=str(uuid4()))
    request.wait_for_labels.FromSeconds(30)
    stored = await old.ask(
        "earshot.store.v1.MessageService", "IngestMessages", request, "earshot.store.v1.IngestMessagesResponse"
    )
    assert stored.created == 1
    assert stored.messages[0].text == "my deposit failed"

    question = FIRST.new("earshot.chat.v1.SendMessageRequest", text="how many messages came in today?")
    answer = await old.ask("earshot.chat.v1.ChatService", "Ask", question, "earshot.chat.v1.AskResponse")
    assert answer.answer
    events = await old.listen("earshot.chat.v1.ChatService", "SendMessage", question, "earshot.chat.v1.ChatEvent")
    assert events[0].HasField("started")
    assert events[-1].HasField("completed")


async def test_it_has_texts_classified(old: OldClient) -> None:
    request = FIRST.new("earshot.classifier.v1.ClassifyRequest", texts=["my withdrawal is stuck"])
    answer = await old.ask(
        "earshot.classifier.v1.ClassifierService", "Classify", request, "earshot.classifier.v1.ClassifyResponse"
    )
    assert answer.results[0].categories[0].label == "withdraw"

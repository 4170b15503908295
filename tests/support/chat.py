"""A running chat, in this process or as one that can be killed, over a real Redis and the real store."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from pydantic import SecretStr

from earshot.chat.v1 import chat_pb2
from earshot.chat.v1.chat_pb2_grpc import ChatServiceStub
from services.chat.server import REDIS_CHECK, Chat, open_chat
from services.chat.settings import ChatSettings
from services.chat.stream_law import EventKind, check
from services.runtime.auth import Identity, TokenSigner, TokenVerifier
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.errors import EarshotError
from services.runtime.grpc_server import GrpcServer
from services.runtime.metrics import new_registry
from services.runtime.service_token import ServiceToken
from services.runtime.status import from_rpc_error
from tests.support.store import StoreClient, caller

if TYPE_CHECKING:  # the generated async stubs exist for the type checker only
    from earshot.chat.v1.chat_pb2_grpc import ChatServiceAsyncStub

MODEL = "scripted"
NOBODY_LISTENS = "127.0.0.1:1"


@dataclass(slots=True, kw_only=True)
class ChatClient:
    """Stubs to a chat, for any caller."""

    address: str
    signer: TokenSigner
    _channels: list[CallingChannel] = field(default_factory=list)

    def stub(self, identity: Identity | None = None) -> "ChatServiceAsyncStub":
        """ChatService as this caller, an agent by default."""
        return ChatServiceStub(self.channel(identity))

    def channel(self, identity: Identity | None = None) -> CallingChannel:
        """A channel as this caller."""
        token = self.signer.sign(identity or caller())
        channel = open_channel(self.address, service_token=ServiceToken(value=token))
        self._channels.append(channel)
        return channel

    async def serving(self) -> None:
        """Returns when the chat serves; TimeoutError after thirty seconds."""
        async with asyncio.timeout(30):
            while True:
                stub: Any = health_pb2_grpc.HealthStub(self.channel())
                try:
                    async for answer in stub.Watch(health_pb2.HealthCheckRequest(), wait_for_ready=True):
                        if answer.status == health_pb2.HealthCheckResponse.SERVING:
                            return
                except grpc.aio.AioRpcError:
                    # Not listening yet; the next round waits for the connection.
                    continue

    async def close(self) -> None:
        """Closes the channels."""
        for channel in self._channels:
            await channel.close()


@dataclass(slots=True, kw_only=True)
class ChatRig:
    """A chat in this process."""

    client: ChatClient
    chat: Chat
    server: GrpcServer


@asynccontextmanager
async def running_chat(
    keys: Path, *, store_address: str, redis_url: str, signer: TokenSigner, **settings: Any
) -> AsyncIterator[ChatRig]:
    """Serves a chat on a free port; `keys` is the folder of the key pair that `signer` signs with."""
    own = {"drain_grace_seconds": 1.0, "health_interval_seconds": 0.05, "chat_port": 0}
    given = {**own, "classifier_address": NOBODY_LISTENS, **settings}
    configured = ChatSettings(
        public_key_file=keys / "public-key.pem", store_address=store_address, redis_url=SecretStr(redis_url), **given
    )
    async with AsyncExitStack() as stack:
        registry = new_registry()
        chat = await stack.enter_async_context(open_chat(configured, registry))
        server = GrpcServer(
            settings=configured,
            listen=chat.listen,
            services=[chat.service],
            verifier=TokenVerifier.from_file(keys / "public-key.pem"),
            registry=registry,
            checks={REDIS_CHECK: chat.redis.check},
        )
        listening = asyncio.create_task(chat.replies.hear_cancellations())
        await stack.enter_async_context(server)
        client = ChatClient(address=f"127.0.0.1:{server.port}", signer=signer)
        try:
            await client.serving()
            yield ChatRig(client=client, chat=chat, server=server)
        finally:
            await client.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


@asynccontextmanager
async def chat_process(
    keys: Path, port: int, *, store: StoreClient, redis_url: str, **environment: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, ChatClient]]:
    """A chat as a process on this port, serving; `environment` holds further EARSHOT_… settings."""
    given = {
        "EARSHOT_PUBLIC_KEY_FILE": str(keys / "public-key.pem"),
        "EARSHOT_STORE_ADDRESS": store.address,
        "EARSHOT_REDIS_URL": redis_url,
        "EARSHOT_CHAT_PORT": str(port),
        "EARSHOT_HEALTH_INTERVAL_SECONDS": "0.05",
        "EARSHOT_LOG_LEVEL": "warning",
        **environment,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.chat", env={**os.environ, **given})
    client = ChatClient(address=f"127.0.0.1:{port}", signer=store.signer)
    try:
        await client.serving()
        yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await client.close()


def upstream_settings(base_url: str, **settings: Any) -> dict[str, Any]:
    """Settings of a chat that asks this upstream."""
    return {
        "llm_base_url": base_url,
        "llm_model": MODEL,
        "llm_api_key": SecretStr("key-for-the-scripted-upstream"),
        "llm_idle_seconds": 1.0,
        **settings,
    }


async def collect(events: Any) -> list[chat_pb2.ChatEvent]:
    """All events of a stream; fails unless they obey the law of the stream from its beginning."""
    found: list[chat_pb2.ChatEvent] = [event async for event in events]
    assert check(kinds_with_seq(found)).ended
    return found


def kinds_with_seq(events: Sequence[chat_pb2.ChatEvent]) -> list[tuple[EventKind, int]]:
    """What the law looks at."""
    return [(EventKind(event.WhichOneof("event") or ""), event.seq) for event in events]


def kinds(events: Sequence[chat_pb2.ChatEvent]) -> list[str]:
    """The kinds of events, deltas in a row as one."""
    names = [event.WhichOneof("event") or "" for event in events]
    return [name for index, name in enumerate(names) if index == 0 or name != "delta" or names[index - 1] != "delta"]


def text_of(events: Sequence[chat_pb2.ChatEvent]) -> str:
    """The deltas joined."""
    return "".join(event.delta.text for event in events if event.HasField("delta"))


async def error_of(call: Any) -> EarshotError:
    """The error a call or stream ends with; AssertionError when it ends well."""
    try:
        if hasattr(call, "__aiter__"):
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error)
    raise AssertionError("the call ended well")

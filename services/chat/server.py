"""The chat's parts, put together from its settings: what `__main__` runs and the tests embed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry

from earshot.chat.v1 import chat_pb2
from earshot.chat.v1.chat_pb2_grpc import add_ChatServiceServicer_to_server
from services.chat.history.archive import Archive
from services.chat.interpreting.interpretations import Interpretations
from services.chat.interpreting.interpreter import Interpreter
from services.chat.interpreting.verified import VerifiedQuestions
from services.chat.memory import Memory
from services.chat.metrics import ReplyMetrics
from services.chat.ratings import Ratings
from services.chat.recall import Recall
from services.chat.receipts import Receipts
from services.chat.recording.recordings import Recordings
from services.chat.replies.evidence import EvidenceSource
from services.chat.replies.model_words import ModelWords
from services.chat.replies.replier import Replier
from services.chat.replies.replies import Replies
from services.chat.reply_log import ReplyLog
from services.chat.servicer import ChatServicer
from services.chat.session_memory import SessionMemories
from services.chat.sessions import Sessions
from services.chat.settings import ChatSettings
from services.chat.spending import Spending
from services.chat.stores.classifier_client import Embedder, open_classifier_channel
from services.chat.stores.redis_pool import RedisClients, open_redis
from services.chat.stores.store_client import Store, open_store_channel
from services.chat.upstream.language_model import Upstream, open_upstream
from services.runtime.grpc_server import GrpcService, Listen
from services.runtime.ids import new_id

REDIS_CHECK: Final = "redis"

_MAX_BLOCK_SECONDS: Final = 2.0
_BLOCKS_PER_LEASE: Final = 4
# The part of the drain's grace that replies get to finish by themselves.
_STOP_AFTER_FRACTION: Final = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A chat ready to serve."""

    settings: ChatSettings
    redis: RedisClients
    replies: Replies
    service: GrpcService

    @property
    def listen(self) -> Listen:
        """Where it listens."""
        return Listen(host=self.settings.chat_host, port=self.settings.chat_port, setting="EARSHOT_CHAT_PORT")

    async def stop_when(self, draining: asyncio.Event) -> None:
        """Waits for the drain, gives replies most of its grace, then ends those that still run, in good order."""
        await draining.wait()
        await asyncio.sleep(self.settings.drain_grace_seconds * _STOP_AFTER_FRACTION)
        await self.replies.stop("shutdown")


@asynccontextmanager
async def open_chat(settings: ChatSettings, registry: CollectorRegistry) -> AsyncIterator[Chat]:
    """A chat of these settings; its replies are ended and its connections given back at the end of the block."""
    redis = open_redis(
        settings.redis_url.get_secret_value(),
        max_commands=settings.redis_pool_size,
        max_blocking=settings.chat_watchers + 1,
        block_seconds=min(_MAX_BLOCK_SECONDS, settings.chat_lease_seconds / _BLOCKS_PER_LEASE),
    )
    channel = open_store_channel(
        settings.store_address, timeout_seconds=settings.store_timeout_seconds, tls=settings.tls
    )
    classifier = open_classifier_channel(settings.classifier_address, tls=settings.tls)
    upstream = open_upstream(settings)
    chat = _assembled(settings, redis, Store(channel), Embedder(classifier), upstream, ReplyMetrics(registry))
    try:
        yield chat
    finally:
        await chat.replies.stop("shutdown")
        if upstream is not None:
            await upstream.close()
        await classifier.close()
        await channel.close()
        await redis.close()


def _assembled(
    settings: ChatSettings,
    redis: RedisClients,
    store: Store,
    embedder: Embedder,
    upstream: Upstream | None,
    metrics: ReplyMetrics,
) -> Chat:
    memory = Memory(redis, keep_seconds=settings.chat_memory_seconds)
    archive = Archive(store, memory)
    spending = Spending(
        redis,
        replies_per_minute=settings.chat_user_replies_per_minute,
        tokens_per_day=settings.chat_user_tokens_per_day,
    )
    interpreter = Interpreter(
        upstream if settings.chat_interpreter == "llm" else None,
        spending=spending,
        answer_tokens=settings.llm_max_tokens,
    )
    replier = Replier(
        archive=archive,
        interpreter=interpreter,
        evidence=EvidenceSource(store),
        model_words=_model_words(settings, upstream, spending, Recall(memory, embedder)),
        default_model=settings.default_model,
        max_characters=settings.chat_reply_characters,
        system_prompt=settings.chat_system_prompt,
    )
    verified = VerifiedQuestions(store)
    replies = Replies(
        log=_reply_log(settings, redis),
        archive=archive,
        verified=verified,
        replier=replier,
        max_replies=settings.chat_max_replies,
        max_watchers=settings.chat_watchers,
        reply_seconds=settings.chat_reply_seconds,
        queue_seconds=settings.chat_queue_seconds,
        spending=spending,
        metrics=metrics,
    )
    servicer = ChatServicer(
        sessions=Sessions(store, memory, replies),
        replies=replies,
        interpretations=Interpretations(interpreter, archive, memory, verified, default_model=settings.default_model),
        receipts=Receipts(store),
        ratings=Ratings(store),
        verified=verified,
        recordings=Recordings(store),
        memories=SessionMemories(store, archive, memory, window_turns=settings.chat_memory_turns),
        models=settings.allowed_models,
        default_model=settings.default_model,
        max_tokens=settings.llm_max_tokens,
    )
    service = GrpcService.of(
        chat_pb2.DESCRIPTOR, "ChatService", add_ChatServiceServicer_to_server, servicer, REDIS_CHECK
    )
    return Chat(settings=settings, redis=redis, replies=replies, service=service)


def _model_words(
    settings: ChatSettings, upstream: Upstream | None, spending: Spending, recall: Recall
) -> ModelWords | None:
    if upstream is None:
        return None
    return ModelWords(
        upstream,
        spending=spending,
        recall=recall,
        answer_tokens=settings.llm_max_tokens,
        budget_tokens=settings.llm_context_tokens - settings.llm_max_tokens,
        window_turns=settings.chat_memory_turns,
    )


def _reply_log(settings: ChatSettings, redis: RedisClients) -> ReplyLog:
    return ReplyLog(
        redis=redis,
        replica_id=new_id(),
        lease_seconds=settings.chat_lease_seconds,
        keep_seconds=settings.chat_reply_keep_seconds,
        keep_unarchived_seconds=max(settings.chat_reply_keep_seconds, settings.chat_memory_seconds),
    )

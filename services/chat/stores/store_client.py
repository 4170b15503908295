"""The store as the chat uses it: every number, every message, and the archive of sessions and turns.

Calls carry the token of the person who asks. Errors arrive as the store raised them; one that cannot be reached is
UnavailableError (STORE_UNAVAILABLE).
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import grpc

from earshot.store.v1 import (
    alert_pb2,
    alert_pb2_grpc,
    change_pb2,
    conversation_pb2,
    conversation_pb2_grpc,
    incident_pb2,
    incident_pb2_grpc,
    memory_pb2,
    memory_pb2_grpc,
    message_pb2,
    message_pb2_grpc,
    saved_pb2,
    saved_pb2_grpc,
    spikes_pb2,
    stats_pb2,
    stats_pb2_grpc,
)
from earshot.types.v1 import question_pb2
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.errors import ErrorReason, UnavailableError
from services.runtime.retries import idempotent_methods
from services.runtime.status import from_rpc_error
from services.runtime.tls import TlsFiles

_PAGE: Final = 50
_SERVICES: Final = (
    alert_pb2.DESCRIPTOR.services_by_name["AlertService"],
    conversation_pb2.DESCRIPTOR.services_by_name["ConversationService"],
    incident_pb2.DESCRIPTOR.services_by_name["IncidentService"],
    memory_pb2.DESCRIPTOR.services_by_name["MemoryService"],
    message_pb2.DESCRIPTOR.services_by_name["MessageService"],
    saved_pb2.DESCRIPTOR.services_by_name["SavedQueryService"],
    stats_pb2.DESCRIPTOR.services_by_name["StatsService"],
)


def open_store_channel(address: str, *, timeout_seconds: float, tls: TlsFiles | None) -> CallingChannel:
    """A channel to the store on which idempotent calls are retried and the caller's token is passed on."""
    retriable = idempotent_methods(*_SERVICES)
    return open_channel(address, retriable_methods=retriable, default_unary_seconds=timeout_seconds, tls=tls)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns a failed RPC into the error the store raised."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        unreachable = UnavailableError(
            "The store does not answer.",
            reason=ErrorReason.STORE_UNAVAILABLE,
            hint="Try again in a moment; if it lasts, the operator has to look at the store.",
        )
        raise from_rpc_error(error, unreachable=unreachable) from error


class Store:
    """Typed calls to the store."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.conversations = conversation_pb2_grpc.ConversationServiceStub(channel)
        self._alerts = alert_pb2_grpc.AlertServiceStub(channel)
        self._incidents = incident_pb2_grpc.IncidentServiceStub(channel)
        self._memories = memory_pb2_grpc.MemoryServiceStub(channel)
        self._messages = message_pb2_grpc.MessageServiceStub(channel)
        self._saved = saved_pb2_grpc.SavedQueryServiceStub(channel)
        self._stats = stats_pb2_grpc.StatsServiceStub(channel)

    async def query(self, query: question_pb2.StatsQuery) -> question_pb2.StatsResult:
        """Runs a typed question."""
        with store_errors():
            response = await self._stats.QueryStats(stats_pb2.QueryStatsRequest(query=query))
        return response.result

    async def spikes(self, request: spikes_pb2.DetectSpikesRequest) -> spikes_pb2.DetectSpikesResponse:
        """What stands out."""
        with store_errors():
            return await self._stats.DetectSpikes(request)

    async def change(self, request: change_pb2.ExplainChangeRequest) -> change_pb2.ExplainChangeResponse:
        """What a change is made of."""
        with store_errors():
            return await self._stats.ExplainChange(request)

    async def incidents(self, request: incident_pb2.ListIncidentsRequest) -> list[incident_pb2.Incident]:
        """A page of incidents, those of most users first."""
        with store_errors():
            response = await self._incidents.ListIncidents(request)
        return list(response.incidents)

    async def create_alert_rule(self, request: alert_pb2.CreateAlertRuleRequest) -> alert_pb2.AlertRule:
        """A new rule; the same request id again answers with the rule it made."""
        with store_errors():
            return (await self._alerts.CreateAlertRule(request)).rule

    async def messages(self, request: message_pb2.ListMessagesRequest) -> list[message_pb2.Message]:
        """A page of messages."""
        with store_errors():
            response = await self._messages.ListMessages(request)
        return list(response.messages)

    async def ensure_session(
        self, session: conversation_pb2.Conversation
    ) -> conversation_pb2.CreateConversationResponse:
        """The caller's session of that id, made from `session` where there is none."""
        request = conversation_pb2.CreateConversationRequest(conversation=session)
        with store_errors():
            return await self.conversations.CreateConversation(request)

    async def session(self, session_id: str) -> conversation_pb2.Conversation:
        """The caller's session of that id. NotFoundError (CONVERSATION_NOT_FOUND)."""
        with store_errors():
            request = conversation_pb2.GetConversationRequest(id=session_id)
            return (await self.conversations.GetConversation(request)).conversation

    async def append_turn(self, session_id: str, turn: conversation_pb2.StoredTurn) -> conversation_pb2.StoredTurn:
        """Archives a finished turn; the same turn again changes nothing. The answer carries its number."""
        request = conversation_pb2.AppendTurnRequest(conversation_id=session_id, turn=turn)
        with store_errors():
            response = await self.conversations.AppendTurn(request)
        return response.turn

    async def verified_question(self, text: str) -> saved_pb2.SavedQuery | None:
        """The workspace's verified question in these words, if it has one."""
        request = saved_pb2.ListSavedQueriesRequest(kind=saved_pb2.SAVED_QUERY_KIND_QUESTION, name=text, page_size=1)
        with store_errors():
            return next(iter((await self._saved.ListSavedQueries(request)).queries), None)

    async def save_query(self, query: saved_pb2.SavedQuery) -> saved_pb2.SavedQuery:
        """Keeps a query under its name."""
        with store_errors():
            return (await self._saved.SaveQuery(saved_pb2.SaveQueryRequest(query=query))).query

    async def memories(self, session_id: str) -> list[memory_pb2.Memory]:
        """What the session remembers beside its turns, oldest first."""
        with store_errors():
            response = await self._memories.GetMemories(memory_pb2.GetMemoriesRequest(conversation_id=session_id))
        return list(response.memories)

    async def put_memory(self, session_id: str, memory: memory_pb2.Memory) -> memory_pb2.Memory:
        """Adds an entry, or changes the one that has its id."""
        with store_errors():
            request = memory_pb2.PutMemoryRequest(conversation_id=session_id, memory=memory)
            return (await self._memories.PutMemory(request)).memory

    async def delete_memories(self, session_id: str, ids: Sequence[str]) -> None:
        """Deletes entries."""
        with store_errors():
            await self._memories.DeleteMemories(memory_pb2.DeleteMemoriesRequest(conversation_id=session_id, ids=ids))

    async def turn(self, turn_id: str) -> tuple[conversation_pb2.StoredTurn, str]:
        """The caller's turn of this id and its session. NotFoundError (TURN_NOT_FOUND)."""
        with store_errors():
            response = await self.conversations.GetTurn(conversation_pb2.GetTurnRequest(id=turn_id))
        return response.turn, response.conversation_id

    async def turns(
        self, session_id: str, *, newest_first: bool = False
    ) -> AsyncGenerator[conversation_pb2.StoredTurn, None]:
        """The archived turns in their order, or the newest first, fetched as they are asked for."""
        request = conversation_pb2.ListTurnsRequest(
            conversation_id=session_id, page_size=_PAGE, newest_first=newest_first
        )
        while True:
            with store_errors():
                response = await self.conversations.ListTurns(request)
            for turn in response.turns:
                yield turn
            if not response.next_page_token:
                return
            request.page_token = response.next_page_token

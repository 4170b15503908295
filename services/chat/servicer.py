"""ChatService: check, convert, call, convert."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc

from earshot.chat.v1 import chat_pb2, chat_pb2_grpc, memory_pb2, recording_pb2, subscription_pb2
from services.chat.asked import asked_of, uuid_of
from services.chat.interpreting.interpretations import Interpretations
from services.chat.interpreting.verified import VerifiedQuestions
from services.chat.ratings import Ratings
from services.chat.receipts import Receipts
from services.chat.recording.recordings import Recordings
from services.chat.replies.replies import Replies
from services.chat.replies.whole_answer import WholeAnswer
from services.chat.session_memory import SessionMemories
from services.chat.sessions import Sessions
from services.chat.stores.keyspace import Owner
from services.runtime.call_context import current_identity

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class ChatServicer(chat_pb2_grpc.ChatServiceServicer):
    """Methods as the contract describes them."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        replies: Replies,
        interpretations: Interpretations,
        receipts: Receipts,
        ratings: Ratings,
        verified: VerifiedQuestions,
        memories: SessionMemories,
        recordings: Recordings,
        models: frozenset[str],
        default_model: str,
        max_tokens: int,
    ) -> None:
        self._sessions = sessions
        self._replies = replies
        self._interpretations = interpretations
        self._receipts = receipts
        self._ratings = ratings
        self._verified = verified
        self._memories = memories
        self._recordings = recordings
        self._models = models
        self._default_model = default_model
        self._max_tokens = max_tokens

    async def CreateSession(
        self, request: chat_pb2.CreateSessionRequest, context: Context
    ) -> chat_pb2.CreateSessionResponse:
        """Makes a session."""
        return chat_pb2.CreateSessionResponse(session=await self._sessions.create(request))

    async def GetSession(self, request: chat_pb2.GetSessionRequest, context: Context) -> chat_pb2.GetSessionResponse:
        """One session."""
        return chat_pb2.GetSessionResponse(session=await self._sessions.get(request.id))

    async def ListSessions(
        self, request: chat_pb2.ListSessionsRequest, context: Context
    ) -> chat_pb2.ListSessionsResponse:
        """The caller's sessions."""
        return await self._sessions.page(request)

    async def RenameSession(
        self, request: chat_pb2.RenameSessionRequest, context: Context
    ) -> chat_pb2.RenameSessionResponse:
        """Gives a session another title."""
        return chat_pb2.RenameSessionResponse(session=await self._sessions.rename(request))

    async def DeleteSession(
        self, request: chat_pb2.DeleteSessionRequest, context: Context
    ) -> chat_pb2.DeleteSessionResponse:
        """Deletes a session."""
        await self._sessions.delete(_owner(), request.id)
        return chat_pb2.DeleteSessionResponse()

    async def ListTurns(self, request: chat_pb2.ListTurnsRequest, context: Context) -> chat_pb2.ListTurnsResponse:
        """The finished turns of a session."""
        return await self._sessions.turns(_owner(), request)

    async def SendMessage(
        self, request: chat_pb2.SendMessageRequest, context: Context
    ) -> AsyncGenerator[chat_pb2.ChatEvent, None]:
        """Sends a message and streams the reply."""
        asked = asked_of(request, current_identity(), models=self._models, max_tokens=self._max_tokens)
        async with aclosing(self._replies.ask(asked)) as events:
            async for event in events:
                yield event

    async def Ask(self, request: chat_pb2.SendMessageRequest, context: Context) -> chat_pb2.AskResponse:
        """The reply in one piece."""
        answer = WholeAnswer()
        async with aclosing(self.SendMessage(request, context)) as events:
            async for event in events:
                answer.take(event)
        return answer.response()

    async def ResumeReply(
        self, request: chat_pb2.ResumeReplyRequest, context: Context
    ) -> AsyncGenerator[chat_pb2.ChatEvent, None]:
        """The events of a reply after a position."""
        reply_id = uuid_of(request.reply_id, "reply_id", required=True)
        after_seq = request.after_seq if request.HasField("after_seq") else -1
        async with aclosing(self._replies.follow(_owner(), reply_id, after_seq)) as events:
            async for event in events:
                yield event

    async def CancelReply(self, request: chat_pb2.CancelReplyRequest, context: Context) -> chat_pb2.CancelReplyResponse:
        """Stops a reply."""
        reply_id = uuid_of(request.reply_id, "reply_id", required=True)
        return chat_pb2.CancelReplyResponse(cancelled=await self._replies.cancel(_owner(), reply_id))

    async def InterpretQuestion(
        self, request: chat_pb2.InterpretQuestionRequest, context: Context
    ) -> chat_pb2.InterpretQuestionResponse:
        """How a question would be understood."""
        interpretation = await self._interpretations.read(request, current_identity())
        return chat_pb2.InterpretQuestionResponse(interpretation=interpretation)

    async def GetReceipt(self, request: chat_pb2.GetReceiptRequest, context: Context) -> chat_pb2.GetReceiptResponse:
        """The receipt of an answer."""
        return await self._receipts.get(uuid_of(request.id, "id", required=True))

    async def ReplayReceipt(
        self, request: chat_pb2.ReplayReceiptRequest, context: Context
    ) -> chat_pb2.ReplayReceiptResponse:
        """Runs a receipt's queries again."""
        return await self._receipts.replay(uuid_of(request.id, "id", required=True))

    async def RateTurn(self, request: chat_pb2.RateTurnRequest, context: Context) -> chat_pb2.RateTurnResponse:
        """The asker's word on an answer."""
        return await self._ratings.rate(request)

    async def ListRatedTurns(
        self, request: chat_pb2.ListRatedTurnsRequest, context: Context
    ) -> chat_pb2.ListRatedTurnsResponse:
        """The answers of the workspace that people rated."""
        return await self._ratings.page(request)

    async def VerifyTurn(self, request: chat_pb2.VerifyTurnRequest, context: Context) -> chat_pb2.VerifyTurnResponse:
        """Keeps how a turn was read."""
        return chat_pb2.VerifyTurnResponse(query=await self._verified.verify(request))

    async def SubscribeReceipt(
        self, request: subscription_pb2.SubscribeReceiptRequest, context: Context
    ) -> subscription_pb2.SubscribeReceiptResponse:
        """Watches a receipt's question."""
        return subscription_pb2.SubscribeReceiptResponse(rule=await self._receipts.subscribe(request))

    async def ExportRecording(
        self, request: recording_pb2.ExportRecordingRequest, context: Context
    ) -> AsyncGenerator[recording_pb2.ExportRecordingResponse, None]:
        """A session as a recording."""
        session_id = uuid_of(request.session_id, "session_id", required=True)
        await self._replies.settle_session(_owner(), session_id)
        async with aclosing(self._recordings.lines(session_id)) as lines:
            async for line in lines:
                yield recording_pb2.ExportRecordingResponse(line=line)

    async def DescribeModels(
        self, request: chat_pb2.DescribeModelsRequest, context: Context
    ) -> chat_pb2.DescribeModelsResponse:
        """The models a message may name."""
        current_identity()
        return chat_pb2.DescribeModelsResponse(models=sorted(self._models), default_model=self._default_model)

    async def GetMemory(self, request: memory_pb2.GetMemoryRequest, context: Context) -> memory_pb2.GetMemoryResponse:
        """What a session remembers."""
        return await self._memories.get(_owner(), request.session_id)

    async def EditMemory(
        self, request: memory_pb2.EditMemoryRequest, context: Context
    ) -> memory_pb2.EditMemoryResponse:
        """Corrects or adds an entry."""
        return memory_pb2.EditMemoryResponse(entry=await self._memories.edit(_owner(), request))

    async def ForgetMemory(
        self, request: memory_pb2.ForgetMemoryRequest, context: Context
    ) -> memory_pb2.ForgetMemoryResponse:
        """Forgets something."""
        await self._memories.forget(_owner(), request)
        return memory_pb2.ForgetMemoryResponse()

    async def GetContextReport(
        self, request: memory_pb2.GetContextReportRequest, context: Context
    ) -> memory_pb2.GetContextReportResponse:
        """What the model was sent for a turn."""
        turn_id = uuid_of(request.turn_id, "turn_id", required=True)
        return memory_pb2.GetContextReportResponse(report=await self._memories.report(turn_id))


def _owner() -> Owner:
    return Owner.of(current_identity())

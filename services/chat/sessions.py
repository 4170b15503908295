"""Sessions and their turns, as the store's archive has them, in the chat's own terms."""

from typing import Final

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.asked import (
    ASSISTANT,
    MAX_SYSTEM_PROMPT,
    MAX_TITLE,
    mode_of,
    text_of,
    uuid_of,
)
from services.chat.history.turns import from_stored
from services.chat.memory import Memory
from services.chat.replies.replies import Replies
from services.chat.stores.keyspace import Owner
from services.chat.stores.store_client import Store, store_errors
from services.runtime.errors import InvalidInputError
from services.runtime.ids import new_id

_MODES: Final = {"analyst": chat_pb2.MODE_ANALYST, ASSISTANT: chat_pb2.MODE_ASSISTANT}


class Sessions:
    """Makes, reads, renames and deletes a caller's sessions."""

    def __init__(self, store: Store, memory: Memory, replies: Replies) -> None:
        self._store = store
        self._memory = memory
        self._replies = replies

    async def create(self, request: chat_pb2.CreateSessionRequest) -> chat_pb2.Session:
        """A session, made or found by the caller's own id."""
        session = conversation_pb2.Conversation(
            id=uuid_of(request.id, "id") or new_id(),
            title=text_of(request.title, "title", MAX_TITLE),
            mode=mode_of(request.mode),
            system_prompt=text_of(request.system_prompt, "system_prompt", MAX_SYSTEM_PROMPT),
        )
        return to_session((await self._store.ensure_session(session)).conversation)

    async def get(self, session_id: str) -> chat_pb2.Session:
        """One session; NotFoundError (CONVERSATION_NOT_FOUND)."""
        request = conversation_pb2.GetConversationRequest(id=uuid_of(session_id, "id", required=True))
        with store_errors():
            return to_session((await self._store.conversations.GetConversation(request)).conversation)

    async def page(self, request: chat_pb2.ListSessionsRequest) -> chat_pb2.ListSessionsResponse:
        """A page of sessions, the one used last first."""
        asked = conversation_pb2.ListConversationsRequest(page_size=request.page_size, page_token=request.page_token)
        with store_errors():
            found = await self._store.conversations.ListConversations(asked)
        return chat_pb2.ListSessionsResponse(
            sessions=[to_session(session) for session in found.conversations], next_page_token=found.next_page_token
        )

    async def rename(self, request: chat_pb2.RenameSessionRequest) -> chat_pb2.Session:
        """The session under its new title."""
        if not request.title.strip():
            raise InvalidInputError.of_field("title", "must not be empty or blank")
        renaming = conversation_pb2.RenameConversationRequest(
            id=uuid_of(request.id, "id", required=True), title=text_of(request.title, "title", MAX_TITLE)
        )
        with store_errors():
            return to_session((await self._store.conversations.RenameConversation(renaming)).conversation)

    async def delete(self, owner: Owner, session_id: str) -> None:
        """Stops what runs in the session, then removes its turns and its memory."""
        request = conversation_pb2.DeleteConversationRequest(id=uuid_of(session_id, "id", required=True))
        await self._replies.stop_session(owner, request.id)
        with store_errors():
            await self._store.conversations.DeleteConversation(request)
        await self._memory.forget(owner, request.id)

    async def turns(self, owner: Owner, request: chat_pb2.ListTurnsRequest) -> chat_pb2.ListTurnsResponse:
        """A page of finished turns, oldest first; what a dead process left behind is archived before."""
        session_id = uuid_of(request.session_id, "session_id", required=True)
        await self._replies.settle_session(owner, session_id)
        asked = conversation_pb2.ListTurnsRequest(
            conversation_id=session_id, page_size=request.page_size, page_token=request.page_token
        )
        with store_errors():
            found = await self._store.conversations.ListTurns(asked)
        return chat_pb2.ListTurnsResponse(
            turns=[from_stored(turn) for turn in found.turns], next_page_token=found.next_page_token
        )


def to_session(conversation: conversation_pb2.Conversation) -> chat_pb2.Session:
    """The store's conversation as a session."""
    return chat_pb2.Session(
        id=conversation.id,
        title=conversation.title,
        mode=_MODES.get(conversation.mode, chat_pb2.MODE_UNSPECIFIED),
        system_prompt=conversation.system_prompt,
        create_time=conversation.create_time,
        update_time=conversation.update_time,
        turn_count=conversation.turn_count,
    )

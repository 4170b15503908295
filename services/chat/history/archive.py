"""Where finished turns go, and where a session's memory comes from: the store first, Redis as the fast copy."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

import structlog

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.history.remembered import ReplacedTurn, SessionMemory
from services.chat.history.turns import from_stored, last_in_force, puts_in_force, to_remembered, to_stored
from services.chat.memory import Memory
from services.chat.stores.keyspace import Owner
from services.chat.stores.store_client import Store, store_errors
from services.runtime.errors import UnavailableError

_logger = structlog.get_logger("earshot.archive")

_TITLE_CHARACTERS: Final = 80


class Archive:
    """Sessions and turns as the chat keeps them."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._memory = memory

    async def open_session(self, session_id: str, *, mode: str, first_question: str) -> conversation_pb2.Conversation:
        """The caller's session of that id, made where there is none; one without a title is named by the question."""
        title = title_of(first_question)
        session = await self._store.ensure_session(conversation_pb2.Conversation(id=session_id, title=title, mode=mode))
        if session.title:
            return session
        request = conversation_pb2.RenameConversationRequest(id=session.id, title=title)
        with store_errors():
            return (await self._store.conversations.RenameConversation(request)).conversation

    async def replaced(self, turn_id: str) -> ReplacedTurn:
        """The finished turn of this id, to be asked again or otherwise. NotFoundError (TURN_NOT_FOUND)."""
        stored, session_id = await self._store.turn(turn_id)
        turn = from_stored(stored)
        return ReplacedTurn(session_id=session_id, question=turn.text, previous_number=turn.previous_number)

    async def recall(self, owner: Owner, session: conversation_pb2.Conversation) -> SessionMemory:
        """What the session remembers; written anew from the archive where Redis lost it or fell behind."""
        remembered = await self._memory.load(owner, session.id, turn_count=session.turn_count)
        return remembered if remembered is not None else await self._rebuilt(owner, session.id)

    async def recall_up_to(self, session_id: str, number: int) -> SessionMemory:
        """What was remembered after the turn of this number: for a turn that is asked in place of the next one."""
        return _memory_of(await self._branch(session_id, number))

    async def keep(self, owner: Owner, session_id: str, turn: chat_pb2.Turn) -> None:
        """Archives a finished turn, then remembers it. Raises what the store raises; a failing Redis is only logged:
        the next turn finds its memory behind the archive and writes it anew.
        """
        stored = await self._store.append_turn(session_id, to_stored(turn))
        turn.number = stored.number
        try:
            if turn.replaces_turn_id:
                await self._rebuilt(owner, session_id)
            else:
                await self._memory.remember(owner, session_id, to_remembered(turn), puts_in_force(turn))
        except UnavailableError as error:
            _logger.warning("turn archived but not remembered", turn_id=turn.id, reason=error.reason)

    async def _rebuilt(self, owner: Owner, session_id: str) -> SessionMemory:
        remembered = _memory_of(await self._branch(session_id))
        await self._memory.replace(owner, session_id, remembered)
        return remembered

    async def _branch(self, session_id: str, last: int | None = None) -> list[chat_pb2.Turn]:
        """The turns at the end of the branch that ends with number `last`, oldest first; of the newest one for None."""
        branch: list[chat_pb2.Turn] = []
        async with aclosing(self._store.turns_newest_first(session_id)) as turns:
            async for stored in turns:
                if last == 0 or len(branch) == self._memory.window_turns:
                    break
                if last is None or stored.number == last:
                    branch.append(from_stored(stored))
                    last = branch[-1].previous_number
        return branch[::-1]


def _memory_of(turns: Sequence[chat_pb2.Turn]) -> SessionMemory:
    return SessionMemory(turns=tuple(to_remembered(turn) for turn in turns), in_force=last_in_force(turns))


def title_of(question: str) -> str:
    """A question's beginning as a title: one line, at most 80 characters."""
    words = " ".join(question.split())
    return words if len(words) <= _TITLE_CHARACTERS else words[: _TITLE_CHARACTERS - 1].rstrip() + "…"

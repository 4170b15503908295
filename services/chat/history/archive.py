"""Where finished turns go, and where a session's memory comes from: the store first, Redis as the fast copy."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid5

import structlog

from earshot.chat.v1 import chat_pb2, memory_pb2
from earshot.store.v1 import conversation_pb2
from earshot.store.v1 import memory_pb2 as memory_pb2_store
from services.chat.history.noting import told
from services.chat.history.remembered import Note, NoteKind, ReplacedTurn, SessionMemory
from services.chat.history.taking_back import asks_to_forget, taken_back
from services.chat.history.turns import from_stored, last_in_force, puts_in_force, to_remembered, to_stored
from services.chat.memory import KEPT_TURNS, Memory
from services.chat.recording.flight import Flight
from services.chat.stores.keyspace import Owner
from services.chat.stores.store_client import Store, store_errors
from services.runtime.errors import EarshotError, UnavailableError
from services.runtime.ids import new_id

_logger = structlog.get_logger("earshot.archive")

_TITLE_CHARACTERS: Final = 80
_FEWEST_TELLING: Final = 8
"""A note of fewer characters may stand in an answer by chance."""


class Archive:
    """Sessions and turns as the chat keeps them."""

    def __init__(self, store: Store, memory: Memory) -> None:
        self._store = store
        self._memory = memory

    async def open_session(
        self, owner: Owner, session_id: str, *, mode: str, first_question: str
    ) -> conversation_pb2.Conversation:
        """The caller's session of that id, made where there is none; one without a title is named by the question.

        Its system prompt is its own, else its workspace's, which comes with the same answer of the store.
        Erasing blanks the titles of the sessions it touches: a session that has turns and no title has lost words, and
        its copy in Redis must not bring them back.
        """
        title = title_of(first_question)
        wanted = conversation_pb2.Conversation(id=session_id, title=title, mode=mode)
        answer = await self._store.ensure_session(wanted)
        session = answer.conversation
        if session.turn_count and not session.title:
            session = await self._named_anew(owner, session.id, title)
        session.system_prompt = session.system_prompt or answer.workspace_system_prompt
        return session

    async def _named_anew(self, owner: Owner, session_id: str, title: str) -> conversation_pb2.Conversation:
        await self._memory.forget(owner, session_id)
        request = conversation_pb2.RenameConversationRequest(id=session_id, title=title)
        with store_errors():
            return (await self._store.conversations.RenameConversation(request)).conversation

    async def replaced(self, turn_id: str) -> ReplacedTurn:
        """The finished turn of this id, to be asked again or otherwise. NotFoundError (TURN_NOT_FOUND)."""
        stored, session_id = await self._store.turn(turn_id)
        turn = from_stored(stored)
        return ReplacedTurn(session_id=session_id, question=turn.text, previous_number=turn.previous_number)

    async def recall(self, owner: Owner, session: conversation_pb2.Conversation) -> SessionMemory:
        """What the session remembers; written anew from the archive where Redis has not all of it."""
        remembered = await self._memory.load(owner, session.id, turn_count=session.turn_count)
        if remembered is not None:
            return remembered
        version = await self._memory.version(owner, session.id)
        turns = await self._branch(session.id) if session.turn_count else []
        # The count may be older than what outdated the memory.
        notes = await self._notes(session.id) if session.memory_count or version else []
        return await self._rewritten(owner, session.id, _memory_of(turns, notes), version)

    async def recall_up_to(self, session_id: str, number: int) -> SessionMemory:
        """What was remembered after the turn of this number: for a turn that is asked in place of the next one."""
        return _memory_of(await self._branch(session_id, number), await self._notes(session_id))

    async def keep(
        self,
        owner: Owner,
        session_id: str,
        turn: chat_pb2.Turn,
        context: memory_pb2.ContextReport | None = None,
        flight: Flight | None = None,
    ) -> None:
        """Archives a finished turn, then remembers it. Raises what the store raises; a failing Redis is only logged:
        the next turn finds its memory behind the archive and writes it anew.
        """
        stored = await self._store.append_turn(session_id, to_stored(turn, context, flight))
        turn.number = stored.number
        noted = await self._note(session_id, turn)
        noted = await self._take_back(session_id, turn) or noted
        try:
            if noted:
                await self._memory.outdate(owner, session_id)
            elif turn.replaces_turn_id:
                version = await self._memory.version(owner, session_id)
                found = _memory_of(await self._branch(session_id), await self._notes(session_id))
                await self._rewritten(owner, session_id, found, version)
            else:
                await self._memory.remember(owner, session_id, to_remembered(turn), puts_in_force(turn))
        except UnavailableError as error:
            _logger.warning("turn archived but not remembered", turn_id=turn.id, reason=error.reason)

    async def _rewritten(self, owner: Owner, session_id: str, remembered: SessionMemory, version: str) -> SessionMemory:
        await self._memory.replace(owner, session_id, remembered, version=version)
        return remembered

    async def _notes(self, session_id: str) -> list[Note]:
        return [note_of(memory) for memory in await self._store.memories(session_id)]

    async def _note(self, session_id: str, turn: chat_pb2.Turn) -> bool:
        """Keeps what the turn asks to be remembered; whether there was any. A limit that is reached is only logged."""
        said = told(turn.text) if turn.status != "failed" else ()
        for place, item in enumerate(said):
            # The same turn kept again, after an answer that was lost, must not be noted twice.
            entry_id = str(uuid5(UUID(turn.id), str(place)))
            memory = memory_pb2_store.Memory(id=entry_id, kind=item.kind, text=item.text, turn_number=turn.number)
            try:
                await self._store.put_memory(session_id, memory)
            except EarshotError as error:
                _logger.warning("not remembered", turn_id=turn.id, reason=error.reason)
        return bool(said)

    async def _take_back(self, session_id: str, turn: chat_pb2.Turn) -> bool:
        """Forgets what the turn asks to be forgotten, with the turns that say it; whether there was any."""
        if turn.status == "failed" or not asks_to_forget(turn.text):
            return False
        kept = SessionMemory(notes=tuple(await self._notes(session_id))).entries
        notes = taken_back(turn.text, kept)
        if notes:
            await self.forget_notes(session_id, notes)
            await self.forget_turns(session_id, {turn.number})
        return bool(notes)

    async def forget_notes(self, session_id: str, notes: Sequence[Note]) -> None:
        """Deletes entries and keeps from the model the turns that said them, also as an answer."""
        await self._store.delete_memories(session_id, [note.id for note in notes])
        words = {note.text.strip(" .") for note in notes if len(note.text) >= _FEWEST_TELLING}
        telling = {turn.number for turn in await self._branch(session_id) if any(said in turn.answer for said in words)}
        await self.forget_turns(session_id, telling | {note.turn_number for note in notes} - {0})

    async def forget_turns(self, session_id: str, numbers: set[int]) -> None:
        """Keeps turns from the model, also those that were before."""
        known = await self._notes(session_id)
        marked = {note.turn_number for note in known if note.kind is NoteKind.FORGOTTEN_TURN}
        for number in sorted(numbers - marked):
            mark = memory_pb2_store.Memory(id=new_id(), kind=NoteKind.FORGOTTEN_TURN, turn_number=number)
            await self._store.put_memory(session_id, mark)

    async def _branch(self, session_id: str, last: int | None = None) -> list[chat_pb2.Turn]:
        """The turns at the end of the branch that ends with number `last`, oldest first; of the newest one for None."""
        branch: list[chat_pb2.Turn] = []
        async with aclosing(self._store.turns(session_id, newest_first=True)) as turns:
            async for stored in turns:
                if last == 0 or len(branch) == KEPT_TURNS:
                    break
                if last is None or stored.number == last:
                    branch.append(from_stored(stored))
                    last = branch[-1].previous_number
        return branch[::-1]


def _memory_of(turns: Sequence[chat_pb2.Turn], notes: Sequence[Note]) -> SessionMemory:
    memory = SessionMemory(turns=tuple(to_remembered(turn) for turn in turns), notes=tuple(notes))
    return replace(memory, in_force=last_in_force(turn for turn in turns if turn.number > memory.start))


def note_of(memory: memory_pb2_store.Memory) -> Note:
    """An entry as the store keeps it."""
    return Note(
        id=memory.id,
        kind=NoteKind(memory.kind),
        text=memory.text,
        turn_number=memory.turn_number,
        create_time=memory.create_time.ToJsonString(),
        update_time=memory.update_time.ToJsonString(),
    )


def title_of(question: str) -> str:
    """A question's beginning as a title: one line, at most 80 characters."""
    words = " ".join(question.split())
    return words if len(words) <= _TITLE_CHARACTERS else words[: _TITLE_CHARACTERS - 1].rstrip() + "…"

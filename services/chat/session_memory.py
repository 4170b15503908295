"""What a session remembers, for its owner to see, to correct and to have forgotten; and what a model was sent (B19)."""

from typing import Final

from earshot.chat.v1 import memory_pb2
from earshot.store.v1 import memory_pb2 as store_memory_pb2
from services.chat.asked import text_of, uuid_of
from services.chat.convert import timestamp_of
from services.chat.history.archive import Archive, note_of
from services.chat.history.context import digest_of, summary_of
from services.chat.history.noting import MAX_NOTE
from services.chat.history.remembered import Note, NoteKind, SessionMemory
from services.chat.history.turns import context_from_stored
from services.chat.memory import Memory
from services.chat.stores.keyspace import Owner
from services.chat.stores.store_client import Store
from services.runtime.errors import ErrorReason, InvalidInputError, NotFoundError
from services.runtime.ids import new_id

_KINDS: Final = {
    memory_pb2.MEMORY_KIND_UNSPECIFIED: NoteKind.FACT,
    memory_pb2.MEMORY_KIND_FACT: NoteKind.FACT,
    memory_pb2.MEMORY_KIND_PREFERENCE: NoteKind.PREFERENCE,
}
_KINDS_TOLD: Final = {
    NoteKind.FACT: memory_pb2.MEMORY_KIND_FACT,
    NoteKind.PREFERENCE: memory_pb2.MEMORY_KIND_PREFERENCE,
}
_TURN: Final = "turn:"
_FILTERS: Final = "filters"


class SessionMemories:
    """The memories of a caller's sessions."""

    def __init__(self, store: Store, archive: Archive, memory: Memory, *, window_turns: int) -> None:
        self._store = store
        self._archive = archive
        self._memory = memory
        self._window_turns = window_turns

    async def get(self, owner: Owner, session_id: str) -> memory_pb2.GetMemoryResponse:
        """Everything the session remembers. NotFoundError (CONVERSATION_NOT_FOUND)."""
        memory = await self._remembered(owner, session_id)
        entries = [_entry(note) for note in memory.entries]
        if memory.in_force is not None and memory.in_force.explanation:
            entries.append(
                memory_pb2.MemoryEntry(
                    id=_FILTERS,
                    kind=memory_pb2.MEMORY_KIND_FILTERS,
                    text=memory.in_force.explanation[:MAX_NOTE],
                    turn_number=memory.turns[-1].number if memory.turns else 0,
                )
            )
        for turn in summary_of(memory, self._window_turns):
            kind, text = memory_pb2.MEMORY_KIND_SUMMARY, digest_of(turn)
            entry_id = f"{_TURN}{turn.number}"
            entries.append(memory_pb2.MemoryEntry(id=entry_id, kind=kind, text=text, turn_number=turn.number))
        return memory_pb2.GetMemoryResponse(
            entries=entries, forgotten_through=memory.start, forgotten_turns=sorted(memory.forgotten)
        )

    async def edit(self, owner: Owner, request: memory_pb2.EditMemoryRequest) -> memory_pb2.MemoryEntry:
        """The entry as it is now. NotFoundError (CONVERSATION_NOT_FOUND, MEMORY_NOT_FOUND)."""
        if not request.text.strip():
            raise InvalidInputError.of_field("text", "must not be empty or blank", reason=ErrorReason.EMPTY_TEXT)
        if request.kind not in _KINDS:
            raise InvalidInputError.of_field(
                "kind", "must be a fact or a preference", reason=ErrorReason.UNKNOWN_ENUM_VALUE
            )
        text, session_id = text_of(request.text, "text", MAX_NOTE), _session(request.session_id)
        entry_id = uuid_of(request.entry_id, "entry_id")
        if entry_id:
            await self._require(session_id, entry_id)
        new = store_memory_pb2.Memory(id=entry_id or new_id(), kind=_KINDS[request.kind], text=text)
        stored = await self._store.put_memory(session_id, new)
        await self._memory.outdate(owner, session_id)
        return _entry(note_of(stored))

    async def forget(self, owner: Owner, request: memory_pb2.ForgetMemoryRequest) -> None:
        """Forgets an entry, a turn, or everything so far. NotFoundError (CONVERSATION_NOT_FOUND)."""
        session_id = _session(request.session_id)
        match request.WhichOneof("what"):
            case "entry_id" if not request.entry_id.startswith(_TURN):
                if request.entry_id == _FILTERS:
                    raise _nothing_named(
                        "entry_id", "the reading in force goes with everything, or with a new question"
                    )
                await self._forget_entry(session_id, uuid_of(request.entry_id, "entry_id", required=True))
            case "entry_id":
                await self._forget_turn(session_id, request.entry_id.removeprefix(_TURN))
            case "turn_number":
                await self._forget_turn(session_id, str(request.turn_number))
            case "everything" if request.everything:
                await self._forget_everything(session_id)
            case _:
                raise _nothing_named("what", "must name an entry, a turn or everything")
        await self._memory.outdate(owner, session_id)

    async def report(self, turn_id: str) -> memory_pb2.ContextReport | None:
        """What the model was sent for a turn; None where none was asked. NotFoundError (TURN_NOT_FOUND)."""
        stored, _ = await self._store.turn(turn_id)
        return context_from_stored(stored)

    async def _remembered(self, owner: Owner, session_id: str) -> SessionMemory:
        return await self._archive.recall(owner, await self._store.session(_session(session_id)))

    async def _require(self, session_id: str, entry_id: str) -> None:
        notes = [note_of(memory) for memory in await self._store.memories(session_id)]
        if not any(note.id == entry_id and note.kind in _KINDS_TOLD for note in notes):
            raise NotFoundError("The session remembers nothing under this id.", reason=ErrorReason.MEMORY_NOT_FOUND)

    async def _forget_entry(self, session_id: str, entry_id: str) -> None:
        """The entry, with the turn that said it: it would tell a model the same."""
        notes = [note_of(memory) for memory in await self._store.memories(session_id)]
        found = [note for note in notes if note.id == entry_id and note.kind in _KINDS_TOLD]
        if found:
            await self._archive.forget_notes(session_id, found)
        else:
            await self._store.delete_memories(session_id, [entry_id])

    async def _forget_turn(self, session_id: str, number: str) -> None:
        # Python reads no number of more than 4,300 digits.
        if not number.isascii() or not number.isdecimal() or len(number) > 10 or not 0 < int(number) < 2**31:
            raise _nothing_named("turn_number", "must be the number of a turn")
        await self._archive.forget_turns(session_id, {int(number)})

    async def _forget_everything(self, session_id: str) -> None:
        session = await self._store.session(session_id)
        notes = [note_of(memory) for memory in await self._store.memories(session_id)]
        # The entries go first and make room for the mark.
        await self._store.delete_memories(session_id, [note.id for note in notes])
        mark = store_memory_pb2.Memory(id=new_id(), kind=NoteKind.START, turn_number=session.turn_count)
        await self._store.put_memory(session_id, mark)


def _session(session_id: str) -> str:
    return uuid_of(session_id, "session_id", required=True)


def _nothing_named(field: str, description: str) -> InvalidInputError:
    return InvalidInputError.of_field(field, description)


def _entry(note: Note) -> memory_pb2.MemoryEntry:
    return memory_pb2.MemoryEntry(
        id=note.id,
        kind=_KINDS_TOLD[note.kind],
        text=note.text,
        turn_number=note.turn_number,
        create_time=timestamp_of(note.create_time),
        update_time=timestamp_of(note.update_time),
    )

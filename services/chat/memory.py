"""Working memory of a session in plain Redis: its last turns, one JSON each, the question in force, and the notes.

Redis holds the fast copy. The truth is the store's archive: the number of the last turn here is compared with the
archive's count, and a memory that is missing or behind is written anew from there. Every change is one Lua script.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from google.protobuf import json_format

from earshot.chat.v1 import chat_pb2
from services.chat.convert import interpretation_from_proto, interpretation_to_proto
from services.chat.history.remembered import Note, NoteKind, RememberedTurn, SessionMemory
from services.chat.question import Interpretation
from services.chat.stores.keyspace import Owner
from services.chat.stores.redis_pool import RedisClients, memory_errors

_LOAD: Final = """
-- KEYS turns filters notes
return {redis.call('LRANGE', KEYS[1], 0, -1), redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])}
"""

_REMEMBER: Final = """
-- KEYS turns filters notes meanings | ARGV window keep_ms filters number turn
local last = redis.call('LINDEX', KEYS[1], -1)
if last and cjson.decode(last).number >= tonumber(ARGV[4]) then return 0 end
-- A gap: what is here is not what came before this turn. The next reader finds it behind and writes it anew.
local before = last and cjson.decode(last).number or 0
if before + 1 ~= tonumber(ARGV[4]) then return redis.call('DEL', KEYS[1], KEYS[2], KEYS[4]) end
redis.call('RPUSH', KEYS[1], ARGV[5])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[1]), -1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3]) end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
redis.call('PEXPIRE', KEYS[4], ARGV[2])
return 1
"""

_REPLACE: Final = """
-- KEYS turns filters notes meanings version | ARGV keep_ms filters number notes version turn*
if (redis.call('GET', KEYS[5]) or '') ~= ARGV[5] then return 0 end
local last = redis.call('LINDEX', KEYS[1], -1)
if last and cjson.decode(last).number > tonumber(ARGV[3]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[4])
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[1])
if #ARGV > 5 then redis.call('RPUSH', KEYS[1], unpack(ARGV, 6)) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1]) end
return 1
"""

_FORGET: Final = """
-- KEYS turns filters notes meanings version | ARGV keep_ms
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('INCR', KEYS[5])
redis.call('PEXPIRE', KEYS[5], ARGV[1])
return 1
"""

_MEAN: Final = """
-- KEYS meanings | ARGV keep_ms most (number turn)*
for place = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[place], ARGV[place + 1]) end
local numbers = redis.call('HKEYS', KEYS[1])
table.sort(numbers, function(one, other) return tonumber(one) < tonumber(other) end)
for place = 1, #numbers - tonumber(ARGV[2]) do redis.call('HDEL', KEYS[1], numbers[place]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
"""

KEPT_TURNS: Final = 50
"""Turns of a session that lie in Redis; what was before them is in the archive."""

KEPT_MEANINGS: Final = 200
"""Turns of a session whose embeddings lie in Redis, the latest."""


class Memory:
    """Reads and changes sessions' memories; UnavailableError (MEMORY_UNAVAILABLE) when Redis fails."""

    def __init__(self, redis: RedisClients, *, keep_seconds: int) -> None:
        self._redis = redis.commands
        self._keep_ms = keep_seconds * 1000
        self._load = redis.commands.register_script(_LOAD)
        self._remember = redis.commands.register_script(_REMEMBER)
        self._replace = redis.commands.register_script(_REPLACE)
        self._forget = redis.commands.register_script(_FORGET)
        self._mean = redis.commands.register_script(_MEAN)

    async def load(self, owner: Owner, session_id: str, *, turn_count: int) -> SessionMemory | None:
        """The session's memory; None when it is missing or behind the archive, which has `turn_count` turns."""
        with memory_errors():
            keys = [owner.turns(session_id), owner.filters(session_id), owner.notes(session_id)]
            raw_turns, raw_filters, raw_notes = await self._load(keys)
        turns = tuple(RememberedTurn.from_json(json.loads(raw)) for raw in raw_turns)
        if raw_notes is None or (turns[-1].number if turns else 0) < turn_count:
            return None
        notes = tuple(Note(**{**note, "kind": NoteKind(note["kind"])}) for note in json.loads(raw_notes))
        return SessionMemory(turns=turns, in_force=_filters(raw_filters), notes=notes)

    async def remember(
        self, owner: Owner, session_id: str, turn: RememberedTurn, in_force: Interpretation | None
    ) -> None:
        """Adds a finished turn; `in_force` None changes no filters."""
        args: list[Any] = [KEPT_TURNS, self._keep_ms, _filters_json(in_force), turn.number, _turn_json(turn)]
        with memory_errors():
            await self._remember(_keys(owner, session_id), args)

    async def version(self, owner: Owner, session_id: str) -> str:
        """Changes whenever what follows from the archive has to be written anew; for `replace`."""
        with memory_errors():
            found: Any = await self._redis.get(owner.version(session_id))
        return "" if found is None else found.decode()

    async def replace(self, owner: Owner, session_id: str, memory: SessionMemory, *, version: str = "") -> None:
        """Puts turns, filters and notes in place of what is there, unless that is newer.

        `version` is that of before the archive was read: with another one the next reader writes what it finds.
        """
        number = memory.turns[-1].number if memory.turns else 0
        notes = json.dumps([asdict(note) for note in memory.notes], ensure_ascii=False)
        args: list[Any] = [self._keep_ms, _filters_json(memory.in_force), number, notes, version]
        keys = [*_keys(owner, session_id), owner.version(session_id)]
        with memory_errors():
            await self._replace(keys, [*args, *map(_turn_json, memory.turns)])

    async def outdate(self, owner: Owner, session_id: str) -> None:
        """Has the next reader write everything anew from the archive."""
        await self.forget(owner, session_id)

    async def put_in_force(self, owner: Owner, session_id: str, interpretation: Interpretation) -> None:
        """Sets the question in force."""
        with memory_errors():
            await self._redis.set(owner.filters(session_id), _filters_json(interpretation), px=self._keep_ms)

    async def forget(self, owner: Owner, session_id: str) -> None:
        """Drops everything about a session, and what somebody else has just read to write it here."""
        with memory_errors():
            await self._forget([*_keys(owner, session_id), owner.version(session_id)], [self._keep_ms])

    async def meanings(self, owner: Owner, session_id: str) -> dict[int, bytes]:
        """Turns with their embeddings, as `keep_meanings` left them, by their number."""
        with memory_errors():
            found: Any = await self._redis.hgetall(owner.meanings(session_id))
        return {int(number): raw for number, raw in found.items()}

    async def keep_meanings(self, owner: Owner, session_id: str, turns: Mapping[int, str]) -> None:
        """Adds turns with their embeddings; the oldest go where there are too many."""
        args: list[Any] = [self._keep_ms, KEPT_MEANINGS]
        for number, raw in turns.items():
            args += (number, raw)
        with memory_errors():
            await self._mean([owner.meanings(session_id)], args)


def _keys(owner: Owner, session_id: str) -> list[str]:
    """Everything of a session that follows from its turns and notes."""
    return [owner.turns(session_id), owner.filters(session_id), owner.notes(session_id), owner.meanings(session_id)]


def _turn_json(turn: RememberedTurn) -> str:
    return json.dumps(asdict(turn), ensure_ascii=False)


def _filters(raw: bytes | None) -> Interpretation | None:
    if raw is None:
        return None
    return interpretation_from_proto(json_format.Parse(raw, chat_pb2.Interpretation(), ignore_unknown_fields=True))


def _filters_json(interpretation: Interpretation | None) -> str:
    if interpretation is None:
        return ""
    return json_format.MessageToJson(interpretation_to_proto(interpretation), indent=None, ensure_ascii=False)

"""How a question would be understood, without asking it; in a session its filters in force are used and updated."""

import asyncio
from datetime import UTC, datetime

from earshot.chat.v1 import chat_pb2
from services.chat.asked import ANALYST, now_of, question_of, uuid_of, zone_of
from services.chat.convert import interpretation_to_proto
from services.chat.history.archive import Archive
from services.chat.interpreting.interpreter import Interpreter, Question
from services.chat.interpreting.verified import VerifiedQuestions
from services.chat.memory import Memory
from services.chat.question import Behaviour, Interpretation
from services.chat.stores.keyspace import Owner
from services.runtime.auth import Identity


class Interpretations:
    """Reads questions for `InterpretQuestion`."""

    def __init__(
        self,
        interpreter: Interpreter,
        archive: Archive,
        memory: Memory,
        verified: VerifiedQuestions,
        *,
        default_model: str,
    ) -> None:
        self._interpreter = interpreter
        self._verified = verified
        self._archive = archive
        self._memory = memory
        self._default_model = default_model

    async def read(self, request: chat_pb2.InterpretQuestionRequest, caller: Identity) -> chat_pb2.Interpretation:
        """The reading. A refused question leaves no trace in the session."""
        text, zone = question_of(request.text), zone_of(request.time_zone)
        now = now_of(request, caller) or datetime.now(UTC)
        owner, session_id = Owner.of(caller), uuid_of(request.session_id, "session_id")
        verified, in_force = await asyncio.gather(
            self._verified.reading_of(text), self._in_force(owner, session_id, text)
        )
        question = Question(text=text, now=now, time_zone=zone, in_force=in_force, caller=caller, verified=verified)
        reading = (await self._interpreter.read(question, model=self._default_model)).interpretation
        if session_id and reading.behaviour is not Behaviour.REFUSE:
            await self._memory.put_in_force(owner, session_id, reading)
        return interpretation_to_proto(reading)

    async def _in_force(self, owner: Owner, session_id: str, text: str) -> Interpretation | None:
        if not session_id:
            return None
        session = await self._archive.open_session(owner, session_id, mode=ANALYST, first_question=text)
        return (await self._archive.recall(owner, session)).in_force

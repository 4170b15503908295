"""One reply from the question to its end: read it, say how, ask the store, tell the answer. No transport here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from earshot.chat.v1 import chat_pb2
from earshot.store.v1 import conversation_pb2
from services.chat.asked import ASSISTANT, Asked
from services.chat.convert import interpretation_to_proto
from services.chat.history.archive import Archive
from services.chat.history.asides import aside_on_memory
from services.chat.history.noting import asked_in, detail_of, told
from services.chat.history.remembered import Note, SessionMemory
from services.chat.history.taking_back import taken_back, without_taking_back
from services.chat.history.turns import FALLBACK_USED
from services.chat.interpreting.interpreter import Interpreter, Question, Reading
from services.chat.ledger.facts import facts_of
from services.chat.ledger.number_ledger import NumberLedger, Verification
from services.chat.narration.detail import LONGEST_BRIEF, Detail
from services.chat.narration.model_messages import analyst_messages, assistant_messages
from services.chat.narration.narrate import narrate, words_of
from services.chat.question import Behaviour, Interpretation, LabelFilter, Operation, StatsQuery
from services.chat.replies.evidence import Evidence, EvidenceSource
from services.chat.replies.model_words import ModelWords
from services.chat.replies.receipt import receipt_of
from services.chat.replies.running_reply import RunningReply
from services.chat.replies.telling import Telling, tell_by_code
from services.chat.settings import BUILTIN_MODEL
from services.chat.upstream.answer import UpstreamError
from services.runtime.errors import ErrorReason, FailedPreconditionError, LimitExceededError
from services.runtime.redaction import Redaction

_NOBODY: Final = LabelFilter()
_TOLD_BY_FINDINGS: Final = frozenset({Operation.SPIKES, Operation.INCIDENTS})
_SPENT: Final = "The day's budget for the language model is spent; the built-in narrator wrote this."
_FALLBACK: Final = "The language model did not answer; the built-in narrator wrote this."


class Replier:
    """Writes replies. Everything it needs is handed in; it keeps nothing between two of them."""

    def __init__(
        self,
        *,
        archive: Archive,
        interpreter: Interpreter,
        evidence: EvidenceSource,
        model_words: ModelWords | None,
        default_model: str,
        max_characters: int,
        system_prompt: str = "",
    ) -> None:
        """`model_words` None: no language model is configured, and code tells every answer."""
        self._archive = archive
        self._interpreter = interpreter
        self._evidence = evidence
        self._model_words = model_words
        self._default_model = default_model
        self._max_characters = max_characters
        self._system_prompt = system_prompt

    async def write(
        self, reply: RunningReply, asked: Asked, session: conversation_pb2.Conversation
    ) -> chat_pb2.Completed:
        """Hands every event but usage and the end to `reply`. Raises EarshotError, before `started` or after it."""
        remembered = await self._recalled(reply, session)
        model = asked.model or self._default_model
        if session.mode == ASSISTANT:
            return await self._assist(reply, asked, session, remembered, model)
        return await self._analyse(reply, asked, remembered, model)

    async def _recalled(self, reply: RunningReply, session: conversation_pb2.Conversation) -> SessionMemory:
        if reply.start.replaces_turn_id:
            return await self._archive.recall_up_to(session.id, reply.start.previous_number)
        return await self._archive.recall(reply.owner, session)

    async def _assist(
        self,
        reply: RunningReply,
        asked: Asked,
        session: conversation_pb2.Conversation,
        remembered: SessionMemory,
        model: str,
    ) -> chat_pb2.Completed:
        if self._model_words is None or model == BUILTIN_MODEL:
            raise FailedPreconditionError(
                "An assistant session needs a language model, and none is configured.",
                reason=ErrorReason.CHAT_MODEL_NOT_CONFIGURED,
                hint="Set EARSHOT_LLM_BASE_URL and EARSHOT_LLM_MODEL, or use an analyst session.",
            )
        _start(reply, session.id, model, None)
        _say_noted(reply, asked.text, remembered.entries)
        messages = assistant_messages(asked.text, system_prompt=session.system_prompt or self._system_prompt)
        telling = self._telling(reply, asked, model, remembered)
        reply.flight.prompted("assistant")
        finish_reason = await self._model_words.tell(reply, messages, telling, None)
        return chat_pb2.Completed(finish_reason=finish_reason)

    async def _analyse(
        self, reply: RunningReply, asked: Asked, remembered: SessionMemory, model: str
    ) -> chat_pb2.Completed:
        reading = await self._read(reply, asked, remembered, model)
        interpretation = reading.interpretation
        answers = interpretation.behaviour is Behaviour.ANSWER
        by_code = not answers or interpretation.operation in _TOLD_BY_FINDINGS or reading.model_is_away
        model = BUILTIN_MODEL if by_code or self._model_words is None else model
        _start(reply, reply.start.session_id, model, interpretation)
        for kind, message in reading.notices:
            reply.add_notice(kind, message)
        _say_noted(reply, asked.text, remembered.entries)
        evidence = await self._evidence.gather(reply, interpretation) if answers else Evidence()
        finish_reason, verification = await self._narrated(reply, asked, interpretation, evidence, remembered, model)
        _report(reply, verification)
        reply.flight.verified(verification)
        return chat_pb2.Completed(
            finish_reason=finish_reason,
            verification=chat_pb2.Verification(
                bound=verification.bound, masked=verification.masked, contradicted=verification.contradicted
            ),
            receipt=receipt_of(reply.reply_id, evidence.raw),
        )

    async def _read(self, reply: RunningReply, asked: Asked, remembered: SessionMemory, model: str) -> Reading:
        by_model = self._model_words is not None and model != BUILTIN_MODEL
        aside = aside_on_memory(asked.text, remembered.entries, by_model=by_model)
        if aside:
            kept = remembered.in_force or Interpretation(query=StatsQuery(time_zone=asked.time_zone))
            noted = replace(kept, behaviour=Behaviour.CLARIFY, reason=aside, choices=())
            return Reading(interpretation=noted)
        text = asked_in(without_taking_back(asked.text, remembered.entries))
        question = Question.of(replace(asked, text=text), remembered.in_force)
        reply.flight.now, reply.flight.time_zone = question.now.isoformat(), question.time_zone
        return await self._interpreter.read(question, model=model, meter=reply.meter)

    async def _narrated(
        self,
        reply: RunningReply,
        asked: Asked,
        interpretation: Interpretation,
        evidence: Evidence,
        remembered: SessionMemory,
        model: str,
    ) -> tuple[str, Verification]:
        findings = evidence.findings
        telling = self._telling(reply, asked, model, remembered, customers=interpretation.query.filters.user_ids)
        # The question as a model sees it: a number within personal data is none that may be said.
        question = reply.flight.question
        facts = facts_of(question, interpretation, evidence.results, evidence.examples, computed=findings)
        reply.flight.findings = list(findings)
        detail = telling.detail
        if self._model_words is not None and model != BUILTIN_MODEL:
            messages = analyst_messages(
                asked.text,
                interpretation,
                evidence.results,
                evidence.examples,
                findings=findings,
                detail=detail,
            )
            reply.flight.prompted("analyst")
            ledger = NumberLedger(facts)
            try:
                return await self._model_words.tell(reply, messages, telling, ledger), ledger.verification
            except (UpstreamError, LimitExceededError) as error:
                reply.flight.failed(error)
                if reply.characters:
                    raise
                reply.add_notice(FALLBACK_USED, _SPENT if isinstance(error, LimitExceededError) else _FALLBACK)
        if interpretation.operation in _TOLD_BY_FINDINGS:
            told = words_of("".join(findings))
            return await tell_by_code(reply, told, NumberLedger(facts), longest=telling.longest)
        words = narrate(interpretation, evidence.results, evidence.examples, findings=findings, detail=detail)
        return await tell_by_code(reply, words, NumberLedger(facts), longest=telling.longest)

    def _telling(
        self,
        reply: RunningReply,
        asked: Asked,
        model: str,
        remembered: SessionMemory,
        customers: LabelFilter = _NOBODY,
    ) -> Telling:
        detail = asked.detail or detail_of(remembered.entries) or Detail.NORMAL
        brief = detail is Detail.BRIEF
        longest = min(self._max_characters, LONGEST_BRIEF) if brief else self._max_characters
        redaction = Redaction((*customers.any_of, *customers.none_of, *customers.all_of))
        reply.flight.question, reply.flight.marks = redaction.hide(asked.text), redaction.marks
        reply.flight.detail, reply.flight.longest = detail, longest
        return Telling(
            model=model,
            generation=asked.generation,
            longest=longest,
            detail=detail,
            remembered=remembered,
            redaction=redaction,
        )


def _start(reply: RunningReply, session_id: str, model: str, interpretation: Interpretation | None) -> None:
    event = reply.next_event()
    event.started.CopyFrom(
        chat_pb2.Started(
            session_id=session_id,
            turn_id=reply.reply_id,
            interpretation=None if interpretation is None else interpretation_to_proto(interpretation),
            model=model,
        )
    )
    reply.add(event)


def _report(reply: RunningReply, verification: Verification) -> None:
    if verification.masked:
        one = verification.masked == 1
        count = "A number" if one else f"{verification.masked} numbers"
        told = f"{count} that the data does not support {'was' if one else 'were'} left out of the answer."
        reply.add_notice("masked_number", told)
    if verification.contradicted:
        texts = "; ".join(verification.contradicted_texts[:3])
        reply.add_notice("contradicted_claim", f"The data does not support what the answer says here: {texts}")


def _say_noted(reply: RunningReply, text: str, kept: Sequence[Note]) -> None:
    for said in told(text):
        reply.add_notice("remembered", f"Kept for this conversation: {said.text}")
    for note in taken_back(text, kept):
        reply.add_notice("forgotten", f"Forgotten: {note.text}")

"""One reply from the question to its end: read it, say how, ask the store, tell the answer. No transport here."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from earshot.chat.v1 import chat_pb2, memory_pb2
from earshot.store.v1 import conversation_pb2
from earshot.types.v1 import question_pb2
from services.chat.asked import ASSISTANT, Asked
from services.chat.convert import (
    example_from_proto,
    interpretation_to_proto,
    list_request,
    query_to_proto,
    result_from_proto,
)
from services.chat.findings import (
    change_of,
    change_request,
    incident_of,
    incidents_request,
    spikes_of,
    spikes_request,
)
from services.chat.generation import Generation
from services.chat.history.archive import Archive
from services.chat.history.context import context_of
from services.chat.history.noting import asked_in, detail_of, told
from services.chat.history.remembered import Recollection, SessionMemory
from services.chat.history.telling import aside_on_memory
from services.chat.history.tokens import TokenCounter
from services.chat.history.turns import FALLBACK_USED
from services.chat.interpreting.interpreter import Interpreter, Question, Reading
from services.chat.ledger.facts import facts_of
from services.chat.ledger.number_ledger import NumberLedger, Verification
from services.chat.narration.change import tell_change
from services.chat.narration.detail import LONGEST_BRIEF, Detail
from services.chat.narration.incidents import tell_incidents
from services.chat.narration.model_messages import Message, analyst_messages, assistant_messages
from services.chat.narration.narrate import narrate
from services.chat.narration.spikes import tell_spikes
from services.chat.privacy.redaction import Redaction, Restoring
from services.chat.question import (
    Behaviour,
    ExampleMessage,
    Interpretation,
    LabelFilter,
    Operation,
    StatsQuery,
    StatsResult,
)
from services.chat.recall import Recall
from services.chat.replies.queries import example_count, queries_of
from services.chat.replies.receipt import receipt_of
from services.chat.replies.running_reply import RunningReply
from services.chat.replies.shown_rows import shown
from services.chat.settings import BUILTIN_MODEL
from services.chat.spending import Spending
from services.chat.stores.store_client import Store
from services.chat.upstream import Answer, Upstream, UpstreamError
from services.runtime.errors import ErrorReason, FailedPreconditionError, LimitExceededError

_STOP: Final = "stop"
_LENGTH: Final = "length"
_CHUNKS_PER_TURN_OF_THE_LOOP: Final = 16
_PARTS_TOLD: Final = 5
_NOBODY: Final = LabelFilter()
_TOLD_BY_FINDINGS: Final = frozenset({Operation.SPIKES, Operation.INCIDENTS})
_TRUNCATED: Final = "The answer was cut short at its length limit."
_BROKEN_OFF: Final = "The language model broke off; what stands here is all that came."
_SPENT: Final = "The day's budget for the language model is spent; the built-in narrator wrote this."
_FALLBACK: Final = "The language model did not answer; the built-in narrator wrote this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the store said: results for the wire and as values, the messages shown, and what it found in words."""

    raw: tuple[question_pb2.StatsResult, ...] = ()
    results: tuple[StatsResult, ...] = ()
    examples: tuple[ExampleMessage, ...] = ()
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How an answer is written: by which model, with which options, after how many characters it is cut, and what
    of it the model does not get to see.
    """

    model: str
    generation: Generation
    longest: int
    detail: Detail
    remembered: SessionMemory
    redaction: Redaction


class Replier:
    """Writes replies. Everything it needs is handed in; it keeps nothing between two of them."""

    def __init__(
        self,
        *,
        store: Store,
        archive: Archive,
        interpreter: Interpreter,
        upstream: Upstream | None,
        default_model: str,
        max_characters: int,
        spending: Spending,
        recall: Recall,
        answer_tokens: int,
        budget_tokens: int,
        window_turns: int,
        system_prompt: str = "",
    ) -> None:
        self._system_prompt = system_prompt
        self._store = store
        self._archive = archive
        self._interpreter = interpreter
        self._upstream = upstream
        self._default_model = default_model
        self._max_characters = max_characters
        self._spending = spending
        self._recall = recall
        self._answer_tokens = answer_tokens
        self._budget_tokens = budget_tokens
        self._window_turns = window_turns
        self._tokens = TokenCounter()

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
        if self._upstream is None or model == BUILTIN_MODEL:
            raise FailedPreconditionError(
                "An assistant session needs a language model, and none is configured.",
                reason=ErrorReason.CHAT_MODEL_NOT_CONFIGURED,
                hint="Set EARSHOT_LLM_BASE_URL and EARSHOT_LLM_MODEL, or use an analyst session.",
            )
        _start(reply, session.id, model, None)
        _say_noted(reply, asked.text)
        messages = assistant_messages(asked.text, system_prompt=session.system_prompt or self._system_prompt)
        telling = self._telling(reply, asked, model, remembered)
        reply.flight.prompted("assistant")
        finish_reason = await self._told_by_model(reply, self._upstream, messages, telling, None)
        return chat_pb2.Completed(finish_reason=finish_reason)

    async def _analyse(
        self, reply: RunningReply, asked: Asked, remembered: SessionMemory, model: str
    ) -> chat_pb2.Completed:
        reading = await self._read(reply, asked, remembered, model)
        interpretation = reading.interpretation
        answers = interpretation.behaviour is Behaviour.ANSWER
        by_code = not answers or interpretation.operation in _TOLD_BY_FINDINGS
        model = BUILTIN_MODEL if by_code or self._upstream is None else model
        _start(reply, reply.start.session_id, model, interpretation)
        for kind, message in reading.notices:
            reply.add_notice(kind, message)
        _say_noted(reply, asked.text)
        evidence = await self._gathered(reply, interpretation) if answers else Evidence()
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
        by_model = self._upstream is not None and model != BUILTIN_MODEL
        aside = aside_on_memory(asked.text, remembered.entries, by_model=by_model)
        if aside:
            kept = remembered.in_force or Interpretation(query=StatsQuery(time_zone=asked.time_zone))
            noted = replace(kept, behaviour=Behaviour.CLARIFY, reason=aside, choices=())
            return Reading(interpretation=noted)
        question = Question.of(replace(asked, text=asked_in(asked.text)), remembered.in_force)
        reply.flight.now, reply.flight.time_zone = question.now.isoformat(), question.time_zone
        return await self._interpreter.read(question, model=model, meter=reply.meter)

    async def _gathered(self, reply: RunningReply, interpretation: Interpretation) -> Evidence:
        """Runs the queries, all with the knowledge of one instant, and hands on each with its result."""
        raw: list[question_pb2.StatsResult] = []
        for query in queries_of(interpretation):
            pinned = replace(query, as_of=query.as_of or (result_from_proto(raw[0]).as_of if raw else None))
            raw.append(shown(await self._store.query(query_to_proto(pinned))))
            _add_run(reply, chat_pb2.QueryRun(name=f"q{len(raw)}", result=raw[-1]))
        results = tuple(result_from_proto(result) for result in raw)
        if interpretation.operation is Operation.INCIDENTS:
            return await self._incidents(reply, interpretation, raw, results)
        if interpretation.operation is not Operation.EXAMPLES:
            findings = await self._findings(interpretation.operation, results[0])
            return Evidence(raw=tuple(raw), results=results, findings=findings)
        request = list_request(results[0].query, page_size=example_count(interpretation))
        messages = await self._store.messages(request)
        _add_run(reply, chat_pb2.QueryRun(name=f"q{len(raw) + 1}", examples=messages))
        examples = tuple(example_from_proto(message) for message in messages)
        return Evidence(raw=tuple(raw), results=results, examples=examples)

    async def _incidents(
        self,
        reply: RunningReply,
        interpretation: Interpretation,
        raw: Sequence[question_pb2.StatsResult],
        results: tuple[StatsResult, ...],
    ) -> Evidence:
        """The largest incidents, each shown by its first message."""
        request = incidents_request(results[0], limit=example_count(interpretation))
        found = await self._store.incidents(request) if results[0].total else []
        _add_run(reply, chat_pb2.QueryRun(name=f"q{len(raw) + 1}", examples=[item.exemplar for item in found]))
        told = tell_incidents(results[0], tuple(map(incident_of, found)))
        return Evidence(raw=tuple(raw), results=results, findings=(told,))

    async def _findings(self, operation: Operation, result: StatsResult) -> tuple[str, ...]:
        """What the store finds beyond counting, told by code: its numbers may be said, and no other ones."""
        if operation is Operation.SPIKES:
            return (tell_spikes(result, spikes_of(await self._store.spikes(spikes_request(result)))),)
        request = change_request(result, limit=_PARTS_TOLD) if operation is Operation.EXPLAIN_CHANGE else None
        if request is None:
            return ()
        told = tell_change(change_of(await self._store.change(request)))
        return (told,) if told else ()

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
        if self._upstream is not None and model != BUILTIN_MODEL:
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
                return await self._told_by_model(reply, self._upstream, messages, telling, ledger), ledger.verification
            except (UpstreamError, LimitExceededError) as error:
                reply.flight.failed(error)
                if reply.characters:
                    raise
                reply.add_notice(FALLBACK_USED, _SPENT if isinstance(error, LimitExceededError) else _FALLBACK)
        if interpretation.operation in _TOLD_BY_FINDINGS:
            return await self._told_by_code(reply, findings, NumberLedger(facts), longest=telling.longest)
        words = narrate(interpretation, evidence.results, evidence.examples, findings=findings, detail=detail)
        return await self._told_by_code(reply, words, NumberLedger(facts), longest=telling.longest)

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

    async def _told_by_code(
        self, reply: RunningReply, words: Iterable[str], ledger: NumberLedger, *, longest: int
    ) -> tuple[str, Verification]:
        for position, word in enumerate(words, start=1):
            reply.add_text(ledger.feed(word))
            if reply.characters >= longest:
                break
            if position % _CHUNKS_PER_TURN_OF_THE_LOOP == 0:
                await asyncio.sleep(0)
        rest, verification = ledger.finish()
        reply.add_text(rest)
        if reply.characters < longest:
            return _STOP, verification
        reply.add_notice("truncated", _TRUNCATED)
        return _LENGTH, verification

    @asynccontextmanager
    async def _metered(self, reply: RunningReply, telling: Telling) -> AsyncIterator[None]:
        """Sets tokens for an answer aside, and in the end counts those that the reply has used."""
        sent = reply.context.estimated_tokens if reply.context else 0
        reserved = sent + (telling.generation.max_tokens or self._answer_tokens)
        await self._spending.reserve(reply.owner, reserved)
        try:
            yield
        finally:
            used = reply.usage.prompt_tokens + reply.usage.completion_tokens
            await asyncio.shield(self._spending.settle(reply.owner, used - reserved))

    def _prompt(
        self, reply: RunningReply, messages: Sequence[Message], telling: Telling, recollection: Recollection
    ) -> list[dict[str, object]]:
        """The messages as they are sent: with what is remembered as far as it fits, and without personal data."""
        system, last = messages
        context = context_of(
            telling.remembered,
            system,
            last,
            budget_tokens=self._budget_tokens,
            window_turns=self._window_turns,
            count=partial(self._tokens.message, telling.model),
            recollection=recollection,
        )
        sent = [replace(message, content=telling.redaction.hide(message.content)) for message in context.messages]
        reply.context = context.report
        reply.context.model = telling.model
        reply.context.messages.extend(
            memory_pb2.ContextMessage(role=message.role.value, content=message.content, call_id=message.call_id)
            for message in sent
        )
        reply.context.redacted.update(telling.redaction.counts)
        return [message.body() for message in sent]

    def _learn(self, reply: RunningReply, telling: Telling, answer: Answer) -> None:
        if answer.reported is not None and reply.context is not None:
            reply.context.reported_tokens = answer.reported.prompt_tokens
            self._tokens.learn(telling.model, reply.context.estimated_tokens, answer.reported.prompt_tokens)

    async def _told_by_model(
        self,
        reply: RunningReply,
        upstream: Upstream,
        messages: Sequence[Message],
        telling: Telling,
        ledger: NumberLedger | None,
    ) -> str:
        """Streams the model's words, through the ledger where there is one; the reason why they ended."""
        restoring = Restoring(telling.redaction)
        recollection = await self._recall.about(
            reply.owner,
            reply.start.session_id,
            reply.start.text,
            telling.remembered,
            window_turns=self._window_turns,
        )
        prompt = self._prompt(reply, messages, telling, recollection)
        async with (
            self._metered(reply, telling),
            upstream.stream(prompt, model=telling.model, generation=telling.generation) as answer,
        ):
            reply.meter(lambda: answer.usage)
            blocks, full = 0, False
            try:
                async for pieces in answer:
                    # What came in one block is read and shown at once, as far as there is room for it.
                    reply.flight.arrived(pieces)
                    text, room = "".join(pieces), telling.longest - reply.characters
                    reply.add_text(restoring.feed(ledger.feed(text[:room]) if ledger else text[:room]))
                    full = len(text) > room or reply.characters >= telling.longest
                    if full:
                        break
                    blocks += 1
                    if blocks % _CHUNKS_PER_TURN_OF_THE_LOOP == 0:
                        # A fast upstream fills buffers that are read without waiting; the callers need their turn.
                        await asyncio.sleep(0)
            except UpstreamError as error:
                reply.flight.failed(error)
                if reply.characters:
                    reply.add_text(_rest(restoring, ledger))
                    reply.add_notice("truncated", _BROKEN_OFF)
                raise
            reply.add_text(_rest(restoring, ledger))
            if not reply.characters:
                raise UpstreamError("The language model answered with nothing.")
            self._learn(reply, telling, answer)
            cut = full or answer.finish_reason == _LENGTH
        if cut:
            reply.add_notice("truncated", _TRUNCATED)
        return _LENGTH if cut else _STOP


def _rest(restoring: Restoring, ledger: NumberLedger | None) -> str:
    return restoring.feed(ledger.finish()[0] if ledger else "") + restoring.finish()


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


def _add_run(reply: RunningReply, run: chat_pb2.QueryRun) -> None:
    event = reply.next_event()
    event.query.CopyFrom(run)
    reply.add(event)


def _report(reply: RunningReply, verification: Verification) -> None:
    if verification.masked:
        one = verification.masked == 1
        count = "A number" if one else f"{verification.masked} numbers"
        told = f"{count} that the data does not support {'was' if one else 'were'} left out of the answer."
        reply.add_notice("masked_number", told)
    if verification.contradicted:
        texts = "; ".join(verification.contradicted_texts[:3])
        reply.add_notice("contradicted_claim", f"The data says otherwise where the answer says: {texts}")


def _say_noted(reply: RunningReply, text: str) -> None:
    for said in told(text):
        reply.add_notice("remembered", f"Kept for this conversation: {said.text}")

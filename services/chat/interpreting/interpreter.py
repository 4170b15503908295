"""How a question is read: as somebody verified it; else by the planner, or by a language model under a closed schema
with the planner behind it.

The model may choose what is measured, which labels and channels count, and how rows are grouped. It never gives a date:
it quotes the words that say when, and the planner reads those words again. What the planner refuses stays refused.
Arguments that do not fit are sent back once; then the planner's reading stands (H3, H14, B4).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog

from services.chat.asked import Asked
from services.chat.dates.clock import Clock
from services.chat.history.turns import FALLBACK_USED
from services.chat.interpreting.admission import admitted
from services.chat.interpreting.function_call import NAME, BadCallError, Call, function, parse_call, to_filters
from services.chat.interpreting.prompt import messages_of, repair
from services.chat.planner import period_said, plan
from services.chat.planner.explain import explanation
from services.chat.question import (
    Behaviour,
    Filters,
    FunctionCall,
    Interpretation,
    LabelFilter,
    Measure,
    Operation,
    StatsQuery,
)
from services.chat.settings import BUILTIN_MODEL
from services.chat.spending import Spending
from services.chat.stores.keyspace import Owner
from services.chat.upstream.answer import Prompt, TokenUsage, UpstreamError, estimated_tokens
from services.chat.upstream.language_model import Upstream
from services.runtime.auth import Identity
from services.runtime.echoes import without_echo
from services.runtime.errors import LimitExceededError
from services.runtime.redaction import Redaction

_logger = structlog.get_logger("earshot.interpret")

_ATTEMPTS: Final = 2
_NOBODY: Final = LabelFilter()
_READ_BY_MODEL: Final = "read by the language model, dates by code"
_READ_BY_PLANNER: Final = "The language model could not read the question; the built-in planner read it."
_ALL_BY_CODE: Final = (
    "The language model did not answer; the built-in planner read the question, and the built-in narrator wrote this."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be read, and everything that decides how: who asks, when, where, after what."""

    text: str
    now: datetime
    time_zone: str
    in_force: Interpretation | None
    caller: Identity
    verified: Interpretation | None = None

    @classmethod
    def of(cls, asked: Asked, in_force: Interpretation | None) -> "Question":
        """The question of a message; the present is now unless an admin said otherwise."""
        now = asked.now or datetime.now(UTC)
        return cls(
            text=asked.text,
            now=now,
            time_zone=asked.time_zone,
            in_force=in_force,
            caller=asked.caller,
            verified=asked.verified,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a question was read, and what the reader should know about it: (kind, message) of notices."""

    interpretation: Interpretation
    notices: tuple[tuple[str, str], ...] = ()
    model_is_away: bool = False
    """The upstream failed: asking it for the answer as well would make the caller wait for the same failure again."""


def _spent(usage: TokenUsage) -> TokenUsage:
    return usage


def _no_meter(_: Callable[[], TokenUsage]) -> None:
    """Stands where nobody counts tokens."""


class Interpreter:
    """Reads questions; `upstream` None means by the planner alone."""

    def __init__(self, upstream: Upstream | None, *, spending: Spending | None = None, answer_tokens: int = 0) -> None:
        """A call's answer takes `answer_tokens` at most; `spending` None sets no limit to a person's tokens."""
        self._upstream = upstream
        self._spending = spending
        self._answer_tokens = answer_tokens

    async def read(
        self,
        question: Question,
        *,
        model: str,
        meter: Callable[[Callable[[], TokenUsage]], None] = _no_meter,
    ) -> Reading:
        """The reading of a question for its caller. Never fails for the model's sake."""
        planned = _planned(question, question.text, question.in_force)
        if planned.behaviour is not Behaviour.REFUSE and (verified := _verified(question)) is not None:
            return Reading(interpretation=admitted(verified, question.caller))
        if self._upstream is None or model == BUILTIN_MODEL or planned.behaviour is Behaviour.REFUSE:
            return Reading(interpretation=admitted(planned, question.caller))
        try:
            call = await self._called(self._upstream, question, planned, model, meter)
        except UpstreamError:
            notice = (FALLBACK_USED, _ALL_BY_CODE)
            return Reading(interpretation=admitted(planned, question.caller), notices=(notice,), model_is_away=True)
        if call is None:
            notice = (FALLBACK_USED, _READ_BY_PLANNER)
            return Reading(interpretation=admitted(planned, question.caller), notices=(notice,))
        return Reading(interpretation=admitted(_combined(question, planned, call), question.caller))

    async def _called(
        self,
        upstream: Upstream,
        question: Question,
        planned: Interpretation,
        model: str,
        meter: Callable[[Callable[[], TokenUsage]], None],
    ) -> Call | None:
        """The model's reading; None where it does not fit or the budget is spent. UpstreamError."""
        redaction = Redaction((*_customers(question.in_force), *_customers(planned)))
        messages = messages_of(question.text, question.in_force, redaction)
        for _ in range(_ATTEMPTS):
            try:
                arguments, usage = await self._asked(upstream, messages, model, Owner.of(question.caller))
            except LimitExceededError:
                return None
            meter(partial(_spent, usage))
            try:
                said = redaction.restore(arguments, in_json=True)
                return _checked(parse_call(said, question.text, sources=_sources_in_force(question)), planned)
            except BadCallError as error:
                _logger.info("model's reading refused", problem=without_echo(str(error), messages))
                messages = [*messages, *repair(arguments, redaction.hide(str(error)))]
        return None

    async def _asked(self, upstream: Upstream, messages: Prompt, model: str, owner: Owner) -> tuple[str, TokenUsage]:
        """The arguments and what they took of the caller's budget. UpstreamError, LimitExceededError."""
        if self._spending is None:
            return await upstream.call_function(messages, model=model, function=function())
        used = estimated_tokens(messages)
        reserved = await self._spending.reserve(owner, used + self._answer_tokens)
        try:
            arguments, usage = await upstream.call_function(messages, model=model, function=function())
            used = usage.total
        finally:
            await asyncio.shield(self._spending.settle(owner, reserved, used))
        return arguments, usage


def _checked(call: Call, planned: Interpretation) -> Call:
    """The call; BadCallError where it is empty, which counts all messages, and the question names anything."""
    if call == Call() and planned.query != StatsQuery(time_zone=planned.query.time_zone):
        raise BadCallError("the call is empty; say what the question names")
    return call


def _sources_in_force(question: Question) -> tuple[str, ...]:
    named = question.in_force.query.filters.sources if question.in_force else _NOBODY
    return (*named.any_of, *named.none_of, *named.all_of)


def _customers(reading: Interpretation | None) -> tuple[str, ...]:
    """The customers that a reading counts or leaves out."""
    named = reading.query.filters.user_ids if reading else _NOBODY
    return (*named.any_of, *named.none_of, *named.all_of)


def _planned(question: Question, text: str, in_force: Interpretation | None) -> Interpretation:
    return plan(text, now=question.now, time_zone=question.time_zone, in_force=in_force)


def _verified(question: Question) -> Interpretation | None:
    """The verified reading with the period that the words say now; None without one, or where that is not clear."""
    if question.verified is None:
        return None
    said = period_said(question.text, now=question.now, time_zone=question.time_zone)
    if said is None:
        return None
    query = replace(question.verified.query, range=said.range, compare_to=said.compare_to, time_zone=said.time_zone)
    clock = Clock.of(question.now, question.time_zone)
    note = f"verified by {question.verified.verified_by}"
    told = explanation(question.verified.operation, query, (note,), clock)
    return replace(question.verified, query=query, explanation=told)


def _combined(question: Question, planned: Interpretation, call: Call) -> Interpretation:
    """The model's choice with the planner's dates; the planner's own reading where it asks about those dates."""
    dated = _dated(question, call)
    if dated.behaviour is not Behaviour.ANSWER:
        return dated
    measure = Measure(call.measure)
    query = StatsQuery(
        measure=measure,
        filters=_with_passages(to_filters(call.filters), planned),
        share_of=_at_times(to_filters(call.share_of), planned) if call.share_of and measure is Measure.SHARE else None,
        range=dated.query.range,
        time_zone=question.time_zone,
        group_by=tuple(dict.fromkeys(call.group_by)),
        order=call.order,
        limit=call.limit,
        compare_to=dated.query.compare_to,
    )
    operation = planned.operation if planned.behaviour is Behaviour.ANSWER else Operation.STATS
    clock = Clock.of(question.now, question.time_zone)
    told = explanation(operation, query, (_READ_BY_MODEL,), clock)
    made = FunctionCall(name=NAME, arguments=call.model_dump_json(exclude_unset=True))
    return Interpretation(operation=operation, query=query, explanation=told, call=made)


def _with_passages(filters: Filters, planned: Interpretation) -> Filters:
    """The model's filters, with what only code reads from a question: customers, quoted words, a confidence, times."""
    own = planned.query.filters
    filters = replace(filters, user_ids=own.user_ids, text=own.text, min_confidence=own.min_confidence)
    return _at_times(filters, planned)


def _at_times(filters: Filters, planned: Interpretation) -> Filters:
    """The filters in the hours and on the days of the week that the planner read."""
    own = planned.query.filters
    return replace(filters, hours=own.hours, weekdays=own.weekdays)


def _dated(question: Question, call: Call) -> Interpretation:
    """The planner's reading of nothing but the words that the model quoted for the period and the one before it."""
    said = period_said(question.text, now=question.now, time_zone=question.time_zone)
    base = question.in_force if call.keeps_period else None
    words = [call.period_quote] if call.period_quote else []
    if call.earlier_period_quote:
        words.append(f"compared with {call.earlier_period_quote}")
    if not words and said is not None and said.range is not None:
        # What the question says of a period holds, also where the model has left it out.
        return Interpretation(query=said)
    if not words and base is not None and base.behaviour is Behaviour.ANSWER:
        return base
    dated = _planned(question, " ".join(["How many messages", *(words or ["in all time"])]), base)
    if said is None or said.range != dated.query.range or dated.query.compare_to is not None:
        return dated
    return replace(dated, query=replace(dated.query, compare_to=said.compare_to))

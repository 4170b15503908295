"""`plan`: a question, the caller's clock and the interpretation in force to the next interpretation."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.chat.dates.clock import Clock
from services.chat.lexicon.text import canonical
from services.chat.planner.alternatives import mixed_alternatives
from services.chat.planner.asking import (
    GREETING,
    THANKED,
    TOO_LONG,
    Question,
    against_the_rest,
    asked,
    choices_for,
    part_left_out,
    repeated_days,
    unread_period,
)
from services.chat.planner.clauses import Side, sort_clauses
from services.chat.planner.explain import explanation
from services.chat.planner.meanings import of_the_answer
from services.chat.planner.merge import Merged, merged
from services.chat.planner.more import more_of
from services.chat.planner.no_count import first_of_all
from services.chat.planner.parts_of_day import in_the_period
from services.chat.planner.pointed_at import unknown_event, unnamed_pair, unnamed_row, untold_cause, who_is_new
from services.chat.planner.read import Turn, read
from services.chat.planner.refusals import refused
from services.chat.planner.several import several_questions
from services.chat.planner.timed import timed
from services.chat.planner.unknown import beside_the_known, unknown_topic, unread_words
from services.chat.planner.unknown_sides import unknown_side
from services.chat.planner.unread import another_passage, unread_word
from services.chat.planner.unread_behind import unread_behind
from services.chat.planner.unread_figures import unread_figure
from services.chat.planner.unread_times import unread_time
from services.chat.planner.whole_of import whole_around
from services.chat.question import Behaviour, Interpretation, Operation, StatsQuery

MAX_QUESTION_CHARS: Final = 4000
_REFUSALS: Final = {
    Side.PROMPT: "I do not show my instructions, settings or secrets.",
    Side.INSTRUCTION: "I answer questions about messages and take no other instructions.",
    Side.ACTION: "I only answer questions; I cannot send, change or delete anything.",
}


def plan(text: str, *, now: datetime, time_zone: str, in_force: Interpretation | None) -> Interpretation:
    """How `text` is understood at `now` (aware) in `time_zone` (IANA), as a follow-up of `in_force` where there is one.

    Every interpretation may be stored as the next `in_force`: a refusal carries the query in force unchanged, a
    question back carries what was understood so far. Raises ValueError for a naive `now`, KeyError for an unknown zone.
    """
    clock = Clock.of(now, time_zone)
    if len(text) > MAX_QUESTION_CHARS:
        return asked(TOO_LONG, _in_force(in_force, clock))
    told = canonical(text)
    clauses = sort_clauses(told.words)
    base = None if clauses.fresh else in_force
    if clauses.side is not Side.QUESTION:
        return _aside(clauses.side, in_force, base, clock)
    further = more_of(clauses.question, base)
    if further is not None and base is not None:
        return _further(further, base, clock)
    turn = read(whole_around(another_passage(clauses.question, base), base, clock), told, clock)
    reason = refused(turn.reading.text)
    if reason:
        return _refusal(reason, in_force, clock)
    apart = several_questions(clauses.question, turn, lambda part: read(part, told, clock))
    if apart is not None:
        return asked(apart, _in_force(base, clock))
    return _answer(turn, base, clock)


def _further(further: StatsQuery | Question, base: Interpretation, clock: Clock) -> Interpretation:
    if isinstance(further, Question):
        return asked(further, base)
    told = explanation(base.operation, further, (), clock)
    return replace(base, behaviour=Behaviour.ANSWER, query=further, explanation=told, reason="", choices=())


def period_said(text: str, *, now: datetime, time_zone: str) -> StatsQuery | None:
    """The period that a question's words say by themselves, and the one to compare with, in a query of nothing else.

    All time where they say none; None where that has to be asked first, or where they are no question to answer.
    """
    clock = Clock.of(now, time_zone)
    told = canonical(text)
    clauses = sort_clauses(told.words)
    if clauses.side is not Side.QUESTION:
        return None
    turn = read(clauses.question, told, clock)
    if turn.as_of is not None or refused(turn.reading.text) or repeated_days(turn) or unread_period(turn):
        return None
    found = timed(turn, StatsQuery(time_zone=clock.zone.key), turn.reading.operation or Operation.STATS, clock)
    return found[0] if isinstance(found, tuple) else None


def _aside(side: Side, in_force: Interpretation | None, base: Interpretation | None, clock: Clock) -> Interpretation:
    if side in {Side.GREETING, Side.THANKS}:
        return asked(THANKED if side is Side.THANKS else GREETING, _in_force(base, clock))
    return _refusal(_REFUSALS[side], in_force, clock)


def _in_force(interpretation: Interpretation | None, clock: Clock) -> Interpretation:
    empty = Interpretation(query=StatsQuery(time_zone=clock.zone.key))
    return empty if interpretation is None else interpretation


def _refusal(reason: str, in_force: Interpretation | None, clock: Clock) -> Interpretation:
    kept = _in_force(in_force, clock)
    return replace(kept, behaviour=Behaviour.REFUSE, reason=reason, explanation="", choices=choices_for(kept.query))


def _answer(turn: Turn, base: Interpretation | None, clock: Clock) -> Interpretation:
    turn = in_the_period(turn, base)
    question = (
        first_of_all(turn)
        or of_the_answer(turn, base)
        or unread_words(turn)
        or unknown_event(turn)
        or unknown_topic(turn)
        or unnamed_row(turn, base)
        or unnamed_pair(turn, base)
        or untold_cause(turn)
        or who_is_new(turn, base)
        or repeated_days(turn)
        or part_left_out(turn)
        or against_the_rest(turn)
        or mixed_alternatives(turn)
        or unknown_side(turn)
        or unread_period(turn)
        or unread_figure(turn, base)
        or unread_time(turn)
        or unread_behind(turn)
        or unread_word(turn, base)
    )
    fewer = base is not None and base.operation is Operation.EXAMPLES and turn.reading.examples
    if question is None and ((turn.is_empty and not fewer) or (base is None and turn.only_counts)):
        question = GREETING
    if question is not None and not (question.word or question.keeps):
        return asked(question, _in_force(base, clock))
    result = merged(turn, base, clock)
    if question is not None:
        return asked(_kept(question, result), _in_force(base, clock))
    if not isinstance(result, Merged):
        return asked(result, _in_force(base, clock))
    return Interpretation(
        behaviour=Behaviour.ANSWER,
        operation=result.operation,
        query=result.query,
        explanation=explanation(result.operation, result.query, result.notes, clock),
    )


def _kept(question: Question, result: Merged | Question) -> Question:
    """The question back with what else the turn says, kept for the next one."""
    if not isinstance(result, Merged):
        return question
    return beside_the_known(question, result.query) if question.word else replace(question, query=result.query)

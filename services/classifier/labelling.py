"""What Classify does with texts beyond one model run: languages, context, the language model, the caller's labels.

Each step is optional and leaves its name in the answer. Whatever fails after the model's own answer, that answer stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, TypeAlias, TypeVar

import numpy as np

from services.classifier import context
from services.classifier.candidates import CandidateLabel, candidate_probabilities, holds, label_point
from services.classifier.classification import LoadedModel
from services.classifier.doubt import prediction_set
from services.classifier.embedding import require_embedding
from services.classifier.logistic import Doubles
from services.classifier.metrics import ClassifierMetrics
from services.classifier.prediction import Answer, Scored
from services.classifier.second_opinion import RefusedError, candidate_by_llm, intents_by_llm
from services.classifier.upstream import Upstream, UpstreamError
from services.runtime.call_context import remaining_seconds
from services.runtime.labels import UNDETERMINED_LANGUAGE

BackEnd: TypeAlias = Literal["model", "cascade", "llm"]
"""Who labels: the model; the model, and the language model where it abstains; or the language model always."""

T = TypeVar("T")

MODEL: Final = "model"
LLM: Final = "llm"
NOBODY: Final = "none"

_CALLS_AT_A_TIME: Final = 8
# What is left of a call's deadline for writing the answer when the language model has not come to an end.
_RESERVE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What is to be labelled, and how."""

    texts: Sequence[str]
    languages: frozenset[str] = frozenset()
    contexts: Sequence[Sequence[str]] = ()
    """One per text or none at all."""
    candidates: Sequence[CandidateLabel] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One text's answer and how it came about."""

    text: str
    answer: Answer
    steps: tuple[str, ...] = (MODEL,)
    answered_by: str = MODEL
    unsupported_language: bool = False
    candidate: str = ""
    candidates: tuple[Scored, ...] = ()


class Labeller:
    """Labels texts by the back end that settings name. Keeps nothing."""

    def __init__(self, upstream: Upstream | None, back_end: BackEnd, metrics: ClassifierMetrics) -> None:
        """`upstream` is needed by every back end but `model`."""
        self._upstream = upstream if back_end != "model" else None
        self._back_end = back_end
        self._metrics = metrics

    async def label(self, model: LoadedModel, wanted: Texts) -> list[Labelled]:
        """One answer per text, in order. Raises what the model raises, and FailedPreconditionError for candidates."""
        answers = await model.classify(wanted.texts)
        found = [Labelled(text=text, answer=answer) for text, answer in zip(wanted.texts, answers, strict=True)]
        found = await self._in_context(model, found, wanted.contexts)
        found = await self._second_opinions(model, found)
        if wanted.candidates:
            found = await self._by_candidates(model, found, wanted.candidates)
        return [_gated(one, wanted.languages) for one in found]

    async def _in_context(
        self, model: LoadedModel, found: list[Labelled], contexts: Sequence[Sequence[str]]
    ) -> list[Labelled]:
        fragments = [
            index
            for index, previous in enumerate(contexts)
            if any(map(str.strip, previous))
            and context.needs_context(found[index].text, found[index].answer.prediction)
        ]
        joined = [context.with_context(found[index].text, contexts[index]) for index in fragments]
        for index, together in zip(fragments, await model.classify(joined), strict=True):
            one = found[index]
            prediction = context.taken_from(one.answer.prediction, together.prediction)
            if prediction is not None:
                answer = replace(one.answer, prediction=prediction)
                found[index] = replace(one, answer=answer, steps=(*one.steps, context.STEP))
        return found

    async def _second_opinions(self, model: LoadedModel, found: list[Labelled]) -> list[Labelled]:
        upstream = self._upstream
        if upstream is None:
            return found
        asked = [index for index, one in enumerate(found) if self._back_end == "llm" or one.answer.prediction.abstained]
        self._metrics.llm_texts.labels("saved").inc(len(found) - len(asked))
        opinions = await in_time([partial(intents_by_llm, upstream, found[index].text) for index in asked])
        for index, opinion in zip(asked, opinions, strict=True):
            found[index] = self._settled(found[index], opinion, model.artefact.intents)
        return found

    def _settled(self, one: Labelled, opinion: list[str] | Exception, intents: Sequence[str]) -> Labelled:
        if isinstance(opinion, Exception):
            return self._without(one, opinion)
        prediction = one.answer.prediction
        probability = dict(zip(intents, prediction.probabilities, strict=True))
        guess = max(probability, key=probability.__getitem__)
        self._metrics.llm_texts.labels("agreed" if guess in opinion else "differed").inc()
        chosen = tuple(sorted(((name, probability[name]) for name in opinion), key=lambda item: (-item[1], item[0])))
        settled = replace(
            prediction,
            intents=chosen,
            abstained=False,
            prediction_set=prediction_set(dict(prediction.prediction_set) | dict(chosen), chosen, 0.0),
        )
        return replace(one, answer=replace(one.answer, prediction=settled), steps=(*one.steps, LLM), answered_by=LLM)

    def _without(self, one: Labelled, error: Exception) -> Labelled:
        outcome = "refused" if isinstance(error, RefusedError) else "unavailable"
        self._metrics.llm_texts.labels(outcome).inc()
        return replace(one, steps=(*one.steps, f"{LLM}_{outcome}"))

    async def _by_candidates(
        self, model: LoadedModel, found: list[Labelled], candidates: Sequence[CandidateLabel]
    ) -> list[Labelled]:
        require_embedding(model.artefact)
        said = [text for candidate in candidates for text in candidate.said]
        embedded = _embeddings(await model.classify(said))
        ends = np.cumsum([len(candidate.said) for candidate in candidates])[:-1]
        points = [label_point(part) for part in np.split(embedded, ends)]
        rows = candidate_probabilities(_embeddings([one.answer for one in found]), points).tolist()
        scored = [_with_candidates(one, candidates, row) for one, row in zip(found, rows, strict=True)]
        return await self._chosen_by_llm(scored, {item.name: item.description for item in candidates})

    async def _chosen_by_llm(self, found: list[Labelled], described: Mapping[str, str]) -> list[Labelled]:
        upstream = self._upstream
        if upstream is None:
            return found
        asked = [index for index, one in enumerate(found) if self._back_end == "llm" or not one.candidate]
        opinions = await in_time([partial(candidate_by_llm, upstream, found[index].text, described) for index in asked])
        for index, opinion in zip(asked, opinions, strict=True):
            one = found[index]
            if isinstance(opinion, Exception):
                found[index] = self._without(one, opinion)
            else:
                found[index] = replace(one, candidate=opinion, steps=(*one.steps, LLM))
        return found


def _embeddings(answers: Sequence[Answer]) -> Doubles:
    return np.array([answer.prediction.embedding for answer in answers], dtype=np.float64)


def _with_candidates(one: Labelled, candidates: Sequence[CandidateLabel], row: Sequence[float]) -> Labelled:
    names = [candidate.name for candidate in candidates]
    ranked = sorted(zip(names, row, strict=True), key=lambda item: (-item[1], item[0]))
    best, probability = ranked[0]
    return replace(one, candidates=tuple(ranked), candidate=best if holds(probability, len(candidates)) else "")


def _gated(one: Labelled, languages: frozenset[str]) -> Labelled:
    language = one.answer.prediction.language
    if not languages or language in languages or language == UNDETERMINED_LANGUAGE:
        return one
    return replace(one, unsupported_language=True, answered_by=NOBODY)


async def in_time(calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T | Exception]:
    """Outcomes of calls to the language model, a few at a time, in order: a result or why there is none.

    The first call that gets no answer at all ends those that have not begun: an upstream that is away is away for all.
    So does the running call's deadline, before it comes.
    """
    outcomes: list[T | Exception] = [UpstreamError() for _ in calls]
    waiting = iter(range(len(calls)))
    away = False

    async def caller() -> None:
        nonlocal away
        for index in waiting:
            if away:
                return
            try:
                outcomes[index] = await calls[index]()
            except RefusedError as error:
                outcomes[index] = error
            except UpstreamError:
                away = True

    remaining = remaining_seconds()
    with suppress(TimeoutError):
        async with asyncio.timeout(None if remaining is None else max(remaining - _RESERVE_SECONDS, 0.0)):
            await asyncio.gather(*(caller() for _ in range(min(_CALLS_AT_A_TIME, len(calls)))))
    return outcomes

"""What a text's labels take beyond one model run: languages, context, the language model, the caller's labels.

Each step is optional and leaves its name in the answer. Whatever fails after the model's own answer, that answer stays.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

import numpy as np

from services.classifier.categories.logistic import Doubles
from services.classifier.classification import LoadedModel
from services.classifier.embedding import require_embedding
from services.classifier.labelling import context
from services.classifier.labelling.candidates import CandidateLabel, candidate_probabilities, label_point, surest
from services.classifier.labelling.low_confidence import (
    LLM,
    MODEL,
    NOBODY,
    REVIEW,
    RULES,
    DoubtStep,
    Labelled,
    LowConfidence,
    WordRules,
    left_to_people,
    settled,
)
from services.classifier.language_model.asking import Asking
from services.classifier.language_model.second_opinion import RefusedError, candidate_by_llm, intents_by_llm
from services.classifier.language_model.upstream import Upstream
from services.classifier.metrics import ClassifierMetrics
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.prediction import Answer, Prediction
from services.runtime.labels import UNDETERMINED_LANGUAGE

ModelRun: TypeAlias = Callable[[Sequence[str]], Awaitable[list[Answer]]]
"""Answers to further texts, in order: refused when the queue is full, or waiting for room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What is to be labelled, and how."""

    texts: Sequence[str]
    languages: frozenset[str] = frozenset()
    contexts: Sequence[Sequence[str]] = ()
    """One per text or none at all."""
    candidates: Sequence[CandidateLabel] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of the labels their caller wants to see."""

    scheme: str
    """Roll-up of the categories."""
    include_embedding: bool
    include_scores: bool


class Labeller:
    """Labels the texts of requests and of streams alike, by the steps that settings name. Keeps nothing."""

    def __init__(self, upstream: Upstream | None, chosen: LowConfidence, metrics: ClassifierMetrics) -> None:
        """`upstream` is needed where `llm` is among the steps."""
        self._upstream = upstream if LLM in chosen.steps else None
        self._chosen = chosen
        self._word_rules = WordRules(chosen.word_rules)
        self._metrics = metrics

    async def label(self, model: LoadedModel, wanted: Texts) -> list[Labelled]:
        """One answer per text, in order. Raises what the model raises, and FailedPreconditionError for candidates."""
        answers = await model.classify(wanted.texts)
        found = self.at_once(model.artefact, wanted, answers)
        if found is None:
            run = partial(model.classify, live=False)
            found = await self.completed(model.artefact, wanted, answers, run=run, asking=Asking())
        return found

    def at_once(self, artefact: Artefact, wanted: Texts, answers: Sequence[Answer]) -> list[Labelled] | None:
        """The labels, where nobody else has to be asked; None where `completed` has something to ask."""
        found = _own_labels(wanted, answers)
        if wanted.candidates or _fragments(wanted, found):
            return None
        for step in self._steps(artefact):
            if step != LLM:
                found = self._after(step, found, artefact)
            elif self._asked(found):
                return None
        self._count_saved(len(found))
        return [_gated(one, wanted.languages) for one in found]

    async def completed(
        self, artefact: Artefact, wanted: Texts, answers: Sequence[Answer], *, run: ModelRun, asking: Asking
    ) -> list[Labelled]:
        """The labels, after every further model run (`run`) and question to the language model that they take.

        Raises what `run` raises, and FailedPreconditionError for candidates.
        """
        found = await self._in_context(run, _own_labels(wanted, answers), wanted)
        for step in self._steps(artefact):
            if step == LLM:
                found = await self._second_opinions(artefact, found, asking)
            else:
                found = self._after(step, found, artefact)
        if wanted.candidates:
            require_embedding(artefact)
            found = await self._by_candidates(run, found, wanted.candidates)
            found = await self._chosen_by_llm(found, wanted.candidates, asking)
        return [_gated(one, wanted.languages) for one in found]

    def _steps(self, artefact: Artefact) -> tuple[DoubtStep, ...]:
        """Rules and language model know the label guide's intents only."""
        return self._chosen.steps if artefact.by_guide else (REVIEW,)

    def _after(self, step: DoubtStep, found: Sequence[Labelled], artefact: Artefact) -> list[Labelled]:
        if step == RULES:
            return [self._word_rules.applied(one, artefact.intents) for one in found]
        return [left_to_people(one) for one in found]

    async def _in_context(self, run: ModelRun, found: list[Labelled], wanted: Texts) -> list[Labelled]:
        fragments = _fragments(wanted, found)
        joined = [context.with_context(found[index].text, wanted.contexts[index]) for index in fragments]
        for index, together in zip(fragments, await _readings(run, joined), strict=True):
            one = found[index]
            before = tuple(context.said_before(wanted.contexts[index]))
            found[index] = one = replace(one, before=before)
            prediction = context.taken_from(one.answer.prediction, together)
            if prediction is not None:
                answer = replace(one.answer, prediction=prediction)
                found[index] = replace(one, answer=answer, steps=(*one.steps, context.STEP))
        return found

    def _asked(self, found: Sequence[Labelled]) -> list[int]:
        """Indices of the texts that the language model is shown."""
        every = self._chosen.back_end == "llm"
        return [index for index, one in enumerate(found) if one.answered_by == MODEL and (every or one.in_doubt)]

    def _count_saved(self, texts: int) -> None:
        if self._upstream is not None:
            self._metrics.llm_texts.labels("saved").inc(texts)

    async def _second_opinions(self, artefact: Artefact, found: Sequence[Labelled], asking: Asking) -> list[Labelled]:
        upstream, after = self._upstream, list(found)
        if upstream is None:
            return after
        asked = self._asked(found)
        self._count_saved(len(found) - len(asked))
        calls = [partial(intents_by_llm, upstream, found[index].text, found[index].before) for index in asked]
        opinions = await asking.outcomes(calls)
        for index, opinion in zip(asked, opinions, strict=True):
            after[index] = self._with_opinion(found[index], opinion, artefact.intents)
        return after

    def _with_opinion(self, one: Labelled, opinion: list[str] | Exception, intents: Sequence[str]) -> Labelled:
        if isinstance(opinion, Exception):
            return self._without(one, opinion)
        guess = max(zip(one.answer.prediction.probabilities, intents, strict=True))[1]
        self._metrics.llm_texts.labels("agreed" if guess in opinion else "differed").inc()
        return settled(one, opinion, intents, by=LLM)

    def _without(self, one: Labelled, error: Exception) -> Labelled:
        outcome = "refused" if isinstance(error, RefusedError) else "unavailable"
        self._metrics.llm_texts.labels(outcome).inc()
        return replace(one, steps=(*one.steps, f"{LLM}_{outcome}"))

    async def _by_candidates(
        self, run: ModelRun, found: list[Labelled], candidates: Sequence[CandidateLabel]
    ) -> list[Labelled]:
        said = [text for candidate in candidates for text in candidate.said]
        embedded = _embeddings(await run(said))
        ends = np.cumsum([len(candidate.said) for candidate in candidates])[:-1]
        points = [label_point(part) for part in np.split(embedded, ends)]
        texts = _embeddings([one.answer for one in found])
        rows, holding = candidate_probabilities(texts, points).tolist(), surest(texts, points)
        return [
            _with_candidates(one, candidates, row, held) for one, row, held in zip(found, rows, holding, strict=True)
        ]

    async def _chosen_by_llm(
        self, found: list[Labelled], candidates: Sequence[CandidateLabel], asking: Asking
    ) -> list[Labelled]:
        upstream = self._upstream
        if upstream is None:
            return found
        described = {item.name: item.description for item in candidates}
        asked = [index for index, one in enumerate(found) if self._chosen.back_end == "llm" or not one.candidate]
        calls = [partial(candidate_by_llm, upstream, found[index].text, described) for index in asked]
        opinions = await asking.outcomes(calls)
        for index, opinion in zip(asked, opinions, strict=True):
            one = found[index]
            if isinstance(opinion, Exception):
                found[index] = self._without(one, opinion)
            else:
                found[index] = replace(one, candidate=opinion, steps=(*one.steps, LLM))
        return found


def _own_labels(wanted: Texts, answers: Sequence[Answer]) -> list[Labelled]:
    return [Labelled(text=text, answer=answer) for text, answer in zip(wanted.texts, answers, strict=True)]


def _fragments(wanted: Texts, found: Sequence[Labelled]) -> list[int]:
    """Indices of the texts that say nothing by themselves and have something before them."""
    return [
        index
        for index, previous in enumerate(wanted.contexts)
        if any(map(str.strip, previous)) and context.needs_context(found[index].text, found[index].answer.prediction)
    ]


async def _readings(run: ModelRun, joined: Sequence[Sequence[str]]) -> list[list[Prediction]]:
    """What the model says of every text of each, a run for all that stand at the same place."""
    found: list[list[Prediction]] = [[] for _ in joined]
    for depth in range(max(map(len, joined), default=0)):
        deep = [index for index, texts in enumerate(joined) if depth < len(texts)]
        for index, answer in zip(deep, await run([joined[index][depth] for index in deep]), strict=True):
            found[index].append(answer.prediction)
    return found


def _embeddings(answers: Sequence[Answer]) -> Doubles:
    return np.array([answer.prediction.embedding for answer in answers], dtype=np.float64)


def _with_candidates(
    one: Labelled, candidates: Sequence[CandidateLabel], row: Sequence[float], held: int | None
) -> Labelled:
    names = [candidate.name for candidate in candidates]
    ranked = sorted(zip(names, row, strict=True), key=lambda item: (-item[1], item[0]))
    return replace(one, candidates=tuple(ranked), candidate="" if held is None else names[held])


def _gated(one: Labelled, languages: frozenset[str]) -> Labelled:
    language = one.answer.prediction.language
    if not languages or language in languages or language == UNDETERMINED_LANGUAGE:
        return one
    return replace(one, unsupported_language=True, answered_by=NOBODY)

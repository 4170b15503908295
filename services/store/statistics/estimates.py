"""Questions for the true numbers of messages by label: what is counted of whom, and the answer. Pure.

The exact count of each label is the answer of the statistics to the same question; this adds what it may be in truth.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from services.runtime.errors import ErrorReason
from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS
from services.store.filters import (
    COUNTED,
    IS_LABELLED,
    UNSUPPORTED_LANGUAGE,
    Bindings,
    Filters,
    TimeRange,
    category_mask,
    filter_sql,
    intent_mask,
)
from services.store.message import LabelAuthor
from services.store.statistics.correction import Confusion, Estimate, Stratum, estimate
from services.store.statistics.question import Dimension
from services.store.statistics.sql import Scope, Statement
from services.store.validation import Violation, filter_violations, instant_violations, range_violations

DEFAULT_CONFIDENCE: Final = 0.95
_LEAST_CONFIDENCE, _MOST_CONFIDENCE = 0.5, 0.999

LABELS: Final[Mapping[Dimension, Sequence[str]]] = {
    Dimension.CATEGORY: CATEGORIES,
    Dimension.INTENT: INTENTS,
    Dimension.SENTIMENT: SENTIMENTS,
}
"""Dimensions whose labels can be estimated, and the labels."""

_MASKS: Final = {
    Dimension.CATEGORY: {category_mask([name]): name for name in CATEGORIES},
    Dimension.INTENT: {intent_mask([name]): name for name in INTENTS},
}
_COLUMN: Final = {Dimension.CATEGORY: "l.category_mask", Dimension.INTENT: "l.intent_mask"}
_CHOSEN_BY_ANSWER: Final = ("categories", "intents", "sentiments", "min_confidence", "custom_categories")


class Model(NamedTuple):
    """A model by name and version."""

    name: str
    version: str


Confusions: TypeAlias = Mapping[Model, Mapping[str, Confusion]]
"""Model → label → how it errs about it; models that were not measured are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateQuestion:
    """A validated question, its defaults filled in."""

    filters: Filters
    range: TimeRange
    dimension: Dimension
    confidence: float
    as_of: datetime | None


def estimate_violations(question: EstimateQuestion) -> Iterator[Violation]:
    """Every rule the question breaks, as far as that can be said without the database."""
    yield from filter_violations(question.filters)
    yield from range_violations(question.range)
    yield from instant_violations(question.as_of)
    for name in _CHOSEN_BY_ANSWER:
        if getattr(question.filters, name) != getattr(Filters(), name):
            yield Violation(
                field=f"filters.{name}",
                reason=ErrorReason.BAD_FILTER,
                description="cannot be corrected for: among messages chosen by them the model errs in other ways",
            )
    if not _LEAST_CONFIDENCE <= question.confidence <= _MOST_CONFIDENCE:
        yield Violation(
            field="confidence",
            reason=ErrorReason.BAD_LIMIT,
            description=f"must be from {_LEAST_CONFIDENCE} to {_MOST_CONFIDENCE}, or 0 for {DEFAULT_CONFIDENCE}",
        )


def counting(question: EstimateQuestion, scope: Scope) -> Statement:
    """Counts by who labelled and what: `author`, `name`, `version`, `labels` (mask or sentiment), `messages`.

    `author` is NULL for messages without labels. Those in languages not accepted are left out: no model judges them.
    The question's range must be closed.
    """
    bindings = Bindings()
    base = filter_sql(
        bindings,
        workspace_id=scope.workspace_id,
        filters=question.filters,
        time_range=question.range,
        as_of=scope.as_of,
        authors=COUNTED,
    )
    labels = _COLUMN.get(question.dimension, "l.sentiment")
    sql = (
        f"SELECT CASE WHEN {IS_LABELLED} THEN l.author END AS author, coalesce(l.model_name, '') AS name,"
        f" coalesce(l.model_version, '') AS version, {labels} AS labels, count(*) AS messages"
        f" FROM {base.from_} WHERE {base.where} AND {UNSUPPORTED_LANGUAGE} IS NOT TRUE GROUP BY 1, 2, 3, 4"
    )
    return Statement(sql=sql, arguments=tuple(bindings.values))


class Labelled(NamedTuple):
    """Messages with the same labels from the same hand. `author` None: they have none."""

    author: str | None
    model: Model
    labels: int | str | None
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedCount:
    """One label: its exact count, and what the count may be in truth."""

    key: str
    count: int
    estimate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """The answer. `models`: those that labelled, with their messages and whether they were measured."""

    question: EstimateQuestion
    as_of: datetime
    rows: tuple[EstimatedCount, ...]
    judged: int
    pending: int
    models: tuple[tuple[Model, int, bool], ...]

    @property
    def labelled(self) -> int:
        """Messages with labels in force."""
        return self.judged + sum(messages for _, messages, _ in self.models)

    @property
    def unmeasured(self) -> int:
        """Messages labelled by a model whose errors are not known."""
        return sum(messages for _, messages, measured in self.models if not measured)


def estimates(
    question: EstimateQuestion, as_of: datetime, counted: Iterable[Labelled], confusions: Confusions
) -> Estimates:
    """The estimates from what was counted, `confusions` of the dimension's labels. Raises nothing."""
    judged: Counter[str] = Counter()
    by_model: dict[Model, Counter[str]] = {}
    messages: Counter[Model] = Counter()
    people = pending = 0
    for group in counted:
        if group.author is None:
            pending += group.messages
            continue
        human = group.author == LabelAuthor.HUMAN
        people += group.messages if human else 0
        messages[group.model] += 0 if human else group.messages
        target = judged if human else by_model.setdefault(group.model, Counter())
        target.update(dict.fromkeys(label_names(question.dimension, group.labels), group.messages))
    models = [(model, count, model in confusions) for model, count in messages.items() if count]
    rows = [_row(key, question, judged[key], by_model, messages, confusions) for key in LABELS[question.dimension]]
    return Estimates(
        question=replace(question, as_of=as_of),
        as_of=as_of,
        rows=tuple(sorted(rows, key=lambda row: (-row.estimate.value, row.key))),
        judged=people,
        pending=pending,
        models=tuple(sorted(models, key=lambda item: (-item[1], item[0]))),
    )


def _row(
    key: str,
    question: EstimateQuestion,
    judged: int,
    by_model: Mapping[Model, Counter[str]],
    messages: Mapping[Model, int],
    confusions: Confusions,
) -> EstimatedCount:
    strata = [
        Stratum(messages=messages[model], counted=counts[key], confusion=confusions.get(model, {}).get(key))
        for model, counts in by_model.items()
    ]
    return EstimatedCount(
        key=key,
        count=judged + sum(stratum.counted for stratum in strata),
        estimate=estimate(strata, judged=judged, confidence=question.confidence),
    )


def label_names(dimension: Dimension, labels: int | str | None) -> list[str]:
    """The labels of a dimension that a mask holds, or the sentiment itself."""
    if isinstance(labels, int):
        return [name for bit, name in _MASKS[dimension].items() if labels & bit]
    return [labels] if labels else []

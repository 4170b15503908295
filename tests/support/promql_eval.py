"""Evaluates the part of PromQL that alert rules here use, over two scrapes of real processes.

Prometheus itself comes in no package. Selectors, `rate` and `increase` (from the first scrape to the second), `sum`,
`max` and `min` with `by`, `histogram_quantile`, `offset` (the first scrape, however long), arithmetic, comparison and
`and`; what else an expression holds is refused, not guessed.
"""

import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]

_MATCHES: Mapping[str, Callable[[str, str], bool]] = {
    "Equal": lambda value, wanted: value == wanted,
    "NotEqual": lambda value, wanted: value != wanted,
    "Re": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "NotRe": lambda value, wanted: re.fullmatch(wanted, value) is None,
}
_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}
_AGGREGATES: Mapping[str, Callable[[list[float]], float]] = {"sum": sum, "max": max, "min": min}


@dataclass(frozen=True, slots=True)
class Scrapes:
    """Series of several processes at two moments, `seconds` apart."""

    before: Mapping[tuple[str, Labels], float]
    after: Mapping[tuple[str, Labels], float]
    seconds: float


def samples(texts: Mapping[str, str]) -> dict[tuple[str, Labels], float]:
    """Every sample of some /metrics pages, each under the `instance` it came from."""
    return {
        (sample.name, frozenset({**sample.labels, "instance": instance}.items())): sample.value
        for instance, text in texts.items()
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def evaluate(expression: str, scrapes: Scrapes) -> Vector:
    """The series that the expression gives; an alert fires when there is one. ValueError for what is not supported."""
    found = _value(promql_parser.parse(expression), scrapes)
    return found if isinstance(found, dict) else {frozenset(): found}


def _value(node: Any, scrapes: Scrapes) -> Vector | float:
    if isinstance(node, promql_parser.NumberLiteral):
        return float(node.val)
    if isinstance(node, promql_parser.ParenExpr):
        return _value(node.expr, scrapes)
    if isinstance(node, promql_parser.VectorSelector):
        return _selected(node, scrapes.before if node.offset else scrapes.after)
    if isinstance(node, promql_parser.Call) and node.func.name in _FUNCTIONS:
        return _FUNCTIONS[node.func.name](node, scrapes)
    if isinstance(node, promql_parser.AggregateExpr):
        return _aggregated(node, scrapes)
    if isinstance(node, promql_parser.BinaryExpr):
        return _combined(str(node.op), _value(node.lhs, scrapes), _value(node.rhs, scrapes))
    raise ValueError(f"not supported: {node}")


def _selected(node: Any, at: Mapping[tuple[str, Labels], float]) -> Vector:
    return {
        labels: value
        for (name, labels), value in at.items()
        if name == node.name
        and all(
            _MATCHES[str(matcher.op).rpartition(".")[2]](dict(labels).get(matcher.name, ""), matcher.value)
            for matcher in node.matchers.matchers
        )
    }


def _growth(node: Any, scrapes: Scrapes) -> Vector:
    selector = node.args[0].vector_selector
    before, after = _selected(selector, scrapes.before), _selected(selector, scrapes.after)
    per = scrapes.seconds if node.func.name == "rate" else 1.0
    return {labels: (value - before.get(labels, 0.0)) / per for labels, value in after.items()}


def _quantile(node: Any, scrapes: Scrapes) -> Vector:
    """As Prometheus estimates it: evenly spread inside a bucket, at most the largest finite bound."""
    share, buckets = _value(node.args[0], scrapes), _value(node.args[1], scrapes)
    if isinstance(share, dict) or not isinstance(buckets, dict):
        raise ValueError("not supported: a quantile that is no number, or of no vector")  # noqa: TRY004
    series: defaultdict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for labels, count in buckets.items():
        rest = frozenset(pair for pair in labels if pair[0] != "le")
        series[rest].append((float(dict(labels)["le"]), count))
    return {labels: _within(share, sorted(bounds)) for labels, bounds in series.items() if max(bounds)[1] > 0}


def _within(share: float, bounds: list[tuple[float, float]]) -> float:
    """The value below which this share lies, given (upper bound, count up to it)."""
    rank, lower, below = share * bounds[-1][1], 0.0, 0.0
    for upper, count in bounds:
        if count >= rank:
            return lower if math.isinf(upper) else lower + (upper - lower) * (rank - below) / (count - below)
        lower, below = upper, count
    return lower


_FUNCTIONS: Mapping[str, Callable[[Any, Scrapes], Vector]] = {
    "rate": _growth,
    "increase": _growth,
    "histogram_quantile": _quantile,
}


def _aggregated(node: Any, scrapes: Scrapes) -> Vector:
    inner = _value(node.expr, scrapes)
    kept = set(node.modifier.labels) if node.modifier else set()
    groups: defaultdict[Labels, list[float]] = defaultdict(list)
    for labels, value in inner.items() if isinstance(inner, dict) else ():
        groups[frozenset(pair for pair in labels if pair[0] in kept)].append(value)
    return {labels: float(_AGGREGATES[str(node.op)](values)) for labels, values in groups.items()}


def _combined(sign: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if not isinstance(left, dict):
        if isinstance(right, dict):
            raise ValueError("not supported: a number on the left of a vector")  # noqa: TRY004  # of an expression
        return _ARITHMETIC[sign](left, right)
    paired = {labels: right[labels] if isinstance(right, dict) else right for labels in left if _in(labels, right)}
    if sign == "and":
        return {labels: left[labels] for labels in paired}
    if sign in _COMPARISONS:
        return {
            labels: value
            for labels, value in left.items()
            if labels in paired and _COMPARISONS[sign](value, paired[labels])
        }
    return {labels: _ARITHMETIC[sign](left[labels], other) for labels, other in paired.items() if sign != "/" or other}


def _in(labels: Labels, vector: Vector | float) -> bool:
    return not isinstance(vector, dict) or labels in vector

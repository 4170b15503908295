"""Which series a PromQL expression reads, found by a parser and not by eye."""

from collections.abc import Iterator
from typing import Any

import promql_parser

SERVER_LABELS = {"job", "instance", "le", "namespace", "service"}
"""Labels that Prometheus or its operator adds, and the one of histograms."""


def series(expression: str) -> Iterator[tuple[str, set[str]]]:
    """(metric name, labels it is selected by) of each selector. ValueError for what is no PromQL."""
    yield from _selectors(promql_parser.parse(expression))


def grouping_labels(expression: str) -> set[str]:
    """Every label that an aggregation keeps."""
    return set(_grouping(promql_parser.parse(expression)))


def _selectors(node: Any) -> Iterator[tuple[str, set[str]]]:
    if isinstance(node, promql_parser.VectorSelector):
        matchers = node.matchers.matchers
        yield str(node.name), {matcher.name for matcher in matchers}
    for child in _children(node):
        yield from _selectors(child)


def _grouping(node: Any) -> Iterator[str]:
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
        yield from node.modifier.labels
    for child in _children(node):
        yield from _grouping(child)


def _children(node: Any) -> list[Any]:
    if isinstance(node, promql_parser.BinaryExpr):
        return [node.lhs, node.rhs]
    if isinstance(node, promql_parser.Call):
        return list(node.args)
    if isinstance(node, promql_parser.MatrixSelector):
        return [node.vector_selector]
    return [node.expr] if hasattr(node, "expr") else []

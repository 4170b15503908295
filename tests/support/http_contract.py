"""What callers of the HTTP interface may rely on, as lines: operations, parameters, fields, values, what is required.

`python -m tests.support.http_contract` keeps today's as the baseline, when a version is released.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.app import create_routes, openapi_document

BASELINE: Final = Path(__file__).parents[1] / "contract" / "http_v1.txt"
NEEDS: Final = "needs "
"""Begins a line that says what a request must hold; new ones of these are what breaks callers."""


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, made once in a process, because it takes seconds; who changes it changes a copy."""
    return openapi_document(create_routes())


def lines(document: Mapping[str, Any]) -> set[str]:
    """The whole document's."""
    schemas = document["components"]["schemas"]
    sent: set[str] = set()
    found = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            found |= set(_operation(f"{method} {path}", operation))
            sent |= _named(operation.get("requestBody", {}))
    while more := {name for schema in sent for name in _named(schemas[schema])} - sent:
        sent |= more
    for name, schema in schemas.items():
        found |= set(_schema(name, schema))
        found |= {f"{NEEDS}{name}.{field}" for field in schema.get("required", ()) if name in sent}
    return found


def _operation(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield name
    for parameter in operation.get("parameters", ()):
        yield f"{name} {parameter['in']} {parameter['name']}"
        if parameter.get("required"):
            yield f"{NEEDS}{name} {parameter['name']}"
    for status, answer in operation["responses"].items():
        yield from (f"{name} {status} {kind}" for kind in answer.get("content", ()))


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield name
    for field, shape in schema.get("properties", {}).items():
        yield f"{name}.{field}"
        yield from (f"{name}.{field} = {value}" for value in shape.get("enum", ()))
        yield from (f"{name}.{field} : {kind}" for kind in [shape.get("type")] if kind)


def _named(node: Any) -> set[str]:
    """Schemas that a part of the document refers to."""
    if isinstance(node, list):
        return set().union(*map(_named, node))
    if not isinstance(node, dict):
        return set()
    own = {str(node["$ref"]).rpartition("/")[2]} if "$ref" in node else set()
    return own.union(*map(_named, node.values()))


if __name__ == "__main__":
    kept = sorted(lines(document()))
    BASELINE.write_text("\n".join(kept) + "\n", encoding="utf-8")

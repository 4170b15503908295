"""Query parameters that a route does not know: refused, since a misspelt filter would be a filter left out (G10)."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from fastapi import Request
from fastapi.dependencies.models import Dependant

from services.runtime.errors import FieldViolation, InvalidInputError

MAX_VIOLATIONS: Final = 20
_LONGEST_NAME: Final = 64
_OPENAI: Final = "/v1/"
"""Its clients add parameters of their own (`api-version`, `limit`), which OpenAI leaves aside as well."""


def refuse_unknown(request: Request) -> None:
    """InvalidInputError names what of the query is no parameter of the request's route."""
    if not request.scope["query_string"] or request.scope["path"].startswith(_OPENAI):
        return
    known = sorted(set(_names(request.scope["route"].dependant)))
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        violations = tuple(_violation(name[:_LONGEST_NAME], known) for name in unknown[:MAX_VIOLATIONS])
        detail = "; ".join(f"{item.field}: {item.description}" for item in violations[:3])
        raise InvalidInputError(detail, violations=violations)


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _names(needed)


def _violation(name: str, known: list[str]) -> FieldViolation:
    alike = get_close_matches(name, known, n=1)
    told = f"; did you mean {alike[0]}?" if alike else f"; known are {', '.join(known)}" if known else ""
    return FieldViolation(field=name, description=f"is no parameter of this route{told}")

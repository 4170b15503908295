"""Field types every request model shares: strict, bounded, and clear about what is wrong."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MIN_YEAR: Final = 1970
MAX_YEAR: Final = 9998
LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Strict(BaseModel):
    """No coercion, no unknown field: a typing mistake is an error, never a silent default."""

    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=True)


def parse_instant(value: object) -> datetime:
    """An RFC 3339 instant with its offset, or seconds since the epoch. ValueError says which."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            moment = datetime.fromtimestamp(value, UTC)
        except (OverflowError, ValueError, OSError):
            raise ValueError("is not an instant between 1970 and 9998") from None
    elif isinstance(value, str):
        moment = _parse_text(value)
    else:
        raise ValueError('must be an instant such as "2026-03-01T09:30:00Z"')
    if moment.tzinfo is None:
        raise ValueError('needs its offset from UTC, as in "2026-03-01T09:30:00Z" or "…+01:00"')
    if not MIN_YEAR <= moment.year <= MAX_YEAR:
        raise ValueError(f"must lie in the years {MIN_YEAR} to {MAX_YEAR}")
    return moment.astimezone(UTC)


def _parse_text(value: str) -> datetime:
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError('must be an instant such as "2026-03-01T09:30:00Z"') from None


def identifier(value: object) -> object:
    """Numbers are taken as the text they are written as: ids of other systems are often numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def storable(value: object) -> object:
    """Postgres cannot keep a NUL, UTF-8 no half of a surrogate pair; say so instead of dropping them."""
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("may not hold a NUL character")
    if isinstance(value, str) and not value.isascii() and LONE_SURROGATE.search(value):
        raise ValueError("may not hold half of a surrogate pair")
    return value


Instant = Annotated[datetime, BeforeValidator(parse_instant), Field(examples=["2026-03-01T09:30:00Z"])]
Text = Annotated[str, BeforeValidator(storable)]
Id = Annotated[str, BeforeValidator(storable), BeforeValidator(identifier)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=256), BeforeValidator(storable)]
Json = dict[str, Any]


def instant_json(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def enum_json(value: Any) -> str:  # noqa: ANN401  # any of the generated enums, whose unknown members have no name
    """An enum value's name in lower snake case, as JSON shows it."""
    return str(value.name).lower() if value.name else f"unknown_{int(value)}"

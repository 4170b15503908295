"""Fields in errors under the names that a caller over HTTP knows: services speak of those of the contracts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeAlias

from services.runtime.errors import EarshotError

Rename: TypeAlias = tuple[str, str]
"""A regular expression over the path of a field, and what stands there instead."""

EVENT_TIME: Final[Rename] = (r"\bevent_time$", "timestamp")
EXPIRE_TIME: Final[Rename] = ("^expire_time$", "expires_at")
SETTING: Final[Rename] = (r"^settings\.(\w+)\.\w+$", r"\1")
RULE: Final[tuple[Rename, ...]] = (
    (r"^rule\.", ""),
    ("^window$", "window_seconds"),
    ("^interval$", "interval_seconds"),
)
PARAMETERS: Final[tuple[Rename, ...]] = (
    (r"^filters\.categories$", "category"),
    (r"^filters\.custom_categories$", "custom_category"),
    (r"^filters\.(min_confidence|text)$", r"\1"),
    (r"^filters\.(\w+)s$", r"\1"),
    (r"^range\.(start|end)$", r"\1"),
)
"""Filters and a range that came as query parameters."""


@contextmanager
def fields_named(*renames: Rename) -> Iterator[None]:
    """Renames the fields in whatever error comes out of the block, in its words too."""
    try:
        yield
    except EarshotError as error:
        error.message = _retold(error, renames)
        error.violations = tuple(replace(item, field=renamed(item.field, renames)) for item in error.violations)
        raise


def _retold(error: EarshotError, renames: tuple[Rename, ...]) -> str:
    """The message, which begins with the path of the first field at fault, or with that of what it is in."""
    path, colon, told = error.message.partition(": ")
    if not colon or not error.violations or not error.violations[0].field.startswith(path):
        return error.message
    name = renamed(path, renames)
    return f"{name}: {told}" if name else told


def renamed(field: str, renames: tuple[Rename, ...]) -> str:
    """The path of a field after all renames, in their order."""
    for pattern, name in renames:
        field = re.sub(pattern, name, field)
    return field

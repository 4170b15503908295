"""The order of the sides in a round."""

from collections.abc import Mapping
from typing import TypeVar

SideT = TypeVar("SideT")


def in_turn(sides: Mapping[str, SideT], number: int) -> list[tuple[str, SideT]]:
    """The sides of round `number`: each round begins with the next one, so that none gains by what came before it."""
    ordered, first = list(sides.items()), number % len(sides)
    return [*ordered[first:], *ordered[:first]]

"""How much an answer tells. Pure."""

from enum import StrEnum
from typing import Final


class Detail(StrEnum):
    """How much an answer tells."""

    BRIEF = "brief"
    NORMAL = "normal"
    FULL = "full"


LONGEST_BRIEF: Final = 1_000
"""Characters at which a brief answer is cut, whoever writes it."""

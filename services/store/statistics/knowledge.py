"""What became known between two instants, and why: the worlds in between, one cause after another. Pure.

In the first world everything is as it was known before; each further one adds what one more cause has changed, and the
last is everything as it is known after. The differences of neighbours are the causes' parts, so they sum exactly.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.store.filters import Bindings


class Cause(StrEnum):
    """Why a message counts in another way, in the order in which the causes are added."""

    LATE_ARRIVAL = "late_arrival"
    FIRST_LABELS = "first_labels"
    NEW_MODEL = "new_model"
    CORRECTION = "correction"


CAUSES: Final = tuple(Cause)

_SAME: Final = "{0}.workspace_id = m.workspace_id AND {0}.message_id = m.id"
_IN_FORCE: Final = "{0}.valid_from <= {1} AND {0}.valid_to > {1}"

# Of a message that both instants know. Where its labels are the same at both, either instant shows them.
_CAUSE: Final = f"""CASE
  WHEN m.create_time > {{before}} THEN 'late_arrival'
  WHEN (SELECT a.author FROM labels a WHERE {_SAME.format("a")} AND {_IN_FORCE.format("a", "{after}")}) = 'human'
    THEN 'correction'
  WHEN NOT EXISTS (SELECT FROM labels b WHERE {_SAME.format("b")} AND {_IN_FORCE.format("b", "{before}")})
    THEN 'first_labels'
  ELSE 'new_model' END"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """A world between two instants: that of `before`, with what these causes have changed until `after`."""

    before: datetime
    after: datetime
    causes: frozenset[Cause]

    def labels(self, bindings: Bindings) -> str:
        """SQL condition that joins a message `m` with its label set `l` in this world."""
        before, after = bindings.bind(self.before, "timestamptz"), bindings.bind(self.after, "timestamptz")
        causes = bindings.bind(sorted(self.causes), "text[]")
        cause = _CAUSE.format(before=before, after=after)
        instant = f"(CASE WHEN {cause} = ANY ({causes}) THEN {after} ELSE {before} END)"
        return f"{_SAME.format('l')} AND {_IN_FORCE.format('l', instant)}"

    def known(self, bindings: Bindings) -> str:
        """SQL condition for a message `m` that is known in this world."""
        latest = self.after if Cause.LATE_ARRIVAL in self.causes else self.before
        return f"m.create_time <= {bindings.bind(latest, 'timestamptz')}"


def worlds(before: datetime, after: datetime) -> tuple[Between, ...]:
    """The worlds after each cause but the last, which leads to everything that is known after."""
    return tuple(
        Between(before=before, after=after, causes=frozenset(CAUSES[: count + 1])) for count in range(len(CAUSES) - 1)
    )

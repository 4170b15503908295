"""What a reading becomes once it is known who asks."""

from dataclasses import replace
from typing import Any

from services.chat.interpreting.admission import admitted
from services.chat.question import (
    Behaviour,
    Interpretation,
    Measure,
    Operation,
    StatsQuery,
)
from services.runtime.auth import Identity, Role


def reading(operation: Operation, **query: Any) -> Interpretation:
    return Interpretation(operation=operation, query=StatsQuery(**query))


def test_roles_decide_what_is_admitted() -> None:
    def who(role: Role) -> Identity:
        return Identity(user_id="u", workspace_id="w", role=role, name="")

    examples = reading(Operation.EXAMPLES)
    assert admitted(examples, who(Role.AGENT)) == examples
    assert admitted(examples, who(Role.VIEWER)).behaviour is Behaviour.REFUSE
    asks = replace(examples, behaviour=Behaviour.CLARIFY)
    assert admitted(asks, who(Role.VIEWER)) == asks
    incidents = reading(Operation.INCIDENTS, limit=3)
    assert admitted(incidents, who(Role.ADMIN)) == incidents
    counted = admitted(incidents, who(Role.VIEWER))
    assert counted == reading(Operation.STATS, measure=Measure.DISTINCT_INCIDENTS)

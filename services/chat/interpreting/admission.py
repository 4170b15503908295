"""What a reading may become once it is known who asks. Pure."""

from dataclasses import replace

from services.chat.question import Behaviour, Interpretation, Measure, Operation
from services.runtime.auth import Identity, Role

_NO_TEXTS = "Customers' own words are personal data, which your role may not see. I can count the messages instead."


def admitted(interpretation: Interpretation, caller: Identity) -> Interpretation:
    """The reading, refused where customers' words are asked for by a role that may not see them.

    Of incidents such a role is told the number: each of them is shown by its first message.
    """
    if interpretation.behaviour is not Behaviour.ANSWER or caller.has_role(Role.AGENT, Role.SERVICE):
        return interpretation
    if interpretation.operation is Operation.EXAMPLES:
        return _refused(interpretation, _NO_TEXTS)
    if interpretation.operation is Operation.INCIDENTS:
        counted = replace(interpretation.query, measure=Measure.DISTINCT_INCIDENTS, group_by=(), limit=0)
        return replace(interpretation, operation=Operation.STATS, query=counted)
    return interpretation


def _refused(interpretation: Interpretation, reason: str) -> Interpretation:
    return replace(interpretation, behaviour=Behaviour.REFUSE, reason=reason, choices=())

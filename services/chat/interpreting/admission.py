"""What a reading may become once it is known who asks and what this version can do. Pure."""

from dataclasses import replace

from services.chat.question import Behaviour, Interpretation, Measure, Operation
from services.runtime.auth import Identity, Role

_NO_INCIDENTS = (
    "This version does not group messages into incidents, so it cannot tell how many separate ones there were."
)
_NO_TEXTS = "Customers' own words are personal data, which your role may not see. I can count the messages instead."


def admitted(interpretation: Interpretation, caller: Identity) -> Interpretation:
    """The reading, refused where incidents are asked for, or customers' words by a role that may not see them."""
    if interpretation.behaviour is Behaviour.REFUSE:
        return interpretation
    if Operation.INCIDENTS is interpretation.operation or Measure.DISTINCT_INCIDENTS is interpretation.query.measure:
        return _refused(interpretation, _NO_INCIDENTS)
    shows_texts = interpretation.behaviour is Behaviour.ANSWER and interpretation.operation is Operation.EXAMPLES
    if shows_texts and not caller.has_role(Role.AGENT, Role.SERVICE):
        return _refused(interpretation, _NO_TEXTS)
    return interpretation


def _refused(interpretation: Interpretation, reason: str) -> Interpretation:
    return replace(interpretation, behaviour=Behaviour.REFUSE, reason=reason, choices=())

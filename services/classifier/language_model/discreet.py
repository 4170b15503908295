"""A language model that is shown no personal data: marks stand for it, and become it in the answer (B20, F44)."""

from collections.abc import Mapping

from services.classifier.language_model.upstream import Upstream
from services.runtime.redaction import Redaction


class Discreet:
    """An `Upstream` around another one."""

    def __init__(self, upstream: Upstream) -> None:
        self.model = upstream.model
        self._upstream = upstream

    async def ask(self, *, system: str, user: str, schema: Mapping[str, object] | None = None) -> str:
        """As `Upstream` says. What `system` and `schema` hold is ours or the caller's labels, and goes as it is."""
        redaction = Redaction()
        answer = await self._upstream.ask(system=system, user=redaction.hide(user), schema=schema)
        return redaction.restore(answer, in_json=schema is not None)

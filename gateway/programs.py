"""Programs that call with a service token: exchanged for a short token of its user, which every service verifies."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from earshot_client.earshot.store.v1 import VerifyServiceTokenRequest
from gateway.clients.stubs import LoginClient
from gateway.shapes.fields import enum_json
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.errors import UnauthenticatedError

PREFIX: Final = "earshot_s_"
REMEMBERED_SECONDS: Final = 30.0
"""A revoked token works for so long at most, and its user's changes take as long to be seen."""
SIGNED_SECONDS: Final = 900
"""Longer than it is remembered: a stream that began with it goes on for so long."""
MOST_REMEMBERED: Final = 1024

_SERVICE_TOKEN: Final = re.compile(r"earshot_s_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """The caller a service token stands for, and the token that says so to the services."""

    identity: Identity
    bearer: str
    until: float


class Programs:
    """Exchanges service tokens, and remembers the good ones for a moment."""

    def __init__(
        self, logins: LoginClient, signer: TokenSigner, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._logins = logins
        self._signer = signer
        self._clock = clock
        self._known: OrderedDict[str, Exchanged] = OrderedDict()

    async def exchange(self, token: str) -> Exchanged:
        """Whom a service token stands for. Raises UnauthenticatedError, UnavailableError (STORE_UNAVAILABLE)."""
        known = self._known.get(token)
        if known is not None and self._clock() < known.until:
            self._known.move_to_end(token)
            return known
        if _SERVICE_TOKEN.fullmatch(token) is None:
            raise UnauthenticatedError
        user = (await self._logins.verify_service_token(VerifyServiceTokenRequest(token=token))).user
        if user is None:
            raise UnauthenticatedError
        identity = Identity(
            user_id=user.id, workspace_id=user.workspace_id, role=Role(enum_json(user.role)), name=user.username
        )
        bearer = self._signer.sign(identity, lifetime_seconds=SIGNED_SECONDS)
        return self._remember(
            token, Exchanged(identity=identity, bearer=bearer, until=self._clock() + REMEMBERED_SECONDS)
        )

    def _remember(self, token: str, exchanged: Exchanged) -> Exchanged:
        self._known[token] = exchanged
        if len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return exchanged

    def forget(self) -> None:
        """Asks the store again for every token: after one was revoked through this process."""
        self._known.clear()

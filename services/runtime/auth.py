"""Identity: who calls, with which role, proven by an EdDSA JWT (RFC 7519, RFC 8037) that every service verifies.

Signatures are joserfc's work. This module adds the policy: Ed25519 only, no key or URL from a token's header is ever
looked at, and every claim is required (docs of each claim: `TokenSigner.sign`).
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, Final

import structlog
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import EdDSAAlgorithm
from joserfc.jwk import GuestProtocol, OKPKey
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter, HeaderRegistryDict

from services.runtime.errors import ErrorReason, UnauthenticatedError
from services.runtime.ids import new_id
from services.runtime.keys import WatchedFile, import_key, key_set, public_part, read_key_file, split_keys

ISSUER: Final = "earshot"
AUDIENCE: Final = "earshot"
ALGORITHM: Final = "EdDSA"

_COMPACT_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_MAX_TOKEN_LENGTH: Final = 4096
_MAX_CACHED_TOKENS: Final = 1024
_LOGGER: Final = structlog.get_logger("earshot.auth")
_LOOK_SECONDS: Final = 1.0
"""Pause between two looks at whether the file of keys was replaced; a token that names an unknown key looks at once."""


class Role(StrEnum):
    """What a caller may do. `admin` includes agent, viewer and ingest; `agent` includes viewer; `service` is alone."""

    VIEWER = "viewer"
    AGENT = "agent"
    ADMIN = "admin"
    INGEST = "ingest"
    SERVICE = "service"


_INCLUDED_ROLES: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.VIEWER: frozenset({Role.VIEWER}),
        Role.AGENT: frozenset({Role.AGENT, Role.VIEWER}),
        Role.ADMIN: frozenset({Role.ADMIN, Role.AGENT, Role.VIEWER, Role.INGEST}),
        Role.INGEST: frozenset({Role.INGEST}),
        Role.SERVICE: frozenset({Role.SERVICE}),
    }
)


def role_includes(role: Role, wanted: Role) -> bool:
    """Whether who has `role` may do what `wanted` may."""
    return wanted in _INCLUDED_ROLES[role]


_EDDSA: Final = EdDSAAlgorithm()
_ROLE_NAMES: Final = frozenset(role.value for role in Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A verified caller. `workspace_id` is empty only for a service that works for all workspaces."""

    user_id: str
    workspace_id: str
    role: Role
    name: str

    def has_role(self, *roles: Role) -> bool:
        """Whether the caller's role is, or includes, one of `roles`."""
        return not _INCLUDED_ROLES[self.role].isdisjoint(roles)


class _Registry(JWSRegistry):
    """Only the header fields we use ourselves (no jwk, jku, x5u, crit, b64) and only EdDSA, whatever a header asks."""

    default_header_registry: ClassVar[HeaderRegistryDict] = {  # type: ignore[misc]  # the parent says instance, means class
        "alg": HeaderParameter("Algorithm", "str", required=True),
        "typ": HeaderParameter("Type", "str"),
        "kid": HeaderParameter("Key id", "str"),
    }

    def get_alg(self, name: str) -> EdDSAAlgorithm:
        # joserfc warns on every use of "EdDSA", which RFC 9864 renames to "Ed25519"; our keys are Ed25519 only.
        if name != ALGORITHM:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return _EDDSA


class TokenSigner:
    """Signs short-lived tokens with one Ed25519 private key."""

    def __init__(self, private_key: str | bytes, *, clock: Callable[[], float] = time.time) -> None:
        """`private_key` is a PEM (PKCS 8) or a JWK as JSON. Raises ValueError if it is not a private Ed25519 key."""
        self._key = _private(private_key)
        self._clock = clock
        self._file: WatchedFile | None = None

    @classmethod
    def from_file(cls, path: Path) -> "TokenSigner":
        """The signer of the key in `path`, read again when it is replaced; ValueError where it does not hold one."""
        file = WatchedFile(path)
        signer = cls(read_key_file(path))
        signer._file = file
        return signer

    def sign(self, identity: Identity, *, lifetime_seconds: float = 900) -> str:
        """A token for `identity` that starts now and ends after `lifetime_seconds`.

        Claims: iss and aud `earshot`, sub (user id), workspace, role, name, iat, nbf, exp, jti.
        """
        if self._file is not None and self._file.changed():
            self._key = _private(read_key_file(self._file.path))
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": identity.user_id,
            "workspace": identity.workspace_id,
            "role": identity.role.value,
            "name": identity.name,
            "iat": now,
            "nbf": now,
            "exp": now + int(lifetime_seconds),
            "jti": new_id(),
        }
        header = {"alg": ALGORITHM, "kid": self._key.thumbprint()}
        return jwt.encode(header, claims, self._key, registry=_Registry())

    def sign_service(self, name: str, *, workspace_id: str = "", lifetime_seconds: float = 365 * 86_400) -> str:
        """A token with role `service` for an internal caller such as the gateway's login; an operator rotates it."""
        identity = Identity(user_id=f"service:{name}", workspace_id=workspace_id, role=Role.SERVICE, name=name)
        return self.sign(identity, lifetime_seconds=lifetime_seconds)


def _private(text: str | bytes) -> OKPKey:
    key = import_key(text)
    if not key.is_private:
        raise ValueError("this is a public key; signing needs the private one")
    return key


class TokenVerifier:
    """Verifies tokens against fixed public keys; it never fetches one."""

    def __init__(
        self,
        public_keys: Sequence[str | bytes],
        *,
        leeway_seconds: int = 60,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Each key is a PEM or a JWK as JSON; several serve a key rotation. Raises ValueError on any other key."""
        self._keys = _by_id(public_keys)
        self._file: WatchedFile | None = None
        self._looked_at = clock()
        self._leeway_seconds = leeway_seconds
        self._clock = clock
        self._registry = _Registry()
        self._verified: OrderedDict[str, tuple[Identity, float]] = OrderedDict()

    @classmethod
    def from_file(
        cls, path: Path, *, leeway_seconds: int = 60, clock: Callable[[], float] = time.time
    ) -> "TokenVerifier":
        """The verifier of every key in `path`: PEM blocks one after the other, one JWK, or a JWK set.

        The file is read again when it is replaced, so that keys rotate without a restart; a file that cannot be used
        leaves the keys as they were.
        """
        file = WatchedFile(path)
        verifier = cls(split_keys(read_key_file(path)), leeway_seconds=leeway_seconds, clock=clock)
        verifier._file = file
        return verifier

    def key_set(self) -> dict[str, list[dict[str, str]]]:
        """The public keys as a JWK set, for callers who verify tokens themselves."""
        self._look_for_new_keys()
        return key_set(self._keys.values())

    def verify(self, token: str) -> Identity:
        """The caller the token proves. Raises UnauthenticatedError with TOKEN_MISSING, TOKEN_EXPIRED or TOKEN_INVALID.

        A good token is remembered until it ends, so that a chatty caller costs one signature check, not thousands.
        """
        # Out of the span on either side: a clock that went back an hour must not put off the next look by one.
        if not 0 <= self._clock() - self._looked_at < _LOOK_SECONDS:
            self._look_for_new_keys()
        cached = self._verified.get(token)
        if cached is not None and self._clock() < cached[1]:
            self._verified.move_to_end(token)
            return cached[0]
        claims = self._claims(token)
        identity = _identity(claims)
        self._remember(token, identity, claims["exp"] + self._leeway_seconds)
        return identity

    def _claims(self, token: str) -> dict[str, Any]:
        if not token:
            raise _missing()
        # Strict before decoding: three parts, no padding, no line breaks (GHSA-5jhw-7jv7-qcqq was lenient base64).
        if len(token) > _MAX_TOKEN_LENGTH or _COMPACT_JWS.fullmatch(token) is None:
            raise UnauthenticatedError
        try:
            decoded = jwt.decode(token, self._key_for, registry=self._registry)
            self._check_claims(decoded.claims)
        except ExpiredTokenError as error:
            raise UnauthenticatedError(
                "The token has expired.", reason=ErrorReason.TOKEN_EXPIRED, hint="Log in again."
            ) from error
        except (JoseError, ValueError, RecursionError) as error:
            raise UnauthenticatedError from error
        return decoded.claims

    def _key_for(self, token: GuestProtocol) -> OKPKey:
        key_id = token.headers().get("kid")
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if not isinstance(key_id, str):
            raise ValueError("the token names no key")  # noqa: TRY004  # what callers of a key finder expect
        if key_id not in self._keys:
            self._look_for_new_keys()
        if key_id not in self._keys:
            raise ValueError("the token names no key we know")
        return self._keys[key_id]

    def _look_for_new_keys(self) -> None:
        self._looked_at = self._clock()
        if self._file is None or not self._file.changed():
            return
        try:
            self._keys = _by_id(split_keys(read_key_file(self._file.path)))
        except ValueError as error:
            _LOGGER.warning("the new keys cannot be used, the old ones stay", problem=str(error))
            return
        self._verified.clear()

    def _check_claims(self, claims: dict[str, Any]) -> None:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=self._leeway_seconds,
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True},
            exp={"essential": True},
            nbf={"essential": True},
            iat={"essential": True},
        )
        registry.validate(claims)

    def _remember(self, token: str, identity: Identity, until: float) -> None:
        self._verified[token] = (identity, until)
        if len(self._verified) > _MAX_CACHED_TOKENS:
            self._verified.popitem(last=False)


def _by_id(public_keys: Sequence[str | bytes]) -> dict[str, OKPKey]:
    keys = {key.thumbprint(): key for key in map(public_part, public_keys)}
    if not keys:
        raise ValueError("at least one public key is needed")
    return keys


def _identity(claims: Mapping[str, Any]) -> Identity:
    user_id, workspace_id = claims.get("sub"), claims.get("workspace")
    role, name = claims.get("role"), claims.get("name", "")
    if not (isinstance(user_id, str) and isinstance(workspace_id, str) and isinstance(name, str)):
        raise UnauthenticatedError
    if not isinstance(role, str) or role not in _ROLE_NAMES:
        raise UnauthenticatedError
    if not workspace_id and role != Role.SERVICE:
        raise UnauthenticatedError
    return Identity(user_id=user_id, workspace_id=workspace_id, role=Role(role), name=name)


def _missing() -> UnauthenticatedError:
    return UnauthenticatedError(
        "A token is needed.",
        reason=ErrorReason.TOKEN_MISSING,
        hint="Send the metadata `authorization: Bearer <token>`.",
    )

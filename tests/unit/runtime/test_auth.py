"""Tokens: what is signed verifies; T51 and T53 attacks do not."""

import base64
import hashlib
import hmac
import json
import socket
import stat
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import OKPKey

from services.runtime.auth import Identity, Role, TokenSigner, TokenVerifier
from services.runtime.errors import EarshotError, ErrorReason, UnauthenticatedError
from services.runtime.keys import KeyFiles, generate_keys

NOW = 1_800_000_000
AGENT = Identity(user_id="u-1", workspace_id="default", role=Role.AGENT, name="Žan 🎧")


@pytest.fixture
def keys(tmp_path: Path) -> KeyFiles:
    return generate_keys(tmp_path / "keys")


@pytest.fixture
def signer(keys: KeyFiles) -> TokenSigner:
    return TokenSigner(keys.private_key.read_bytes(), clock=lambda: NOW)


def verifier(keys: KeyFiles, *, now: float = NOW) -> TokenVerifier:
    return TokenVerifier([keys.public_key.read_bytes()], clock=lambda: now)


def b64(data: bytes | dict[str, Any]) -> str:
    raw = json.dumps(data).encode() if isinstance(data, dict) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def sign(keys: KeyFiles, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A token with any header and claims, rightly signed with our key."""
    key = OKPKey.import_key(keys.private_key.read_text()).private_key
    assert isinstance(key, ed25519.Ed25519PrivateKey)
    signed = f"{b64(header)}.{b64(claims)}"
    return f"{signed}.{b64(key.sign(signed.encode()))}"


def good_claims(**changes: Any) -> dict[str, Any]:
    claims = {
        "iss": "earshot",
        "aud": "earshot",
        "sub": "u-1",
        "workspace": "default",
        "role": "agent",
        "name": "Ada",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 900,
    }
    return {key: value for key, value in {**claims, **changes}.items() if value is not ...}


def refusal(verify: Callable[[], object]) -> str:
    with pytest.raises(UnauthenticatedError) as caught:
        verify()
    return caught.value.reason


def test_a_signed_identity_comes_back(keys: KeyFiles, signer: TokenSigner) -> None:
    token = signer.sign(AGENT)
    checked = verifier(keys)
    assert checked.verify(token) == AGENT
    assert checked.verify(token) is checked.verify(token)


def test_claims_are_those_of_the_contract(signer: TokenSigner) -> None:
    claims = claims_of(signer.sign(AGENT, lifetime_seconds=60))
    assert claims.pop("jti")
    assert claims == good_claims(name="Žan 🎧", exp=NOW + 60)


def test_a_service_token(keys: KeyFiles, signer: TokenSigner) -> None:
    identity = verifier(keys).verify(signer.sign_service("gateway"))
    assert (identity.role, identity.workspace_id, identity.name) == (Role.SERVICE, "", "gateway")


def test_key_files_are_private_and_never_overwritten(keys: KeyFiles) -> None:
    for file in (keys.private_key, keys.public_key):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = keys.private_key.read_bytes()
    with pytest.raises(FileExistsError):
        generate_keys(keys.private_key.parent)
    assert keys.private_key.read_bytes() == before


def test_rotation_two_keys_in_one_file(keys: KeyFiles, signer: TokenSigner, tmp_path: Path) -> None:
    new = generate_keys(tmp_path / "new")
    both = tmp_path / "both.pem"
    both.write_bytes(keys.public_key.read_bytes() + new.public_key.read_bytes())
    checked = TokenVerifier.from_file(both)
    fresh = TokenSigner.from_file(new.private_key).sign(AGENT)
    assert checked.verify(fresh) == AGENT
    old = TokenSigner.from_file(keys.private_key).sign(AGENT)
    assert checked.verify(old) == AGENT


def test_jwk_keys(keys: KeyFiles) -> None:
    jwk = json.dumps(OKPKey.import_key(keys.private_key.read_text()).as_dict(private=True))
    token = TokenSigner(jwk, clock=lambda: NOW).sign(AGENT)
    assert verifier(keys).verify(token) == AGENT


# T51, forgeries.


def outcome(checked: TokenVerifier, token: str) -> str:
    try:
        return f"accepted {checked.verify(token)}"
    except EarshotError as error:
        return error.reason


def forged(keys: KeyFiles) -> dict[str, str]:
    public_pem = keys.public_key.read_bytes()
    public_jwk = OKPKey.import_key(public_pem).as_dict(private=False)
    own = ed25519.Ed25519PrivateKey.generate()
    own_jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))}
    claims = b64(good_claims(role="admin"))
    eddsa = {"alg": "EdDSA", "typ": "JWT"}
    good = sign(keys, eddsa, good_claims())

    def hs256(secret: bytes) -> str:
        signed = f"{b64({'alg': 'HS256', 'typ': 'JWT'})}.{claims}"
        return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    def self_signed(header: dict[str, Any]) -> str:
        signed = f"{b64(header)}.{claims}"
        return f"{signed}.{b64(own.sign(signed.encode()))}"

    raw_public = base64.urlsafe_b64decode(str(public_jwk["x"]) + "=")
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    with_spare_bits = good[:-1] + alphabet[alphabet.index(good[-1]) + 1]
    return {
        "none": f"{b64({'alg': 'none'})}.{claims}.",
        "none with a signature": f"{b64({'alg': 'none'})}.{claims}.{good.split('.')[2]}",
        "None, capitals": f"{b64({'alg': 'nOnE'})}.{claims}.AAAA",
        "no alg": sign(keys, {"typ": "JWT"}, good_claims()),
        "alg is a list": sign(keys, {"alg": ["EdDSA"]}, good_claims()),
        "alg Ed25519": sign(keys, {"alg": "Ed25519"}, good_claims()),
        "alg in lower case": sign(keys, {"alg": "eddsa"}, good_claims()),
        "HS256 with the PEM": hs256(public_pem),
        "HS256 with the stripped PEM": hs256(public_pem.strip()),
        "HS256 with the raw key": hs256(raw_public),
        "HS256 with the JWK text": hs256(json.dumps(public_jwk).encode()),
        "HS256 with the compact JWK text": hs256(json.dumps(public_jwk, separators=(",", ":")).encode()),
        "own key": self_signed(eddsa),
        "own key in jwk": self_signed({**eddsa, "jwk": own_jwk}),
        "our key id, own key": self_signed({**eddsa, "kid": str(OKPKey.import_key(public_pem).thumbprint())}),
        "jwk, our signature": sign(keys, {**eddsa, "jwk": own_jwk}, good_claims()),
        "jku": sign(keys, {**eddsa, "jku": "http://127.0.0.1:9/jwks"}, good_claims()),
        "x5u": sign(keys, {**eddsa, "x5u": "http://127.0.0.1:9/cert"}, good_claims()),
        "x5c": sign(keys, {**eddsa, "x5c": ["AAAA"]}, good_claims()),
        "crit": sign(keys, {**eddsa, "crit": ["exp"]}, good_claims()),
        "crit unknown": sign(keys, {**eddsa, "crit": ["bork"], "bork": True}, good_claims()),
        "b64 false": sign(keys, {**eddsa, "crit": ["b64"], "b64": False}, good_claims()),
        "kid unknown": sign(keys, {**eddsa, "kid": "nobody"}, good_claims()),
        "kid is a path": sign(keys, {**eddsa, "kid": "../../dev/null"}, good_claims()),
        "kid is a number": sign(keys, {**eddsa, "kid": 7}, good_claims()),
        "padded signature": good + "==",
        "padded payload": good.replace(".", "=.", 1),
        "blank around": f" {good} ",
        "newline at the end": good + "\n",
        "standard base64": good.replace("-", "+").replace("_", "/") + "/",
        "spare bits in the last character": with_spare_bits,
        "signature cut": good[:-4],
        "no signature": good.rsplit(".", 1)[0] + ".",
        "two parts": good.rsplit(".", 1)[0],
        "five parts, a JWE": good + ".AAAA.AAAA",
        "payload changed": ".".join([good.split(".")[0], claims, good.split(".")[2]]),
        "payload is a list": sign(keys, eddsa, good_claims()).replace(b64(good_claims()), b64(b"[]")),
        "not a token": "letmein",
        "huge": "A" * 5_000_000,
        "deeply nested header": f"{b64(b'[' * 3000)}.{claims}.AAAA",
        "binary": "\x00\x01.\x02.\x03",
    }


def test_forgeries_are_refused_and_nothing_is_fetched(keys: KeyFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a header's address was followed")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    checked = verifier(keys)
    outcomes = {name: outcome(checked, token) for name, token in forged(keys).items()}
    assert set(outcomes.values()) == {ErrorReason.TOKEN_INVALID}, outcomes


def test_the_untampered_token_of_the_forgeries_is_good(keys: KeyFiles) -> None:
    assert verifier(keys).verify(sign(keys, {"alg": "EdDSA", "typ": "JWT"}, good_claims())).user_id == "u-1"


def test_an_empty_token_is_missing(keys: KeyFiles) -> None:
    assert refusal(lambda: verifier(keys).verify("")) == ErrorReason.TOKEN_MISSING


# T53: the policy table. Leeway is 60 s; every registered claim is required.

POLICY: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"exp": NOW - 59}, None),
    ({"exp": NOW - 60}, ErrorReason.TOKEN_EXPIRED),
    ({"exp": NOW - 61}, ErrorReason.TOKEN_EXPIRED),
    ({"exp": ...}, ErrorReason.TOKEN_INVALID),
    ({"exp": None}, ErrorReason.TOKEN_INVALID),
    ({"exp": "9999999999"}, ErrorReason.TOKEN_INVALID),
    ({"exp": True}, ErrorReason.TOKEN_INVALID),
    ({"exp": float("nan")}, ErrorReason.TOKEN_INVALID),
    ({"exp": float("inf")}, ErrorReason.TOKEN_INVALID),
    ({"exp": 10**400}, None),
    ({"nbf": NOW + 60}, None),
    ({"nbf": NOW + 61}, ErrorReason.TOKEN_INVALID),
    ({"nbf": ...}, ErrorReason.TOKEN_INVALID),
    ({"nbf": "soon"}, ErrorReason.TOKEN_INVALID),
    ({"iat": NOW + 60}, None),
    ({"iat": NOW + 61}, ErrorReason.TOKEN_INVALID),
    ({"iat": ...}, ErrorReason.TOKEN_INVALID),
    ({"iss": "someone"}, ErrorReason.TOKEN_INVALID),
    ({"iss": ...}, ErrorReason.TOKEN_INVALID),
    ({"iss": ["earshot"]}, ErrorReason.TOKEN_INVALID),
    ({"aud": "other"}, ErrorReason.TOKEN_INVALID),
    ({"aud": ...}, ErrorReason.TOKEN_INVALID),
    ({"aud": ["other", "earshot"]}, None),
    ({"aud": []}, ErrorReason.TOKEN_INVALID),
    ({"sub": ...}, ErrorReason.TOKEN_INVALID),
    ({"sub": ""}, ErrorReason.TOKEN_INVALID),
    ({"sub": 7}, ErrorReason.TOKEN_INVALID),
    ({"workspace": ...}, ErrorReason.TOKEN_INVALID),
    ({"workspace": ""}, ErrorReason.TOKEN_INVALID),
    ({"workspace": 7}, ErrorReason.TOKEN_INVALID),
    ({"workspace": "", "role": "service"}, None),
    ({"role": "root"}, ErrorReason.TOKEN_INVALID),
    ({"role": ...}, ErrorReason.TOKEN_INVALID),
    ({"role": ["admin"]}, ErrorReason.TOKEN_INVALID),
    ({"role": "ADMIN"}, ErrorReason.TOKEN_INVALID),
    ({"name": ...}, None),
    ({"name": 7}, ErrorReason.TOKEN_INVALID),
    ({"tenant_id": "other", "cost": -1}, None),
]


@pytest.mark.parametrize(("changes", "reason"), POLICY)
def test_claim_policy(keys: KeyFiles, changes: dict[str, Any], reason: str | None) -> None:
    token = sign(keys, {"alg": "EdDSA"}, good_claims(**changes))
    if reason is None:
        assert verifier(keys).verify(token).user_id == "u-1"
    else:
        assert refusal(lambda: verifier(keys).verify(token)) == reason


def test_a_remembered_token_still_ends(keys: KeyFiles, signer: TokenSigner) -> None:
    now = [float(NOW)]
    checked = TokenVerifier([keys.public_key.read_bytes()], clock=lambda: now[0])
    token = signer.sign(AGENT, lifetime_seconds=900)
    assert checked.verify(token) == AGENT
    now[0] = NOW + 900 + 59
    assert checked.verify(token) == AGENT
    now[0] = NOW + 900 + 60
    assert refusal(lambda: checked.verify(token)) == ErrorReason.TOKEN_EXPIRED


def test_memory_of_tokens_is_bounded(keys: KeyFiles, signer: TokenSigner) -> None:
    checked = verifier(keys)
    for _ in range(1100):
        checked.verify(signer.sign(AGENT))
    assert len(checked._verified) == 1024


# Keys


@cache
def other_keys() -> dict[str, bytes]:
    pem = {"encoding": Encoding.PEM, "format": PrivateFormat.PKCS8, "encryption_algorithm": NoEncryption()}
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "ed448": ed448.Ed448PrivateKey.generate().private_bytes(**pem),  # type: ignore[arg-type]  # one dict, three types
        "rsa": rsa_key.private_bytes(**pem),  # type: ignore[arg-type]  # as above
        "symmetric JWK": b'{"kty": "oct", "k": "c2VjcmV0LWNhbmFyeQ"}',
        "text": b"secret-canary",
        "empty": b"",
    }


@pytest.mark.parametrize("name", ["ed448", "rsa", "symmetric JWK", "text", "empty"])
def test_other_keys_are_refused_without_being_quoted(name: str) -> None:
    for make in (TokenSigner, lambda key: TokenVerifier([key])):
        with pytest.raises(ValueError, match="Ed25519") as caught:
            make(other_keys()[name])
        assert "canary" not in str(caught.value)


def test_signing_needs_the_private_key(keys: KeyFiles) -> None:
    with pytest.raises(ValueError, match="private"):
        TokenSigner.from_file(keys.public_key)


def test_a_verifier_given_a_private_key_keeps_the_public_part_only(keys: KeyFiles) -> None:
    checked = TokenVerifier.from_file(keys.private_key)
    assert not any(key.is_private for key in checked._keys.values())


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.pem"):
        TokenVerifier.from_file(tmp_path / "nowhere.pem")
    with pytest.raises(ValueError, match="at least one"):
        TokenVerifier([])


# Roles


@pytest.mark.parametrize(
    ("role", "included"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.AGENT, {Role.AGENT, Role.VIEWER}),
        (Role.ADMIN, {Role.ADMIN, Role.AGENT, Role.VIEWER, Role.INGEST}),
        (Role.INGEST, {Role.INGEST}),
        (Role.SERVICE, {Role.SERVICE}),
    ],
)
def test_roles_include_each_other_as_documented(role: Role, included: set[Role]) -> None:
    identity = Identity(user_id="u", workspace_id="w", role=role, name="")
    assert {other for other in Role if identity.has_role(other)} == included

"""Ed25519 keys on disk: making a pair, and reading what an operator put there."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

PRIVATE_KEY_FILE: Final = "signing-key.pem"
PUBLIC_KEY_FILE: Final = "public-key.pem"

_PEM_BLOCK: Final = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFiles:
    """Where a key pair lies."""

    private_key: Path
    public_key: Path


def generate_keys(folder: Path) -> KeyFiles:
    """Writes a new Ed25519 pair into `folder` as PEM files with mode 0600. FileExistsError if a file is there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = OKPKey.generate_key("Ed25519", private=True)
    files = KeyFiles(private_key=folder / PRIVATE_KEY_FILE, public_key=folder / PUBLIC_KEY_FILE)
    _write_private(files.private_key, key.as_pem(private=True))
    _write_private(files.public_key, key.as_pem(private=False))
    return files


def _write_private(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def read_key_file(path: Path) -> str:
    """The text of a key file; ValueError names the file when it cannot be read."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the key file {path}: {error}") from error


def split_keys(text: str) -> list[str]:
    """The keys of a file that holds PEM blocks one after the other, one JWK, or a JWK set (RFC 7517, section 5)."""
    if text.lstrip().startswith("{"):
        try:
            keys = json.loads(text).get("keys")
        except ValueError:
            keys = None
        if isinstance(keys, list) and keys:
            return [json.dumps(key) for key in keys]
    return _PEM_BLOCK.findall(text) or [text]


def key_set(keys: Iterable[OKPKey]) -> dict[str, list[dict[str, str]]]:
    """The public keys as a JWK set, each under the `kid` that tokens signed with it carry."""
    shown = []
    for key in keys:
        fields = {name: str(value) for name, value in key.as_dict(private=False).items() if name in {"kty", "crv", "x"}}
        shown.append({**fields, "kid": key.thumbprint(), "use": "sig", "alg": "EdDSA"})
    return {"keys": shown}


class WatchedFile:
    """A file that is replaced while processes run; `changed` tells once that it was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._stamp()

    def changed(self) -> bool:
        """Whether another content is there since the last look; a file that is away counts as unchanged."""
        stamp = self._stamp()
        if stamp in {None, self._seen}:
            return False
        self._seen = stamp
        return True

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino, status.st_size


def import_key(value: str | bytes) -> OKPKey:
    """An Ed25519 key from a PEM or a JWK as JSON, private or public. ValueError, without the key's text, on others."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    try:
        key = OKPKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text)
    except (JoseError, ValueError, TypeError) as error:
        # The library's message could quote the key.
        raise ValueError("not an Ed25519 key in PEM or JWK form") from error
    if key.curve_name != "Ed25519":
        raise ValueError(f"the key is {key.curve_name}; only Ed25519 is accepted")
    return key


def public_part(value: str | bytes) -> OKPKey:
    """As `import_key`, reduced to the public key."""
    return OKPKey.import_key(import_key(value).as_dict(private=False))

"""`python -m services.runtime.make_keys FOLDER [PUBLIC_FOLDER]`: what a fresh installation needs to trust itself.

Makes the Ed25519 key pair where there is none, the token of the processes' calls on their own behalf where there is no
good one, and copies the public key to PUBLIC_FOLDER, for processes that must not see the rest. What is there and good
is left alone, so that it can run before every start.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from services.runtime.auth import Role, TokenSigner, TokenVerifier
from services.runtime.errors import UnauthenticatedError
from services.runtime.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE, generate_keys, read_key_file, split_keys
from services.runtime.private_files import write_private

SERVICE_TOKEN_FILE: Final = "service-token"  # noqa: S105  # a name, not a token
SERVICE_NAME: Final = "earshot"
RENEW_BEFORE_SECONDS: Final = 90 * 86_400
"""A token that ends sooner than this is replaced; a new one lasts a year."""


def make_keys(folder: Path, public_folder: Path | None = None) -> list[Path]:
    """Makes what is missing and returns the files it wrote.

    ValueError when only one half of the pair is there, or it holds no Ed25519 key; OSError when a folder refuses.
    """
    private_key, public_key, token = (folder / name for name in (PRIVATE_KEY_FILE, PUBLIC_KEY_FILE, SERVICE_TOKEN_FILE))
    written = _make_pair(folder, private_key, public_key)
    if not _is_good(token, public_key):
        signed = TokenSigner.from_file(private_key).sign_service(SERVICE_NAME)
        written.append(_replace(token, signed))
    if public_folder is not None:
        published, wanted = public_folder / PUBLIC_KEY_FILE, public_key.read_text(encoding="ascii")
        if not published.exists() or published.read_text(encoding="ascii") != wanted:
            written.append(_replace(published, wanted))
    return written


def _make_pair(folder: Path, private_key: Path, public_key: Path) -> list[Path]:
    there = [path for path in (private_key, public_key) if path.exists()]
    if len(there) == 1:
        raise ValueError(f"{there[0]} is there without the other half of the pair; put it back, or remove this one")
    if there:
        return []
    files = generate_keys(folder)
    return [files.private_key, files.public_key]


def _is_good(token: Path, public_key: Path) -> bool:
    """Whether the token is ours, has the role, and will be so for a while."""
    if not token.exists():
        return False
    verifier = TokenVerifier(
        split_keys(read_key_file(public_key)), leeway_seconds=0, clock=lambda: time.time() + RENEW_BEFORE_SECONDS
    )
    try:
        return verifier.verify(token.read_text(encoding="ascii").strip()).role is Role.SERVICE
    except (UnauthenticatedError, UnicodeDecodeError):
        return False


def _replace(path: Path, text: str) -> Path:
    """Writes a file that only its owner can read, in one step, and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, text)
    return path


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.runtime.make_keys", description=__doc__)
    parser.add_argument("folder", type=Path, help="gets the key pair and the service token")
    parser.add_argument("public_folder", type=Path, nargs="?", help="gets a copy of the public key")
    given = parser.parse_args(arguments)
    try:
        written = make_keys(given.folder, given.public_folder)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"cannot make the keys: {error}\n")
        return 1
    lines = [f"wrote {path}" for path in written] or [f"keys and token in {given.folder} are good as they are"]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m services.runtime.rotate_keys FOLDER [PUBLIC_FOLDER]`: a new signing key, without a login lost.

The new public key is put beside the old one first, so that whoever verifies knows it before anything is signed with it;
then the signing key and the service token are replaced. Processes read all three again by themselves, within a second.
Once every token of the old key is over (EARSHOT_TOKEN_LIFETIME_SECONDS later), `--retire` leaves the new key alone.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from services.runtime.auth import TokenSigner
from services.runtime.keys import (
    PRIVATE_KEY_FILE,
    PUBLIC_KEY_FILE,
    generate_keys,
    import_key,
    public_part,
    read_key_file,
    split_keys,
)
from services.runtime.make_keys import SERVICE_NAME, SERVICE_TOKEN_FILE
from services.runtime.private_files import write_private

MOST_KEYS: Final = 8


def rotate(folder: Path, public_folder: Path | None = None) -> list[Path]:
    """Makes and takes up a new pair; returns the files it wrote, in their order.

    ValueError where there is no pair yet or too many old keys; OSError when a folder refuses.
    """
    known = split_keys(read_key_file(folder / PUBLIC_KEY_FILE))
    if len(known) >= MOST_KEYS:
        raise ValueError(f"{folder / PUBLIC_KEY_FILE} holds {len(known)} keys; retire the old ones first")
    import_key(read_key_file(folder / PRIVATE_KEY_FILE))
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        files = generate_keys(Path(fresh))
        private, public = read_key_file(files.private_key), read_key_file(files.public_key)
    written = _publish([public, *known], folder, public_folder)
    return [*written, *_take_up(folder, private)]


def retire(folder: Path, public_folder: Path | None = None) -> list[Path]:
    """Leaves only the public key of the pair that signs; returns the files it wrote."""
    signing = public_part(read_key_file(folder / PRIVATE_KEY_FILE)).thumbprint()
    known = split_keys(read_key_file(folder / PUBLIC_KEY_FILE))
    kept = [key for key in known if public_part(key).thumbprint() == signing]
    if not kept:
        raise ValueError(f"{folder / PUBLIC_KEY_FILE} does not hold the public key of {folder / PRIVATE_KEY_FILE}")
    return [] if kept == known else _publish(kept, folder, public_folder)


def _publish(keys: list[str], folder: Path, public_folder: Path | None) -> list[Path]:
    text = "\n".join(key.strip() for key in keys) + "\n"
    paths = [place / PUBLIC_KEY_FILE for place in (public_folder, folder) if place is not None]
    for path in paths:
        write_private(path, text)
    return paths


def _take_up(folder: Path, private: str) -> list[Path]:
    paths = [folder / PRIVATE_KEY_FILE, folder / SERVICE_TOKEN_FILE]
    write_private(paths[0], private)
    write_private(paths[1], TokenSigner(private).sign_service(SERVICE_NAME))
    return paths


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.runtime.rotate_keys", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds the key pair and the service token")
    parser.add_argument("public_folder", type=Path, nargs="?", help="holds a copy of the public keys")
    parser.add_argument("--retire", action="store_true", help="forget every key but the one that signs")
    given = parser.parse_args(arguments)
    try:
        written = (retire if given.retire else rotate)(given.folder, given.public_folder)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"cannot rotate the keys: {error}\n")
        return 1
    sys.stdout.write("\n".join([f"wrote {path}" for path in written] or ["there is nothing to retire"]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

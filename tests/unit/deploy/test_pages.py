"""The page laid out for a static host: whose gateway it calls, and what the host is told to send with it."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from deploy.pages import lay_out, origin
from gateway.middleware import SECURITY_HEADERS
from tests.support.static_host import read_headers

GATEWAY = "https://api.example.com"
WEB = Path(__file__).resolve().parents[3] / "gateway" / "web"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Laid out from a build with the page's own index.html, over what lay there."""
    built, place = tmp_path / "built", tmp_path / "place"
    (built / "assets").mkdir(parents=True)
    place.mkdir()
    for name in ("docs.html", ".sources", "assets/docs-1.js", "assets/index-1.js"):
        (built / name).write_text("built", encoding="ascii")
    (built / "index.html").write_bytes((WEB / "index.html").read_bytes())
    (place / "of-an-older-build.js").write_text("old", encoding="ascii")
    lay_out(GATEWAY, place, built=built)
    return place


def test_the_page_names_its_gateway(pages: Path) -> None:
    assert f'<meta name="earshot-gateway" content="{GATEWAY}" />' in (pages / "index.html").read_text(encoding="utf-8")


def test_what_the_page_needs_is_there_and_nothing_else(pages: Path) -> None:
    files = {str(path.relative_to(pages)) for path in pages.rglob("*") if path.is_file()}
    assert files == {"index.html", "assets/index-1.js", "_headers", "_redirects"}


def test_the_host_sends_what_the_gateway_would_and_lets_the_page_call_its_gateway_alone(pages: Path) -> None:
    rules = list(read_headers(pages))
    everywhere = {name: value for pattern, name, value in rules if pattern == "/*"}
    policy = everywhere.pop("Content-Security-Policy")
    assert policy == f"{SECURITY_HEADERS['Content-Security-Policy']}; connect-src {GATEWAY}"
    assert everywhere == {name: value for name, value in SECURITY_HEADERS.items() if name != "Content-Security-Policy"}
    # A host joins what several rules say of one header, so that none may be named twice.
    assert len({name for _, name, _ in rules}) == len(rules)
    assert max(len(value) for _, _, value in rules) < 2000  # the most that a line of the file may have


@pytest.mark.parametrize(("text", "kept"), [("https://A.example/", "https://a.example"), ("http://[::1]:80",) * 2])
def test_an_origin_is_kept_as_browsers_write_it(text: str, kept: str) -> None:
    assert origin(text) == kept


@pytest.mark.parametrize(
    "text", ["", "a.example", "https://", "https://a.example/api", "https://a.example?x", "ftp://a"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="an origin is"):
        origin(text)

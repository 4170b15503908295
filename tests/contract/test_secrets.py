"""No file of the repository holds what looks like a secret of somebody's (O3)."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRET = re.compile(
    rb"sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|gh[pousr]_[A-Za-z0-9]{36}"
    rb"|xox[abprs]-[0-9A-Za-z-]{20,}|\d{8,10}:AA[A-Za-z0-9_-]{33}"  # Slack's; a Telegram bot's
    rb"|eyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{40,}|earshot_[irs]_[\w-]{40,}"
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40,}"
)


@pytest.mark.parametrize(
    "secret",
    [
        b"sk-proj-" + b"a1B2" * 10,
        b"AKIA" + b"A1B2" * 4,
        b"earshot_s_" + b"a1B2" * 11,
        b"eyJ" + b"a1B2" * 6 + b"." + b"a1B2" * 6 + b"." + b"a1B2" * 11,
        b"-----BEGIN EC PRIVATE " + b"KEY-----\n" + b"a1B2" * 12,
    ],
)
def test_secrets_are_known_by_their_looks(secret: bytes) -> None:
    assert SECRET.search(b'key = "' + secret + b'"')


def test_no_tracked_file_holds_one() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    assert len(files) > 500
    assert [path.name for path in files if SECRET.search(path.read_bytes())] == []

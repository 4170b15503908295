"""The time zone of this machine by its IANA name, which questions about yesterday are asked in.

tzlocal knows more systems; on those this falls back to UTC and `--time-zone` says otherwise.
"""

import os
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

LOCALTIME: Final = Path("/etc/localtime")


def local_zone(localtime: Path = LOCALTIME) -> str:
    """`TZ` where it names a zone, else what the system's clock file links to, else UTC."""
    linked = str(localtime.resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").lstrip(":"), linked):
        if name and _exists(name):
            return name
    return "UTC"


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True

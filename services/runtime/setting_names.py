"""Every variable of Earshot by name, so that any process tells a misspelt one, also one that another process reads.

The names are in setting_names.txt, which `python -m deploy.local.settings_table` writes with the documented table.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from services.runtime.environment import ENV_PREFIX

NAMES_FILE: Final = Path(__file__).with_name("setting_names.txt")
_OF_TESTS: Final = ("EARSHOT_TEST_", "EARSHOT_PROBE_")


def unknown_settings(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that begin like Earshot's and are none of it, each with the one it is most like, if any."""
    known = NAMES_FILE.read_text(encoding="utf-8").split()
    for name in sorted(environment):
        if name.startswith(ENV_PREFIX) and not name.startswith(_OF_TESTS) and name not in known:
            yield name, next(iter(get_close_matches(name, known, n=1, cutoff=0.8)), "")

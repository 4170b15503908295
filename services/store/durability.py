"""Whether "stored" means "on disk": what an acknowledgement says, and the Postgres settings without which it would be
untrue. Pure.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "local", "remote_write", "remote_apply"}),
}
"""Setting → values under which a committed transaction survives a crash of this server."""


class Acknowledgement(StrEnum):
    """What the answer to an ingest says of its messages."""

    DURABLE = "durable"
    ACCEPTED = "accepted"


class UnsafeDatabaseError(Exception):
    """Postgres may lose acknowledged messages in a crash; the text names the settings to change."""


def unsafe_settings(found: Mapping[str, str]) -> dict[str, str]:
    """Those of the settings that make an acknowledgement untrue, with the value they have."""
    return {name: found[name] for name, safe in REQUIRED.items() if found[name] not in safe}

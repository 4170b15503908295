"""A client that vanishes as one whose cable was pulled: nothing reaches it any more, and it says nothing."""

import ctypes
import socket
import struct
import sys
from typing import Final

import pytest

_SO_ATTACH_FILTER: Final = 26
"""Linux's number; Python has no name for it."""
_RETURN: Final = 0x06

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="socket filters are Linux's")


def vanish(client: socket.socket) -> None:
    """From now on the kernel drops all that comes for this socket, unacknowledged, before TCP looks at it."""
    keep_no_byte = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, 0))
    program = struct.pack("HP", 1, ctypes.addressof(keep_no_byte))
    client.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)

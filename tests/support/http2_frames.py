"""HTTP/2 frames as bytes (RFC 9113), for clients that no library would be."""

import struct
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0x1, 0x3, 0x4, 0x6, 0x7
END_HEADERS: Final = 0x4
CANCEL: Final = 0x8


def frame(kind: int, payload: bytes = b"", *, flags: int = 0, stream: int = 0) -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def call_headers(path: str, token: str) -> bytes:
    """The header block of a gRPC call: literal fields that no table keeps (RFC 7541, 6.2.2)."""
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": "earshot",
        "te": "trailers",
        "content-type": "application/grpc",
        "authorization": f"Bearer {token}",
    }
    return b"".join(b"\x00" + _text(name) + _text(value) for name, value in fields.items())


def _text(value: str) -> bytes:
    raw = value.encode("ascii")
    if len(raw) < 127:
        return bytes((len(raw),)) + raw
    rest, length = len(raw) - 127, bytearray((127,))
    while rest >= 128:
        length.append(rest % 128 | 128)
        rest //= 128
    length.append(rest)
    return bytes(length) + raw


def goaway_code(data: bytes) -> int | None:
    """The error code of the first GOAWAY among these frames; None without one."""
    while len(data) >= 9:
        length = int.from_bytes(data[:3], "big")
        if data[3] == GOAWAY:
            return int.from_bytes(data[13:17], "big")
        data = data[9 + length :]
    return None

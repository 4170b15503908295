"""The types of settings that say where another server is, so that a wrong one is reported with the other problems."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, SecretStr

_PORT: Final = re.compile(r":([^\]]*)\Z")
_ENCODE: Final = "has no host and port that can be read: a password with @ : / ? # in it must be %-encoded"


def _server_address(address: str) -> str:
    if address.startswith(("http://", "https://")):
        raise ValueError("must be host:port, without http://")
    if not address.startswith("unix:") and not address.rpartition(":")[2].isdigit():
        raise ValueError("must be host:port, and has no port")
    return address


def _url(url: SecretStr, *schemes: str) -> SecretStr:
    """The URL. What is said of a wrong one never holds a part of it: a password is one."""
    value = url.get_secret_value()
    if not value.startswith(schemes):
        raise ValueError(f"must start with {' or '.join(schemes)}")
    authority, _, path = re.split(r"[?#]", value.partition("://")[2], maxsplit=1)[0].partition("/")
    hosts = authority.rpartition("@")[2].split(",")
    ports = [found[1] for host in hosts if (found := _PORT.search(host))]
    if "@" in path or not all(port.isdigit() for port in ports):
        raise ValueError(_ENCODE)
    return url


def _redis_url(url: SecretStr) -> SecretStr:
    return _url(url, "redis://", "rediss://", "unix://")


def _postgres_url(url: SecretStr) -> SecretStr:
    return _url(url, "postgresql://", "postgres://")


def _http_url(url: str) -> str:
    if url and not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    return url


ServerAddress = Annotated[str, AfterValidator(_server_address)]
"""`host:port` of a gRPC server, or another target of gRPC's (`dns:///host:port`, `unix:/path`)."""
RedisUrl = Annotated[SecretStr, AfterValidator(_redis_url)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""Of an HTTP server, or empty."""

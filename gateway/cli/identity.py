"""Which Earshot is meant and who calls: options and environment, else the saved login, else the local administrator."""

import math
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from gateway.cli.private_files import exclusive, read_json, write_private_json
from gateway.cli.settings import DEFAULT_URL, CliSettings, config_folder

EXPIRY_MARGIN_SECONDS: Final = 60
"""A saved token this close to its end counts as over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """How to log in."""

    username: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLogin:
    """What `earshot login` keeps: the token of now, and the one that fetches the next. Ends are seconds since 1970."""

    url: str
    username: str
    token: str = field(repr=False)
    expires_at: float
    refresh_token: str = field(repr=False)
    refresh_expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The address, and the token, the login or the password for it; none where nobody has logged in."""

    url: str
    token: str = field(default="", repr=False)
    expires_at: float = math.inf
    login: SavedLogin | None = None
    password: Password | None = None
    expired: bool = False
    """Whether there is a saved login that has run out."""


def login_file() -> Path:
    """Where the login is kept."""
    return config_folder() / "login.json"


def login_lock() -> AbstractAsyncContextManager[None]:
    """Held while the login is renewed, so that no two commands spend its refresh token."""
    return exclusive(login_file().with_suffix(".lock"))


def save_login(login: SavedLogin) -> None:
    """Keeps a login, mode 0600."""
    write_private_json(login_file(), asdict(login))


def forget_login() -> None:
    """Keeps none."""
    login_file().unlink(missing_ok=True)


def saved_login() -> SavedLogin | None:
    """The login kept, if there is one."""
    fields = read_json(login_file())
    try:
        return SavedLogin(
            url=str(fields["url"]),
            username=str(fields["username"]),
            token=str(fields["token"]),
            expires_at=float(fields["expires_at"]),
            refresh_token=str(fields["refresh_token"]),
            refresh_expires_at=float(fields["refresh_expires_at"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def find_target(settings: CliSettings, *, now: float | None = None) -> Target:
    """The target of a command. Credentials are only ever sent to the address they belong to."""
    login, local = saved_login(), read_json(settings.home / "credentials.json")
    url = _bare(settings.url or (login.url if login else "") or str(local.get("url", "")) or DEFAULT_URL)
    if settings.token:
        return Target(url=url, token=settings.token.get_secret_value())
    fits = login is not None and _bare(login.url) == url
    if login and fits and login.refresh_expires_at - EXPIRY_MARGIN_SECONDS > (time.time() if now is None else now):
        return Target(url=url, token=login.token, expires_at=login.expires_at, login=login)
    if _bare(str(local.get("url", ""))) == url and local.get("username") and local.get("password"):
        password = Password(username=str(local["username"]), password=str(local["password"]))
        return Target(url=url, password=password)
    return Target(url=url, expired=fits)


def _bare(url: str) -> str:
    return url.strip().rstrip("/")

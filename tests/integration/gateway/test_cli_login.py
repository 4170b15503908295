"""`earshot login` and `earshot logout`: a login renews itself, side by side too, and ends where it is ended."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.outcomes import ExitCode
from tests.support.stack import StackRig


class _Home:
    """Folders of somebody who has no Earshot of their own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "config" / "earshot" / "login.json"
        self.environment: Mapping[str, str] = {
            "EARSHOT_HOME": str(folder / "none"),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }

    def saved(self) -> dict[str, Any]:
        login: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return login

    def change(self, **fields: Any) -> None:
        self.file.write_text(json.dumps({**self.saved(), **fields}), encoding="utf-8")


@pytest.fixture
async def home(stack: StackRig, tmp_path: Path) -> _Home:
    """With a login of the administrator."""
    made = _Home(tmp_path)
    password = {**made.environment, "EARSHOT_PASSWORD": stack.admin.password}
    login = ["--url", stack.stack.url, "login", "--username", stack.admin.username]
    done = await stack.earshot(*login, environment=password)
    assert done.code == ExitCode.OK, done.err
    return made


async def test_a_token_that_ends_is_renewed_once_for_commands_side_by_side(stack: StackRig, home: _Home) -> None:
    before = home.saved()
    home.change(expires_at=0)
    done = await asyncio.gather(*(stack.earshot_process("users", "me", environment=home.environment) for _ in range(3)))
    assert [one.code for one in done] == [ExitCode.OK] * 3, [one.err for one in done]
    after = home.saved()
    assert after["refresh_token"] != before["refresh_token"]
    assert after["expires_at"] > before["expires_at"] - 60
    assert home.file.stat().st_mode & 0o777 == 0o600


async def test_a_token_that_is_refused_is_renewed(stack: StackRig, home: _Home) -> None:
    home.change(token="of a key that was retired")
    done = await stack.earshot("users", "me", environment=home.environment)
    assert done.code == ExitCode.OK, done.err
    assert home.saved()["token"].count(".") == 2


async def test_logging_out_ends_the_login_here_and_there(stack: StackRig, home: _Home) -> None:
    login = home.saved()
    done = await stack.earshot("logout", environment=home.environment)
    assert (done.code, home.file.exists()) == (ExitCode.OK, False)
    form = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"]}
    assert (await stack.stranger.post("/api/v1/auth/token", data=form)).status_code == 401
    again = await stack.earshot("--json", "logout", environment=home.environment)
    assert (again.code, again.json) == (ExitCode.OK, {"url": None})


async def test_a_login_that_was_ended_says_how_to_go_on(stack: StackRig, home: _Home) -> None:
    await stack.stranger.post("/api/v1/auth/revoke", data={"token": home.saved()["refresh_token"]})
    home.change(expires_at=0)
    done = await stack.earshot("users", "me", environment=home.environment)
    assert done.code == ExitCode.NOT_LOGGED_IN
    assert "earshot login" in done.err

"""Which address and login a command uses."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from gateway.cli.identity import SavedLogin, find_target, login_file, save_login
from gateway.cli.private_files import write_private_json
from gateway.cli.settings import DEFAULT_URL, CliSettings

HERE = "http://localhost:8080"
THERE = "https://earshot.example"


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("EARSHOT_URL", "EARSHOT_TOKEN", "EARSHOT_HOME", "EARSHOT_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def settings(home: Path, **given: object) -> CliSettings:
    return CliSettings(home=home, **given)  # type: ignore[arg-type]  # the fields' own types


def local_credentials(home: Path, url: str = HERE) -> None:
    write_private_json(home / "credentials.json", {"url": url, "username": "admin", "password": "secret"})


def log_in(url: str, expires_at: float = 2e9) -> None:
    save_login(
        SavedLogin(
            url=url,
            username="anna",
            token="saved",
            expires_at=expires_at,
            refresh_token="next",
            refresh_expires_at=expires_at,
        )
    )


def test_nothing_known(folders: Path) -> None:
    target = find_target(settings(folders))
    assert (target.url, target.token, target.password) == (DEFAULT_URL, "", None)


def test_options_win(folders: Path) -> None:
    log_in(HERE)
    target = find_target(settings(folders, url=f"{THERE}/", token=SecretStr("given")))
    assert (target.url, target.token) == (THERE, "given")


def test_a_saved_login_wins_over_the_local_administrator(folders: Path) -> None:
    local_credentials(folders)
    log_in(HERE)
    assert find_target(settings(folders)).token == "saved"


def test_the_local_administrator_stands_in(folders: Path) -> None:
    local_credentials(folders, url="http://localhost:9999")
    target = find_target(settings(folders))
    assert target.url == "http://localhost:9999"
    assert target.password is not None
    assert target.password.username == "admin"


def test_a_login_that_has_run_out_says_so_or_gives_way(folders: Path) -> None:
    log_in(HERE, expires_at=1000)
    assert find_target(settings(folders), now=970).expired
    assert find_target(settings(folders), now=900).token == "saved"
    local_credentials(folders)
    assert find_target(settings(folders), now=970).password is not None


def test_credentials_go_to_their_own_address_only(folders: Path) -> None:
    local_credentials(folders)
    log_in(HERE)
    target = find_target(settings(folders, url=THERE))
    assert (target.token, target.password, target.expired) == ("", None, False)


def test_the_login_is_private_and_a_broken_one_is_none(folders: Path) -> None:
    log_in(HERE)
    assert login_file().stat().st_mode & 0o777 == 0o600
    login_file().write_text("{", encoding="utf-8")
    assert find_target(settings(folders)).token == ""

"""The launcher's folder: private files, kept secrets."""

import json
from pathlib import Path
from stat import S_IMODE

import pytest

from deploy.local.errors import LaunchError
from deploy.local.home import Credentials, Home
from services.runtime.auth import Role, TokenVerifier
from services.runtime.private_files import write_private


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made


def test_prepare_makes_folders_keys_and_a_token_of_the_service(home: Home) -> None:
    assert {"redis", "logs", "keys"} <= {path.name for path in home.root.iterdir()}
    token = home.service_token.read_text(encoding="ascii")
    assert TokenVerifier.from_file(home.public_key).verify(token).role is Role.SERVICE


def test_prepare_again_keeps_the_keys(home: Home) -> None:
    before = (home.private_key.read_bytes(), home.public_key.read_bytes())
    home.prepare()
    assert (home.private_key.read_bytes(), home.public_key.read_bytes()) == before


def test_what_is_secret_is_for_its_owner_only(home: Home) -> None:
    home.read_credentials("http://localhost:8080")
    for path in (home.private_key, home.service_token, home.credentials):
        assert S_IMODE(path.stat().st_mode) == 0o600


def test_what_conversations_leave_behind_is_for_its_owner_only(home: Home) -> None:
    home.redis.chmod(0o755)
    home.prepare()
    assert [S_IMODE(folder.stat().st_mode) for folder in (home.redis, home.logs)] == [0o700, 0o700]


def test_a_folder_is_held_by_one_launcher_at_a_time(home: Home) -> None:
    with home.held():
        other = Home(home.root)
        with pytest.raises(LaunchError, match="choose another folder with EARSHOT_HOME"), other.held():
            pass
    with home.held():
        pass


def test_the_password_stays_and_the_address_follows(home: Home) -> None:
    first = home.read_credentials("http://localhost:8080")
    second = home.read_credentials("http://localhost:9090")
    assert second == Credentials(url="http://localhost:9090", username="admin", password=first.password)
    assert json.loads(home.credentials.read_text(encoding="utf-8"))["url"] == "http://localhost:9090"
    assert len(first.password) >= 16


def test_a_private_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]

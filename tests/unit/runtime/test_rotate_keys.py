"""Key rotation: no token is lost, processes follow by themselves, retired keys are over."""

import json
import socket
from pathlib import Path

import pytest

from services.runtime import auth
from services.runtime.auth import Identity, Role, TokenSigner, TokenVerifier
from services.runtime.errors import UnauthenticatedError
from services.runtime.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE
from services.runtime.make_keys import SERVICE_TOKEN_FILE, make_keys
from services.runtime.rotate_keys import MOST_KEYS, main

ADA = Identity(user_id="u-1", workspace_id="default", role=Role.AGENT, name="Ada")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys", tmp_path / "public")
    return tmp_path / "keys"


def test_tokens_of_both_keys_are_good_until_the_old_one_is_retired(folder: Path) -> None:
    public = folder.parent / "public"
    signer = TokenSigner.from_file(folder / PRIVATE_KEY_FILE)
    verifier = TokenVerifier.from_file(public / PUBLIC_KEY_FILE)
    old = signer.sign(ADA)
    assert verifier.verify(old) == ADA
    assert main([str(folder), str(public)]) == 0
    new = signer.sign(ADA)
    assert verifier.verify(new) == verifier.verify(old) == ADA
    assert verifier.verify((folder / SERVICE_TOKEN_FILE).read_text()).role is Role.SERVICE
    assert [key["kid"] for key in verifier.key_set()["keys"]] == [_kid(new), _kid(old)]
    assert main([str(folder), str(public), "--retire"]) == 0
    assert [key["kid"] for key in verifier.key_set()["keys"]] == [_kid(new)]
    assert verifier.verify(new) == ADA
    with pytest.raises(UnauthenticatedError):
        verifier.verify(old)


def _kid(token: str) -> str:
    from base64 import urlsafe_b64decode

    header = token.split(".", maxsplit=1)[0]
    return str(json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def test_the_key_set_itself_is_a_file_of_keys(folder: Path, tmp_path: Path) -> None:
    token = TokenSigner.from_file(folder / PRIVATE_KEY_FILE).sign(ADA)
    main([str(folder)])
    shown = TokenVerifier.from_file(folder / PUBLIC_KEY_FILE).key_set()
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "alg"} for key in shown["keys"])
    (tmp_path / "jwks.json").write_text(json.dumps(shown))
    assert TokenVerifier.from_file(tmp_path / "jwks.json").verify(token) == ADA


def test_keys_that_cannot_be_used_leave_the_old_ones(folder: Path) -> None:
    token = TokenSigner.from_file(folder / PRIVATE_KEY_FILE).sign(ADA)
    verifier = TokenVerifier.from_file(folder / PUBLIC_KEY_FILE)
    (folder / PUBLIC_KEY_FILE).write_text("not a key")
    assert len(verifier.key_set()["keys"]) == 1
    (folder / PUBLIC_KEY_FILE).unlink()
    assert verifier.verify(token) == ADA


def test_an_unknown_key_is_looked_for_in_the_file_and_nowhere_else(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T52: nothing is fetched, and a file that has not changed is not read again."""
    verifier = TokenVerifier.from_file(folder / PUBLIC_KEY_FILE)
    make_keys(tmp_path / "strangers")
    stranger = TokenSigner.from_file(tmp_path / "strangers" / PRIVATE_KEY_FILE)

    def never(*_: object) -> None:
        raise AssertionError("an unknown key made it read or connect")

    monkeypatch.setattr(auth, "read_key_file", never)
    monkeypatch.setattr(socket.socket, "connect", never)
    for _ in range(200):
        with pytest.raises(UnauthenticatedError):
            verifier.verify(stranger.sign(ADA))


def test_problems_are_sentences(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nothing")]) == 1
    assert "cannot read the key file" in capsys.readouterr().err
    assert main([str(folder), "--retire"]) == 0
    assert "nothing to retire" in capsys.readouterr().out
    for _ in range(MOST_KEYS - 1):
        assert main([str(folder)]) == 0
    assert main([str(folder)]) == 1
    assert "retire the old ones first" in capsys.readouterr().err

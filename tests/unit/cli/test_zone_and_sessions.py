"""The machine's time zone, and picking a session by its number."""

from pathlib import Path

import pytest

from gateway.cli.chat_command import pick_session
from gateway.cli.zone import local_zone

SESSIONS = [{"id": "a"}, {"id": "b"}]


@pytest.mark.parametrize(("tz", "zone"), [("Europe/Ljubljana", "Europe/Ljubljana"), (":Asia/Tokyo", "Asia/Tokyo")])
def test_tz_wins(tz: str, zone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", tz)
    assert local_zone(tmp_path / "missing") == zone


@pytest.mark.parametrize("tz", ["", "nonsense", "../../etc/passwd", "/etc/localtime"])
def test_the_link_of_the_clock_comes_next(tz: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", tz)
    target = tmp_path / "zoneinfo" / "America" / "Lima"
    target.parent.mkdir(parents=True)
    target.touch()
    link = tmp_path / "localtime"
    link.symlink_to(target)
    assert local_zone(link) == "America/Lima"
    assert local_zone(tmp_path / "missing") == "UTC"


@pytest.mark.parametrize(("answers", "picked"), [(["2"], "b"), ([""], ""), (["0", "3", "x", "²", "-1", " 1 "], "a")])
def test_sessions_are_picked_by_number(answers: list[str], picked: str) -> None:
    given = iter(answers)
    assert pick_session(SESSIONS, lambda _: next(given)) == picked
    assert list(given) == []

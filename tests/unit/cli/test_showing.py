"""How answers are shown: instants say whose clocks they are by, and a flood by one person is told as that."""

from gateway.cli.showing import local_minute, minute
from gateway.cli.watching_commands import spike_columns, told_of_people, told_without_spikes


def test_an_instant_says_that_it_is_in_utc() -> None:
    assert minute("2026-11-19T23:00:00.123Z") == "2026-11-19 23:00Z"
    assert minute(None) is None


def test_a_quiet_period_is_told_from_one_that_could_not_be_judged() -> None:
    assert told_without_spikes({"judged": 240}) == "Nothing out of the ordinary."
    assert "Too little history" in told_without_spikes({"judged": 0})


def test_the_day_of_a_spike_is_the_one_of_its_zone() -> None:
    spike = {
        "key": "deposit",
        "start": "2026-11-19T23:00:00Z",
        "seen": 60,
        "expected": 0.25,
        "incidents": [{"incident_id": "a", "messages": 40}, {"incident_id": "b", "messages": 3}],
    }
    shown = {name: cell(spike) for name, cell in spike_columns("Europe/Ljubljana").items()}
    assert shown == {
        "what": "deposit",
        "from": "2026-11-20 00:00",
        "seen": 60,
        "expected": "0.2",
        "in one incident": 40,
    }
    assert local_minute("2026-07-01T23:30:00Z", "America/New_York") == "2026-07-01 19:30"


def test_a_flood_by_one_person_is_told_as_how_much_each_wrote() -> None:
    now = {"new_users": 4, "returning_users": 1160}
    before = {"compare_new_users": 0, "compare_returning_users": 1144}
    assert told_of_people({"value": 2768, "compare_value": 1673, "users": now | before}) == (
        "1,164 people wrote, 4 of them new, 2.4 messages each on average; "
        "before, 1,144 people wrote, 0 of them new, 1.5 messages each on average."
    )

"""Rules of rules: addresses above all."""

import ipaddress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from services.store.alerting.rule import Kind, NewRule, Rule, is_public, rule_violations, url_problem
from services.store.alerting.signature import signature
from services.store.alerting.verdict import SpikeSeen, judge_change, judge_level, judge_spike, length
from services.store.statistics.question import Measure, StatsQuery

NOW = datetime(2026, 3, 1, tzinfo=UTC)
COUNT = Measure.MESSAGE_COUNT


def new_rule(**fields: Any) -> NewRule:
    given: dict[str, Any] = {
        "name": "Deposits",
        "query": StatsQuery(),
        "query_json": "{}",
        "kind": Kind.ABOVE,
        "threshold": 10.0,
        "window_seconds": 3600,
        "interval_seconds": 60,
        "disabled": False,
        "webhook_url": "",
        "webhook_secret": "",
        "opens_ticket": False,
        **fields,
    }
    return NewRule(**given)


def rule(kind: Kind, threshold: float, window_seconds: int = 3600) -> Rule:
    return Rule(
        workspace_id="w",
        id=uuid4(),
        name="Rush",
        query_json="{}",
        kind=kind,
        threshold=threshold,
        window_seconds=window_seconds,
        interval_seconds=60,
        disabled=False,
        webhook_url="",
        webhook_secret="",
        opens_ticket=False,
        version=1,
        create_time=NOW,
        update_time=NOW,
        check_time=None,
        problem="",
    )


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:a9fe:a9fe::",
        "ff0e::1",
    ],
)
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert url_problem(f"http://{host}/hook", private=False)
    assert not url_problem(f"http://{host}/hook", private=True)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://a..b/hook",
        f"https://{'a' * 64}.example.com/hook",
        "ftp://example.com",
        "file:///etc/passwd",
        "//example.com",
        "example.com",
        "http://",
        "http://user:secret@example.com",
        "http://user@example.com",
        "http://example.com:99999",
        "http://exa mple.com",
        "http://example.com/#part",
        "http://[::1",
        "http://exämple.com",
        "javascript:alert(1)",
        "gopher://example.com",
    ],
)
def test_only_plain_http_addresses_pass(url: str) -> None:
    assert url_problem(url, private=True)


def test_a_name_is_judged_when_it_is_resolved() -> None:
    assert not url_problem("https://hooks.example.com:8443/a?b=c", private=False)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "rule.name"),
        ({"name": "x" * 201}, "rule.name"),
        ({"kind": None}, "rule.condition.kind"),
        ({"threshold": float("nan")}, "rule.condition.threshold"),
        ({"kind": Kind.CHANGE, "threshold": 0.0}, "rule.condition.threshold"),
        ({"kind": Kind.SPIKE, "threshold": 0.7}, "rule.condition.threshold"),
        (
            {"kind": Kind.SPIKE, "threshold": 0.0, "query": StatsQuery(measure=Measure.UNIQUE_USERS)},
            "rule.query.measure",
        ),
        ({"window_seconds": 59}, "rule.window"),
        ({"window_seconds": 367 * 86_400}, "rule.window"),
        ({"interval_seconds": 9}, "rule.interval"),
        ({"interval_seconds": -1}, "rule.interval"),
        ({"webhook_url": "http://10.0.0.1/"}, "rule.webhook_url"),
        ({"webhook_url": "https://e.com/" + "x" * 2000}, "rule.webhook_url"),
        ({"webhook_secret": "short"}, "rule.webhook_secret"),
    ],
)
def test_what_breaks_a_rule_is_named(fields: dict[str, Any], field: str) -> None:
    assert [item.field for item in rule_violations(new_rule(**fields), private_webhooks=False)] == [field]
    assert not list(rule_violations(new_rule(), private_webhooks=False))


def test_conditions_are_judged_and_told() -> None:
    above = judge_level(rule(Kind.ABOVE, 10), COUNT, 11)
    assert (above.holds, above.summary) == (True, "Rush: 11 messages in the last hour, above 10.")
    assert not judge_level(rule(Kind.ABOVE, 10), COUNT, 10).holds
    assert judge_level(rule(Kind.BELOW, 10), COUNT, 9).holds
    assert not judge_level(rule(Kind.BELOW, 10), COUNT, 10).holds
    assert judge_change(rule(Kind.CHANGE, 0.2), COUNT, 120, 100).holds
    assert judge_change(rule(Kind.CHANGE, 0.2), COUNT, 80, 100).holds
    assert not judge_change(rule(Kind.CHANGE, 0.2), COUNT, 119, 100).holds
    assert judge_change(rule(Kind.CHANGE, 0.2), COUNT, 1, 0).holds
    assert not judge_change(rule(Kind.CHANGE, 0.2), COUNT, 0, 0).holds
    one = judge_change(rule(Kind.CHANGE, 0.2), Measure.UNIQUE_USERS, 1, 7)
    assert one.summary == "Rush: 1 person in the last hour, 7 in the hour before."
    share = judge_level(rule(Kind.ABOVE, 0.2), Measure.SHARE, 0.25)
    assert share.summary == "Rush: a share of 0.25 in the last hour, above 0.2."


@pytest.mark.parametrize(
    ("is_day", "when"), [(True, "on 2026-11-20"), (False, "in the hour from 2026-11-20 13:00 CET")]
)
def test_a_spike_is_told_with_its_day_or_hour(is_day: bool, when: str) -> None:
    begins = datetime(2026, 11, 20, 13, tzinfo=ZoneInfo("Europe/Ljubljana"))
    spike = judge_spike(rule(Kind.SPIKE, 0), SpikeSeen(seen=1200, expected=9.64, begins=begins, is_day=is_day))
    assert (spike.holds, spike.summary) == (True, f"Rush: 1,200 messages {when}, where about 9.6 were expected.")
    assert not judge_spike(rule(Kind.SPIKE, 0), None).holds


def test_lengths_are_said_as_people_do() -> None:
    told = {
        86_400: "1 day",
        7200: "2 hours",
        60: "1 minute",
        90: "1 minute 30 seconds",
        65_281: "18 hours 8 minutes",
        90_001: "1 day 1 hour",
    }
    assert {seconds: length(seconds) for seconds in told} == told
    odd = judge_level(rule(Kind.ABOVE, 1, window_seconds=5400), Measure.MESSAGE_COUNT, 2)
    assert "in the last 1 hour 30 minutes" in odd.summary


def test_the_signature_is_hmac_sha256_over_time_and_body() -> None:
    # printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret
    expected = "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
    assert signature("secret", b'{"a":1}', unix_seconds=1_700_000_000) == expected

"""Every alert rule on series made for it: it fires when what it is for happens, and not a little below (C32)."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.promql_eval import Scrapes, evaluate, samples

RULES = Path(__file__).parents[3] / "deploy" / "prometheus" / "earshot.rules.yml"
SECONDS = 600.0
WELL = """
http_requests_total{status="200"} 9995
http_requests_total{status="503"} 5
earshot_serving{job="store"} 1
grpc_server_handled_total{job="store",grpc_service="s",grpc_code="OK"} 9900
grpc_server_handled_total{job="store",grpc_service="s",grpc_code="Unavailable"} 100
grpc_server_handled_total{job="store",grpc_service="s",grpc_code="ResourceExhausted"} 590
grpc_server_handling_seconds_bucket{grpc_type="unary",grpc_service="s",grpc_method="m",le="1"} 98
grpc_server_handling_seconds_bucket{grpc_type="unary",grpc_service="s",grpc_method="m",le="5"} 100
grpc_server_handling_seconds_bucket{grpc_type="unary",grpc_service="s",grpc_method="m",le="+Inf"} 100
earshot_event_loop_silence_seconds{job="store"} 4
earshot_pending_oldest_seconds 299
earshot_failed_messages 0
earshot_audit_events_total{outcome="lost"} 0
earshot_enricher_abstained_messages_total 24
earshot_enricher_messages_total{outcome="labelled"} 100
earshot_reviews_total{model="sure",verdict="corrected"} 5
earshot_reviews_total{model="sure",verdict="rejected"} 1
earshot_reviews_total{model="sure",verdict="confirmed"} 14
earshot_reviews_total{model="unsure",verdict="corrected"} 80
earshot_classifier_drift{kind="labels"} 0.66
earshot_classifier_drift{kind="confidence"} 0.9
earshot_chat_numerals_total{outcome="masked"} 4
earshot_chat_numerals_total{outcome="bound"} 96
earshot_chat_replies_total{outcome="failed"} 9
earshot_chat_replies_total{outcome="completed"} 91
"""
EARLIER = """
earshot_classifier_drift{kind="labels"} 0.47
earshot_classifier_drift{kind="confidence"} 0
"""
"""A week ago: the index of an unbalanced inbox, and one for which there were too few texts."""
ILL = {
    'http_requests_total{status="503"} 200': {"EarshotErrorBudgetBurnsFast", "EarshotErrorBudgetBurnsSlowly"},
    'http_requests_total{status="503"} 70': {"EarshotErrorBudgetBurnsSlowly"},
    'earshot_serving{job="store"} 0': {"EarshotNotServing"},
    'grpc_server_handled_total{job="store",grpc_service="s",grpc_code="Unavailable"} 300': {"EarshotRpcErrors"},
    'grpc_server_handled_total{job="store",grpc_service="s",grpc_code="ResourceExhausted"} 610': {"EarshotRefusesLoad"},
    'grpc_server_handling_seconds_bucket{grpc_type="unary",grpc_service="s",grpc_method="m",le="9"} 110\n'
    'grpc_server_handling_seconds_bucket{grpc_type="unary",grpc_service="s",grpc_method="m",le="+Inf"} 110': {
        "EarshotSlowRpcs"
    },
    'earshot_event_loop_silence_seconds{job="store"} 6': {"EarshotEventLoopStands"},
    "earshot_pending_oldest_seconds 301": {"EarshotBacklogAges"},
    "earshot_failed_messages 1": {"EarshotMessagesGivenUp"},
    'earshot_audit_events_total{outcome="lost"} 1': {"EarshotAuditEventsLost"},
    "earshot_enricher_abstained_messages_total 26": {"EarshotAbstainsOften"},
    'earshot_reviews_total{model="sure",verdict="corrected"} 6': {"EarshotPeopleDisagree"},
    'earshot_classifier_drift{kind="labels"} 0.68': {"EarshotMessagesDrift"},
    'earshot_chat_numerals_total{outcome="masked"} 6': {"EarshotMasksNumbers"},
    'earshot_chat_replies_total{outcome="failed"} 12': {"EarshotRepliesFail"},
}
"""Series in place of healthy ones → the alerts that they are."""


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def fired(page: str) -> set[str]:
    """Alerts on counters that began at zero."""
    scrapes = Scrapes(samples({"one": EARLIER}), samples({"one": page}), SECONDS)
    recorded = {rule["record"]: f"({rule['expr']})" for rule in rules() if "record" in rule}
    found = set()
    for rule in rules():
        if "alert" in rule:
            expression = str(rule["expr"])
            for name, meaning in recorded.items():
                expression = expression.replace(name, meaning)
            found |= {rule["alert"]} if evaluate(expression, scrapes) else set()
    return found


def with_series(lines: str) -> str:
    """The healthy page with these in place of theirs."""
    changed = {line.rpartition(" ")[0] for line in lines.splitlines()}
    kept = [line for line in WELL.splitlines() if line.rpartition(" ")[0] not in changed]
    return "\n".join([*kept, *lines.splitlines(), ""])


def test_nothing_fires_where_all_is_well() -> None:
    assert fired(WELL) == set()


@pytest.mark.parametrize("lines", ILL)
def test_what_happens_fires_its_alert_and_no_other(lines: str) -> None:
    assert fired(with_series(lines)) == ILL[lines]


def test_every_alert_is_made_to_fire() -> None:
    assert set().union(*ILL.values()) == {rule["alert"] for rule in rules() if "alert" in rule}

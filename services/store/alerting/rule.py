"""Alert rules, episodes and deliveries as values, and the rules of their fields. Pure."""

import ipaddress
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from services.runtime.errors import ErrorReason
from services.store.statistics.question import Measure, StatsQuery
from services.store.validation import Violation, text_violations
from services.store.watching.requests import LARGEST_RATE, LEAST_RATE

MAX_NAME_LENGTH: Final = 200
MAX_URL_LENGTH: Final = 2_000
MIN_SECRET_LENGTH: Final = 16
MAX_SECRET_LENGTH: Final = 200
DEFAULT_INTERVAL_SECONDS: Final = 60
MAX_ATTEMPTS: Final = 8
_INTERVALS: Final = range(10, 86_400 + 1)
_WINDOWS: Final = range(60, 366 * 86_400 + 1)
# Public by the tables, but they lead to IPv4 addresses of the gateway's choice.
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")


class Kind(StrEnum):
    """How a number is compared."""

    ABOVE = "above"
    BELOW = "below"
    CHANGE = "change"
    SPIKE = "spike"


class Event(StrEnum):
    """What becomes of an alert."""

    FIRED = "fired"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """A rule as it was asked for. `query_json`: the contract's JSON of `query`; times in seconds."""

    name: str
    query: StatsQuery
    query_json: str
    kind: Kind | None
    threshold: float
    window_seconds: int
    interval_seconds: int
    disabled: bool
    webhook_url: str
    webhook_secret: str
    opens_ticket: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A stored rule; its question is kept as the contract's JSON."""

    workspace_id: str
    id: UUID
    name: str
    query_json: str
    kind: Kind
    threshold: float
    window_seconds: int
    interval_seconds: int
    disabled: bool
    webhook_url: str
    webhook_secret: str
    opens_ticket: bool
    version: int
    create_time: datetime
    update_time: datetime
    check_time: datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One episode of a rule."""

    id: UUID
    rule_id: UUID
    rule_name: str
    firing: bool
    value: float
    compared_with: float
    summary: str
    query_json: str
    start_time: datetime
    end_time: datetime | None
    acknowledge_time: datetime | None
    acknowledged_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message to a webhook, as it is shown."""

    id: UUID
    event: Event
    state: str
    attempts: int
    last_status: int
    last_problem: str
    next_time: datetime | None


def rule_violations(rule: NewRule, *, private_webhooks: bool) -> Iterator[Violation]:
    """Every rule that a rule breaks, beside those of its question."""
    if not rule.name or rule.name.isspace():
        yield Violation(field="rule.name", reason=ErrorReason.MISSING_FIELD, description="must not be empty or blank")
    yield from text_violations("rule.name", rule.name, maximum=MAX_NAME_LENGTH)
    yield from _condition_violations(rule)
    if rule.window_seconds not in _WINDOWS:
        yield _out_of_range("rule.window", "must be from one minute to 366 days; without one the query needs a range")
    if rule.interval_seconds not in _INTERVALS:
        yield _out_of_range("rule.interval", "must be from 10 seconds to one day")
    yield from _webhook_violations(rule, private=private_webhooks)


def _out_of_range(field: str, description: str) -> Violation:
    return Violation(field=field, reason=ErrorReason.BAD_RANGE, description=description)


def _condition_violations(rule: NewRule) -> Iterator[Violation]:
    if rule.kind is None:
        yield Violation(
            field="rule.condition.kind",
            reason=ErrorReason.UNKNOWN_ENUM_VALUE,
            description="must be above, below, change or spike",
        )
    field = "rule.condition.threshold"
    if not math.isfinite(rule.threshold) or (rule.kind is Kind.CHANGE and rule.threshold <= 0):
        yield Violation(field=field, reason=ErrorReason.BAD_LIMIT, description="must be finite; of change more than 0")
    if rule.kind is Kind.SPIKE and rule.threshold != 0 and not LEAST_RATE <= rule.threshold <= LARGEST_RATE:
        yield Violation(
            field=field,
            reason=ErrorReason.BAD_LIMIT,
            description=f"of spike must be from {LEAST_RATE:.6f} to {LARGEST_RATE}, or 0",
        )
    if rule.kind is Kind.SPIKE and rule.query.measure is not Measure.MESSAGE_COUNT:
        yield Violation(
            field="rule.query.measure", reason=ErrorReason.BAD_FILTER, description="must be MESSAGE_COUNT for spikes"
        )


def _webhook_violations(rule: NewRule, *, private: bool) -> Iterator[Violation]:
    if rule.webhook_secret and not MIN_SECRET_LENGTH <= len(rule.webhook_secret) <= MAX_SECRET_LENGTH:
        yield Violation(
            field="rule.webhook_secret",
            reason=ErrorReason.INVALID_ARGUMENT,
            description=f"must be {MIN_SECRET_LENGTH} to {MAX_SECRET_LENGTH} characters",
        )
    yield from text_violations("rule.webhook_secret", rule.webhook_secret, maximum=MAX_SECRET_LENGTH)
    yield from text_violations("rule.webhook_url", rule.webhook_url, maximum=MAX_URL_LENGTH)
    if rule.webhook_url and (problem := url_problem(rule.webhook_url, private=private)):
        yield Violation(field="rule.webhook_url", reason=ErrorReason.INVALID_ARGUMENT, description=problem)


def url_problem(url: str, *, private: bool) -> str:
    """Why nothing can be posted to an address; empty where that can only be told by trying."""
    if not url.isascii() or any(character <= " " for character in url):
        return "must be a plain address without spaces, in ASCII"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        # As the resolver writes it: no part of a name may be empty, or longer than 63 characters.
        (host or "").encode("idna")
    except ValueError:
        return "must be an address such as https://example.com/hook"
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None or parts.fragment:
        return "must be an http or https address with a host, without a user or a fragment"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return "" if private or is_public(address) else "must not lead into a private network"


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the public Internet, and does not lead to another that may not be."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _TRANSLATED or address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast

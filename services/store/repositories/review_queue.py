"""SQL of the review queue by keyset: flagged messages, sets of the model that it was not sure of, spot checks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.store.filters import COUNTED, Bindings, written_by
from services.store.message import StoredMessage
from services.store.pool import Connection
from services.store.repositories import messages


class Reason(StrEnum):
    """Why a message is in the queue."""

    DISAGREEMENT = "disagreement"
    ABSTAINED = "abstained"
    LOW_CONFIDENCE = "low_confidence"
    SPOT_CHECK = "spot_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page ended. `value` is of no account in the order of waiting."""

    value: float
    since: datetime
    message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """A page to read."""

    reasons: frozenset[Reason]
    oldest_first: bool
    after: Place | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueItem:
    """A message in the queue."""

    message: StoredMessage
    reason: Reason
    value: float
    since: datetime


# Both are read by index: the expressions and conditions are those of labels_review_value and labels_review_age.
_VALUE: Final = "coalesce({labels}.review_value, 1 - {labels}.intent_scores[1])"
_IS_UNSURE: Final = (
    "{labels}.workspace_id = $1 AND {labels}.valid_to = 'infinity' AND {labels}.author = 'model'"
    " AND ({labels}.abstained OR {labels}.intent_scores[1] < 0.7)"
)
_UNSURE_VALUE: Final = _VALUE.format(labels="l")
# A text is asked about once. Copies have the same value, by which the index finds the first of them; of those judged
# the hashes of the texts are read once, however many messages are looked at.
_UNSURE: Final = f"""
SELECT l.message_id, {_UNSURE_VALUE} AS value, l.valid_from AS since,
  CASE WHEN l.abstained THEN 'abstained' ELSE 'low_confidence' END AS reason
FROM labels l JOIN messages m ON m.workspace_id = l.workspace_id AND m.id = l.message_id
WHERE {_IS_UNSURE.format(labels="l")} AND {written_by(COUNTED)}
  AND NOT EXISTS (SELECT FROM review_flags f WHERE f.workspace_id = l.workspace_id AND f.message_id = l.message_id)
  AND hashtextextended(m.text, 0) NOT IN (
    SELECT hashtextextended(judged.text, 0)
    FROM label_reviews r JOIN messages judged ON judged.workspace_id = r.workspace_id AND judged.id = r.message_id
    WHERE r.workspace_id = $1)
  AND NOT EXISTS (
    SELECT FROM labels k JOIN messages copied ON copied.workspace_id = k.workspace_id AND copied.id = k.message_id
    WHERE {_IS_UNSURE.format(labels="k")} AND {_VALUE.format(labels="k")} = {_UNSURE_VALUE}
      AND (k.valid_from, k.message_id) < (l.valid_from, l.message_id)
      AND copied.text = m.text AND copied.author = m.author)
"""
_FLAGGED_VALUE: Final = f"(3 + CASE WHEN l.author = 'model' THEN {_VALUE.format(labels='l')} ELSE 0 END)"
_FLAGGED: Final = f"""
SELECT f.message_id, {_FLAGGED_VALUE} AS value, f.since, 'disagreement' AS reason
FROM review_flags f
JOIN labels l ON l.workspace_id = f.workspace_id AND l.message_id = f.message_id AND l.valid_to = 'infinity'
WHERE f.workspace_id = $1
"""

_LATEST: Final = 10_000
"""Messages that spot checks are drawn from: what was labelled long ago says little of the model that serves."""
# Each message has a place of its own, which its labels have no part in, and keeps it until it is judged: the first of
# them are a sample, and those that follow are the next one.
_DRAWN: Final = "((hashtextextended(l.message_id::text, 0) & 9007199254740991)::float8 / 9007199254740992)"
_SPOT_CHECKS: Final = f"""
SELECT l.message_id, {_DRAWN} AS value, l.valid_from AS since, 'spot_check' AS reason
FROM (
  SELECT m.id FROM messages m WHERE m.workspace_id = $1 AND {written_by(COUNTED)}
  ORDER BY m.event_time DESC, m.id DESC LIMIT {_LATEST}
) AS latest
JOIN labels l ON l.workspace_id = $1 AND l.message_id = latest.id AND l.valid_to = 'infinity'
WHERE l.author = 'model' AND cardinality(l.intents) > 0
  AND NOT EXISTS (SELECT FROM label_reviews r WHERE r.workspace_id = $1 AND r.message_id = l.message_id)
"""


async def page(connection: Connection, workspace_id: str, wanted: QueuePage) -> list[QueueItem]:
    """At most `limit` messages after the given place."""
    bindings = Bindings(values=[workspace_id])
    parts = [*_flagged(bindings, wanted), *_unsure(bindings, wanted), *_spot_checks(bindings, wanted)]
    order = "since, message_id" if wanted.oldest_first else "value DESC, since, message_id"
    limit = bindings.bind(wanted.limit, "bigint")
    # Every part is sorted and cut by its own index before they are merged.
    union = " UNION ALL ".join(f"(SELECT * FROM ({part}) AS part ORDER BY {order} LIMIT {limit})" for part in parts)
    rows = await connection.fetch(f"SELECT * FROM ({union}) AS queue ORDER BY {order} LIMIT {limit}", *bindings.values)
    found = await messages.read(connection, workspace_id, [row["message_id"] for row in rows])
    return [
        QueueItem(
            message=found[row["message_id"]], reason=Reason(row["reason"]), value=row["value"], since=row["since"]
        )
        for row in rows
    ]


def _flagged(bindings: Bindings, wanted: QueuePage) -> list[str]:
    if Reason.DISAGREEMENT not in wanted.reasons:
        return []
    return [_FLAGGED + _beyond(bindings, wanted, value=_FLAGGED_VALUE, since="f.since", message_id="f.message_id")]


def _unsure(bindings: Bindings, wanted: QueuePage) -> list[str]:
    kinds: Collection[Reason] = wanted.reasons & {Reason.ABSTAINED, Reason.LOW_CONFIDENCE}
    if not kinds:
        return []
    only = "" if len(kinds) > 1 else f" AND {'l.abstained' if Reason.ABSTAINED in kinds else 'NOT l.abstained'}"
    beyond = _beyond(bindings, wanted, value=_UNSURE_VALUE, since="l.valid_from", message_id="l.message_id")
    return [_UNSURE + only + beyond]


def _spot_checks(bindings: Bindings, wanted: QueuePage) -> list[str]:
    if Reason.SPOT_CHECK not in wanted.reasons:
        return []
    return [_SPOT_CHECKS + _beyond(bindings, wanted, value=_DRAWN, since="l.valid_from", message_id="l.message_id")]


def _beyond(bindings: Bindings, wanted: QueuePage, *, value: str, since: str, message_id: str) -> str:
    if wanted.after is None:
        return ""
    place = f"({bindings.bind(wanted.after.since, 'timestamptz')}, {bindings.bind(wanted.after.message_id, 'uuid')})"
    later = f"({since}, {message_id}) > {place}"
    if wanted.oldest_first:
        return f" AND {later}"
    limit = bindings.bind(wanted.after.value, "float8")
    return f" AND {value} <= {limit} AND ({value} < {limit} OR {later})"

"""SQL over what people said of labels: writing a review, flags of disagreement, agreement, rows to train with."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from services.runtime.ids import new_id
from services.runtime.labels import CATEGORIES
from services.store.filters import TimeRange, category_mask, label_masks
from services.store.pool import Connection, Database
from services.store.reviews.agreement import Agreement
from services.store.reviews.review import Opinion, Review, Verdict

_FIRST_ANSWER: Final = """
SELECT message_id, reviewer_id, asked FROM label_reviews WHERE workspace_id = $1 AND request_id = $2
"""

_LAST_MODEL_SET: Final = """
SELECT intents, category_mask, model_name, model_version FROM labels
WHERE workspace_id = $1 AND message_id = $2 AND author = 'model' AND intents <> '{}' ORDER BY valid_from DESC LIMIT 1
"""

_INSERT: Final = """
INSERT INTO label_reviews (workspace_id, message_id, id, request_id, reviewer_id, reviewer_name, review_time, verdict,
                           asked, made_from, intents, intent_mask, category_mask, sentiment, language,
                           model_intents, model_category_mask, model_name, model_version)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
"""

_LATEST: Final = """
SELECT * FROM (
  SELECT DISTINCT ON (reviewer_id) reviewer_id, verdict, intents, sentiment, language, id FROM label_reviews
  WHERE workspace_id = $1 AND message_id = $2 ORDER BY reviewer_id, id DESC
) AS last_words ORDER BY id DESC
"""

_FLAG: Final = (
    "INSERT INTO review_flags (workspace_id, message_id, since) VALUES ($1, $2, now()) ON CONFLICT DO NOTHING"
)
_UNFLAG: Final = "DELETE FROM review_flags WHERE workspace_id = $1 AND message_id = $2"

_IN_RANGE: Final = """
workspace_id = $1 AND verdict <> 'rejected'
AND ($2::timestamptz IS NULL OR review_time >= $2) AND ($3::timestamptz IS NULL OR review_time < $3)
"""

# Per category: how often (first, second) were (yes, yes), (yes, no), (no, yes), (no, no).
_PAIRS: Final = """
SELECT category.bit,
  count(*) FILTER (WHERE first & bit <> 0 AND second & bit <> 0) AS both,
  count(*) FILTER (WHERE first & bit <> 0 AND second & bit = 0) AS first_only,
  count(*) FILTER (WHERE first & bit = 0 AND second & bit <> 0) AS second_only,
  count(*) FILTER (WHERE first & bit = 0 AND second & bit = 0) AS neither,
  count(*) FILTER (WHERE first = second) AS same
FROM ({pairs}) AS pair CROSS JOIN unnest($4::bigint[]) WITH ORDINALITY AS category (bit, place)
GROUP BY category.bit, category.place ORDER BY category.place
"""

_WITH_MODEL: Final = _PAIRS.format(
    pairs=f"""
    SELECT DISTINCT ON (message_id) category_mask AS first, model_category_mask AS second FROM label_reviews
    WHERE {_IN_RANGE} AND model_category_mask IS NOT NULL ORDER BY message_id, id DESC"""
)

# The last word of each person, the people in the order of their first word: the first two of them make the pair.
_AMONG_PEOPLE: Final = _PAIRS.format(
    pairs=f"""
    SELECT masks[1] AS first, masks[2] AS second FROM (
      SELECT array_agg(mask ORDER BY began) AS masks FROM (
        SELECT message_id, reviewer_id, min(id::text) AS began, (array_agg(category_mask ORDER BY id DESC))[1] AS mask
        FROM label_reviews WHERE {_IN_RANGE} GROUP BY message_id, reviewer_id
      ) AS words GROUP BY message_id HAVING count(*) > 1
    ) AS doubly"""
)

_ROWS_AT_ONCE: Final = 500
_UP_TO_NOW: Final = "SELECT least($1::timestamptz, clock_timestamp())"
_CORRECTIONS: Final = f"""
SELECT r.*, m.text, m.source FROM (
  SELECT DISTINCT ON (message_id) * FROM label_reviews WHERE {_IN_RANGE} ORDER BY message_id, id DESC
) AS r JOIN messages m ON m.workspace_id = r.workspace_id AND m.id = r.message_id
WHERE $4::timestamptz IS NULL OR (r.review_time, r.message_id) > ($4, $5::uuid)
ORDER BY r.review_time, r.message_id LIMIT $6
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAnswer:
    """What a request id was used for before. `asked`: the request as it came, in its canonical form."""

    message_id: UUID
    reviewer_id: str
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A review as it is stored: the verdict as it was taken, and the set it made, if it made one."""

    review: Review
    asked: str
    verdict: Verdict
    opinion: Opinion
    made_from: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCounts:
    """Agreement per category, in the order of CATEGORIES; `same`: messages on which all categories are the same."""

    categories: tuple[Agreement, ...]
    same: int

    @property
    def messages(self) -> int:
        """Messages that both judged."""
        return self.categories[0].messages if self.categories else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The last word of people on a message, beside what the model had said."""

    message_id: UUID
    text: str
    source: str
    opinion: Opinion
    verdict: Verdict
    model_intents: tuple[str, ...]
    model_name: str
    model_version: str
    review_time: datetime


async def first_answer(connection: Connection, workspace_id: str, request_id: UUID) -> FirstAnswer | None:
    """What the request id stands for; None when it is new."""
    row = await connection.fetchrow(_FIRST_ANSWER, workspace_id, request_id)
    if row is None:
        return None
    return FirstAnswer(message_id=row["message_id"], reviewer_id=row["reviewer_id"], asked=row["asked"])


async def insert(connection: Connection, workspace_id: str, judged: Judged) -> None:
    """Keeps a review, with what the model had said of the message last."""
    review, opinion = judged.review, judged.opinion
    model = await connection.fetchrow(_LAST_MODEL_SET, workspace_id, review.message_id)
    await connection.execute(
        _INSERT,
        workspace_id,
        review.message_id,
        UUID(new_id()),
        review.request_id,
        review.reviewer.id,
        review.reviewer.name,
        judged.verdict,
        judged.asked,
        judged.made_from,
        list(opinion.intents),
        *label_masks(opinion.intents),
        opinion.sentiment,
        opinion.language,
        *((None,) * 4 if model is None else model.values()),
    )


async def latest_words(
    connection: Connection, workspace_id: str, message_id: UUID
) -> list[tuple[str, Verdict, Opinion]]:
    """The last word of each reviewer of a message (id, verdict, opinion), newest first."""
    rows = await connection.fetch(_LATEST, workspace_id, message_id)
    return [(row["reviewer_id"], Verdict(row["verdict"]), _opinion(row)) for row in rows]


async def flag(connection: Connection, workspace_id: str, message_id: UUID, *, disagreement: bool) -> None:
    """Puts a message at the head of the review queue, or takes it from there."""
    await connection.execute(_FLAG if disagreement else _UNFLAG, workspace_id, message_id)


async def agreement_with_model(connection: Connection, workspace_id: str, time_range: TimeRange) -> AgreementCounts:
    """People's last word (first judge) beside the model's (second judge)."""
    return await _agreement(connection, _WITH_MODEL, workspace_id, time_range)


async def agreement_among_people(connection: Connection, workspace_id: str, time_range: TimeRange) -> AgreementCounts:
    """The last words of the first two people who judged each message."""
    return await _agreement(connection, _AMONG_PEOPLE, workspace_id, time_range)


async def corrections(
    database: Database, workspace_id: str, time_range: TimeRange
) -> AsyncGenerator[list[Correction], None]:
    """The last word on each message when the first part is read, oldest first, some at a time.

    Each part has a transaction: none is held while the caller goes through one, however long that takes.
    """
    place: tuple[datetime, UUID] | None = None
    end: datetime | None = None
    while True:
        async with database.transaction(workspace_id, readonly=True) as connection:
            end = end or await connection.fetchval(_UP_TO_NOW, time_range.end)
            after = place or (None, None)
            rows = await connection.fetch(_CORRECTIONS, workspace_id, time_range.start, end, *after, _ROWS_AT_ONCE)
        if rows:
            yield [_correction(row) for row in rows]
        if len(rows) < _ROWS_AT_ONCE:
            return
        place = (rows[-1]["review_time"], rows[-1]["message_id"])


async def _agreement(connection: Connection, sql: str, workspace_id: str, time_range: TimeRange) -> AgreementCounts:
    bits = [category_mask([name]) for name in CATEGORIES]
    rows = await connection.fetch(sql, workspace_id, time_range.start, time_range.end, bits)
    # Without a single pair there is no group, hence no row.
    categories = tuple(
        Agreement(
            both=row["both"], first_only=row["first_only"], second_only=row["second_only"], neither=row["neither"]
        )
        for row in rows
    )
    return AgreementCounts(
        categories=categories or tuple(Agreement(both=0, first_only=0, second_only=0, neither=0) for _ in CATEGORIES),
        same=rows[0]["same"] if rows else 0,
    )


def _opinion(row: asyncpg.Record) -> Opinion:
    return Opinion(intents=tuple(row["intents"]), sentiment=row["sentiment"], language=row["language"])


def _correction(row: asyncpg.Record) -> Correction:
    return Correction(
        message_id=row["message_id"],
        text=row["text"],
        source=row["source"],
        opinion=_opinion(row),
        verdict=Verdict(row["verdict"]),
        model_intents=tuple(row["model_intents"] or ()),
        model_name=row["model_name"] or "",
        model_version=row["model_version"] or "",
        review_time=row["review_time"],
    )

"""SQL of search: the nearest embeddings and the messages that hold the words, both under all filters.

The index gives the nearest of all messages, of all workspaces; what does not match is passed over until there are
enough (pgvector's iterative scan). Where that gives up early, few messages match, and those are compared one by one; so
are the newest of those that are not in the index yet.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import UUID

from services.store.embedding import EMBEDDING_SIZE, Embedding
from services.store.filters import Bindings, Filters, TimeRange, filter_sql
from services.store.message import Author
from services.store.pool import Connection
from services.store.search.question import DEPTH
from services.store.search.wanted import Wanted

# ef_search: the wider, the fewer near ones are missed. max_scan_tuples: when the index gives up.
_SCAN: Final = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true), set_config('hnsw.ef_search', $1, true),
       set_config('hnsw.max_scan_tuples', '20000', true)
"""
_BREADTH: Final = "150"
_BREADTH_UNDER_FILTERS: Final = "400"

# Of words that more messages hold than this, the newest are looked at.
_MOST_WITH_WORDS: Final = 20_000
_MOST_RANKED: Final = 1_000

# Of those that are not in the index yet, so many are compared.
_MOST_FRESH: Final = 5_000

_CANDIDATES: Final = """
SELECT e.message_id, {distance} AS distance
FROM {embeddings} AS e CROSS JOIN {from_}
WHERE m.workspace_id = e.workspace_id AND m.id = e.message_id AND {where}
"""
_FRESH: Final = f"""(
  SELECT * FROM message_embeddings WHERE workspace_id = {{workspace}} AND NOT indexed
  ORDER BY message_id DESC LIMIT {_MOST_FRESH}
)"""

# `limit` stands in the text: of a parameter the planner would not know that it is small.
_NEAREST: Final = f"""
WITH nearest AS MATERIALIZED ({{old}} ORDER BY distance LIMIT {DEPTH}), fresh AS MATERIALIZED ({{fresh}})
SELECT message_id, -distance AS similarity FROM (SELECT * FROM nearest UNION ALL SELECT * FROM fresh) AS found
ORDER BY distance, message_id DESC LIMIT {DEPTH}
"""
_NEAREST_EXACTLY: Final = f"""
WITH nearest AS MATERIALIZED ({{all_}} ORDER BY distance LIMIT {DEPTH})
SELECT message_id, -distance AS similarity FROM nearest ORDER BY distance, message_id DESC
"""

_WITH_WORDS: Final = f"""
WITH matching AS MATERIALIZED (
  SELECT found.message_id
  FROM search_words({{words}}, {_MOST_WITH_WORDS}) AS found (message_id) CROSS JOIN {{from_}}
  WHERE m.id = found.message_id AND {{where}}
  ORDER BY m.event_time DESC, m.id DESC LIMIT {_MOST_RANKED}
)
SELECT s.message_id
FROM matching JOIN message_search s ON s.workspace_id = {{workspace}} AND s.message_id = matching.message_id
ORDER BY ts_rank_cd(s.words, {{words}}) DESC, s.message_id DESC LIMIT {DEPTH}
"""

# Messages that hold phrases are found by their index; without exclusions most messages are, so each is looked at.
_HOLDS_PHRASES: Final = f"e.message_id IN (SELECT search_words({{required}}, {_MOST_WITH_WORDS}))"
_HOLDS: Final = """EXISTS (
  SELECT FROM message_search s
  WHERE s.workspace_id = m.workspace_id AND s.message_id = e.message_id AND s.words @@ {required}
)"""

_EMBEDDING_OF: Final = """
SELECT encoder, embedding::real[] AS embedding FROM message_embeddings WHERE workspace_id = $1 AND message_id = $2
"""


async def embedding_of(connection: Connection, workspace_id: str, message_id: UUID) -> Embedding | None:
    """The embedding of a message; None where it has none."""
    row = await connection.fetchrow(_EMBEDDING_OF, workspace_id, message_id)
    return None if row is None else Embedding(encoder=row["encoder"], values=row["embedding"])


async def nearest(
    connection: Connection,
    workspace_id: str,
    embedding: Embedding,
    filters: Filters,
    time_range: TimeRange,
    *,
    authors: Collection[Author] = (),
    without: UUID | None = None,
    wanted: Wanted | None = None,
) -> list[tuple[UUID, float]]:
    """At most `DEPTH` messages nearest to an embedding, nearest first, with their cosine.

    `wanted`: only messages that hold what it requires. `authors`: only of these; empty: of anybody.
    """
    required = wanted is not None and bool(wanted.required)
    everything = filters == Filters() and time_range == TimeRange() and not authors and not required
    await connection.execute(_SCAN, _BREADTH if everything else _BREADTH_UNDER_FILTERS)
    # Few messages hold a phrase, and those are known: they are compared one by one at once.
    for exact in (True,) if wanted is not None and wanted.phrases else (False, True):
        asked = statement(
            workspace_id,
            embedding,
            filters,
            time_range,
            authors=authors,
            without=without,
            wanted=wanted,
            exact=exact,
        )
        rows = await connection.fetch(asked.sql, *asked.arguments)
        if len(rows) == DEPTH:
            break
    return [(row["message_id"], row["similarity"]) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """SQL and its parameters. Answers `message_id` and `similarity`, nearest first."""

    sql: str
    arguments: tuple[object, ...]


def statement(
    workspace_id: str,
    embedding: Embedding,
    filters: Filters,
    time_range: TimeRange,
    *,
    without: UUID | None,
    exact: bool,
    wanted: Wanted | None = None,
    authors: Collection[Author] = (),
) -> Statement:
    """Asks for the `DEPTH` nearest: through the index, or `exact` by comparing every one that matches."""
    bindings = Bindings()
    vector = f"{bindings.bind(embedding.values, 'real[]')}::halfvec({EMBEDDING_SIZE})"
    conditions = [f"e.encoder = {bindings.bind(embedding.encoder, 'text')}"]
    if without is not None:
        conditions.append(f"e.message_id <> {bindings.bind(without, 'uuid')}")
    if wanted is not None and wanted.required:
        required = f"websearch_to_tsquery('simple', {bindings.bind(wanted.required, 'text')})"
        conditions.append((_HOLDS_PHRASES if wanted.phrases else _HOLDS).format(required=required))
    base = filter_sql(bindings, workspace_id=workspace_id, filters=filters, time_range=time_range, authors=authors)
    distance = f"e.embedding <#> {vector}"
    candidates = partial(_CANDIDATES.format, from_=base.from_)
    where = " AND ".join([*conditions, base.where])
    if exact:
        # No index knows the order of a sum.
        all_ = candidates(embeddings="message_embeddings", distance=f"({distance}) + 0", where=where)
        return Statement(sql=_NEAREST_EXACTLY.format(all_=all_), arguments=tuple(bindings.values))
    fresh = _FRESH.format(workspace=bindings.bind(workspace_id, "text"))
    sql = _NEAREST.format(
        old=candidates(embeddings="message_embeddings", distance=distance, where=f"e.indexed AND {where}"),
        fresh=candidates(embeddings=fresh, distance=distance, where=where),
    )
    return Statement(sql=sql, arguments=tuple(bindings.values))


async def with_words(
    connection: Connection,
    workspace_id: str,
    wanted: Wanted,
    filters: Filters,
    time_range: TimeRange,
    *,
    authors: Collection[Author] = (),
) -> list[UUID]:
    """At most `DEPTH` messages that hold the words of a search, or the identifiers in it, best first."""
    bindings = Bindings()
    words = f"websearch_to_tsquery('simple', {bindings.bind(wanted.words, 'text')})"
    if wanted.identifiers:
        required = f"websearch_to_tsquery('simple', {bindings.bind(wanted.required, 'text')})"
        identifiers = f"to_tsquery('simple', {bindings.bind(wanted.identifiers, 'text')})"
        words = f"(({words} || {identifiers}) && {required})"
    base = filter_sql(bindings, workspace_id=workspace_id, filters=filters, time_range=time_range, authors=authors)
    sql = _WITH_WORDS.format(
        words=words, from_=base.from_, where=base.where, workspace=bindings.bind(workspace_id, "text")
    )
    rows = await connection.fetch(sql, *bindings.values)
    return [row["message_id"] for row in rows]

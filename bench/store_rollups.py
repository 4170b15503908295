"""The roll-ups of millions of messages at once: what the store's folding makes of them change by change.

Made with NumPy from one pass over the messages and sent to Postgres in COPY's binary format, because folding
takes tenths of a millisecond for each message. `bench.store` compares every answer with the messages themselves.
"""

import io
import struct
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import product
from typing import Any, Final

import asyncpg
import numpy as np
from numpy.typing import NDArray

from services.runtime.labels import CATEGORIES, INTENTS

WORKSPACE: Final = "default"
SOURCES: Final = ("livechat", "telegram", "email", "web", "phone")
SENTIMENTS: Final = ("negative", "neutral", "positive")
LANGUAGES: Final = ("en", "de", "es", "pt", "ru", "tr", "sl", "it")

_QUARTERS: Final = 96
_COMBINED: Final = len(SOURCES) * len(SENTIMENTS) * len(LANGUAGES)
_LABELS: Final = 1 + len(INTENTS) + len(CATEGORIES)
_SHAPE: Final = (_LABELS, len(SOURCES), len(SENTIMENTS), len(LANGUAGES), _QUARTERS)
_TIERS: Final[tuple[tuple[str, tuple[int, ...]], ...]] = (
    ("full", ()),
    ("all", (1, 2, 3)),
    ("source", (2, 3)),
    ("sentiment", (1, 3)),
    ("language", (1, 2)),
)
"""Tier → the axes of `_SHAPE` that it leaves open."""

_EPOCH_DAYS: Final = 10_957
"""Days from 1970, from which messages are counted, to 2000, from which Postgres counts."""
_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_BLOCK: Final = 1 << 20

_READ: Final = f"""
SELECT floor(extract(epoch FROM m.event_time) / 900)::integer, substr(m.user_id, 6)::integer + 1, l.intent_mask,
       l.category_mask, array_position(ARRAY{list(SOURCES)!r}, m.source)::integer - 1,
       array_position(ARRAY{list(SENTIMENTS)!r}, l.sentiment)::integer - 1,
       array_position(ARRAY{list(LANGUAGES)!r}, l.language)::integer - 1
FROM messages m JOIN labels l ON l.workspace_id = m.workspace_id AND l.message_id = m.id
"""
_MONTHS: Final = """
INSERT INTO stat_months (workspace_id, month, kind, messages)
SELECT workspace_id, date_trunc('month', day)::date, kind, sum(messages) FROM stat_sets GROUP BY 1, 2, 3
"""
_EVERYONE: Final = """
INSERT INTO stat_day_users (workspace_id, day, part, messages, quarters, users)
SELECT workspace_id, day, 0, sum(messages), string_agg(quarters, ''), string_agg(users, '') FROM stat_sets GROUP BY 1, 2
"""
_COLUMNS: Final = (
    ("quarter", ">i4"),
    ("user", ">i4"),
    ("intents", ">i8"),
    ("categories", ">i8"),
    ("source", ">i4"),
    ("sentiment", ">i4"),
    ("language", ">i4"),
)
_ROW: Final = np.dtype(
    [("n", ">i2"), *(pair for name, kind in _COLUMNS for pair in ((f"{name}_n", ">i4"), (name, kind)))]
)
_DAY_ROW: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("workspace_n", ">i4"),
        ("workspace", f"S{len(WORKSPACE)}"),
        ("kind_n", ">i4"),
        ("kind", ">i4"),
        ("day_n", ">i4"),
        ("day", ">i4"),
        ("array_n", ">i4"),
        ("array", ">i4", 5),
        ("counts", [("n", ">i4"), ("sum", ">i4")], _QUARTERS + 1),
    ]
)

Numbers = NDArray[np.int64]


async def fill_rollups(connection: "asyncpg.Connection[Any]", *, seconds: float) -> None:
    """Fills the empty roll-ups of a database whose labelled messages are those of `bench.store_data`.

    `seconds`: the patience with one statement.
    """
    given = io.BytesIO()

    async def keep(data: bytes) -> None:
        given.write(data)

    await connection.copy_from_query(_READ, output=keep, format="binary", timeout=seconds)
    messages = np.frombuffer(given.getbuffer()[len(_HEADER) : -len(_TRAILER)], _ROW)
    rollups = _Rollups(messages)
    await connection.execute(
        "INSERT INTO stat_users (workspace_id, number, user_id) OVERRIDING SYSTEM VALUE"
        " SELECT $1, number, 'user-' || number - 1 FROM unnest($2::integer[]) AS number",
        WORKSPACE,
        np.unique(messages["user"]).tolist(),
        timeout=seconds,
    )
    await _copy(connection, "stat_days", "workspace_id, kind, day, counts", rollups.days(), seconds)
    await _copy(connection, "stat_sets", "workspace_id, day, kind, messages, quarters, users", rollups.sets(), seconds)
    for sums in (_MONTHS, _EVERYONE):
        await connection.execute(sums, timeout=seconds)
    await connection.copy_records_to_table(
        "stat_kinds",
        records=rollups.kinds(),
        columns=[
            "workspace_id",
            "kind",
            "tier",
            "intent_mask",
            "category_mask",
            "source",
            "sentiment",
            "language",
            "parts",
        ],
        timeout=seconds,
    )
    for table, column in (("stat_users", "number"), ("stat_kinds", "kind")):
        await connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))"
        )


async def _copy(
    connection: "asyncpg.Connection[Any]", table: str, columns: str, rows: Iterator[bytes], seconds: float
) -> None:
    async def source() -> AsyncIterator[bytes]:
        yield _HEADER
        for block in rows:
            yield block
        yield _TRAILER

    await connection.copy_to_table(
        table, source=source(), columns=columns.split(", "), format="binary", timeout=seconds
    )


class _Rollups:
    """Messages in order of day and kind; kinds of the other tiers are numbered as they lie, sets behind them."""

    def __init__(self, messages: NDArray[Any]) -> None:
        self._masks, first, label_set = np.unique(messages["intents"], return_index=True, return_inverse=True)
        self._categories = messages["categories"][first].astype(np.int64)
        combined = np.ravel_multi_index(
            [messages[name].astype(np.int64) for name in ("source", "sentiment", "language")], _SHAPE[1:4]
        )
        quarter = messages["quarter"].astype(np.int64)
        kind = label_set * _COMBINED + combined
        order = np.lexsort((kind, quarter // _QUARTERS))
        self._day = (quarter // _QUARTERS)[order]
        self._quarter = (quarter % _QUARTERS)[order]
        self._kind = kind[order]
        self._user = messages["user"][order]
        self._seen = {tier: np.zeros(_extent(axes), bool) for tier, axes in _TIERS}
        sizes = [int(np.prod(_extent(axes))) for _, axes in _TIERS]
        self._first = dict(zip([tier for tier, _ in _TIERS], (1 + np.cumsum([0, *sizes[:-1]])).tolist(), strict=True))
        self._first_set = 1 + sum(sizes)

    def days(self) -> Iterator[bytes]:
        """Rows of `stat_days`."""
        labels = [self._labels_of(place) for place in range(len(self._masks))]
        widths = np.array([len(of_set) for of_set in labels])
        starts = np.concatenate([[0], np.cumsum(widths)])
        flat = np.concatenate(labels)
        for begin, end in _runs(self._day):
            of_set, combined = np.divmod(self._kind[begin:end], _COMBINED)
            width = widths[of_set]
            message = np.repeat(np.arange(end - begin), width)
            within = np.arange(len(message)) - np.repeat(np.cumsum(width) - width, width)
            label = flat[starts[of_set][message] + within]
            cell = (label * _COMBINED + combined[message]) * _QUARTERS + self._quarter[begin:end][message]
            counts = np.bincount(cell, minlength=int(np.prod(_SHAPE))).reshape(_SHAPE)
            yield from self._of_day(int(self._day[begin]), counts)

    def _labels_of(self, place: int) -> Numbers:
        intents, categories = int(self._masks[place]), int(self._categories[place])
        bits = [1 + at for at in range(len(INTENTS)) if intents >> at & 1]
        bits += [1 + len(INTENTS) + at for at in range(len(CATEGORIES)) if categories >> at & 1]
        return np.array([0, *bits])

    def _of_day(self, day: int, counts: Numbers) -> Iterator[bytes]:
        for tier, axes in _TIERS:
            summed = counts.sum(axis=axes) if axes else counts
            flat = summed.reshape(-1, _QUARTERS)
            found = np.flatnonzero(flat.any(axis=1))
            self._seen[tier].reshape(-1)[found] = True
            rows = np.zeros(len(found), _DAY_ROW)
            rows["fields"], rows["workspace_n"], rows["workspace"] = 4, len(WORKSPACE), WORKSPACE.encode()
            rows["kind_n"], rows["kind"] = 4, found + self._first[tier]
            rows["day_n"], rows["day"] = 4, day - _EPOCH_DAYS
            rows["array_n"], rows["array"] = 20 + 8 * (_QUARTERS + 1), (1, 0, 23, _QUARTERS + 1, 1)
            rows["counts"]["n"] = 4
            rows["counts"]["sum"][:, 1:] = flat[found].cumsum(axis=1)
            yield rows.tobytes()

    def sets(self) -> Iterator[bytes]:
        """Rows of `stat_sets`."""
        quarters, users = self._quarter.astype(np.uint8).tobytes(), self._user.tobytes()
        workspace = struct.pack(">hi", 6, len(WORKSPACE)) + WORKSPACE.encode()
        pack = struct.Struct(">iiiiiii").pack
        block = bytearray()
        for begin, end in _runs(self._day * (self._kind.max() + 1) + self._kind):
            day, kind, count = (
                int(self._day[begin]) - _EPOCH_DAYS,
                int(self._kind[begin]) + self._first_set,
                end - begin,
            )
            block += workspace + pack(4, day, 4, kind, 4, count, count) + quarters[begin:end]
            block += struct.pack(">i", 4 * count) + users[4 * begin : 4 * end]
            if len(block) > _BLOCK:
                yield bytes(block)
                block.clear()
        yield bytes(block)

    def kinds(self) -> Iterator[tuple[object, ...]]:
        """Rows of `stat_kinds`; after `days` has been read."""
        for tier, axes in _TIERS:
            extents = [range(size) if at not in axes else (None,) for at, size in enumerate(_SHAPE[:4])]
            for place, (label, *values) in enumerate(product(*extents)):
                if self._seen[tier].reshape(-1)[place]:
                    yield WORKSPACE, self._first[tier] + place, tier, *_label_masks(label or 0), *_names(values), []
        for kind in np.unique(self._kind).tolist():
            of_set, combined = divmod(kind, _COMBINED)
            place_of = [int(value) for value in np.unravel_index(combined, _SHAPE[1:4])]
            masks = int(self._masks[of_set]), int(self._categories[of_set])
            parts = [
                self._first[tier] + _place(axes, int(label), place_of)
                for label in self._labels_of(of_set)
                for tier, axes in _TIERS
            ]
            yield WORKSPACE, self._first_set + kind, "set", *masks, *_names(place_of), parts


def _extent(axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(size for at, size in enumerate(_SHAPE[:4]) if at not in axes)


def _place(axes: Sequence[int], label: int, values: Sequence[int]) -> int:
    kept = [value for at, value in enumerate([label, *values]) if at not in axes]
    return int(np.ravel_multi_index(kept, _extent(axes)))


def _label_masks(label: int) -> tuple[int, int]:
    if label == 0:
        return 0, 0
    return (1 << label - 1, 0) if label <= len(INTENTS) else (0, 1 << label - 1 - len(INTENTS))


def _names(values: Sequence[int | None]) -> tuple[str, ...]:
    named = zip((SOURCES, SENTIMENTS, LANGUAGES), values, strict=True)
    return tuple("" if value is None else names[value] for names, value in named)


def _runs(keys: Numbers) -> Iterator[tuple[int, int]]:
    """Stretches of equal keys."""
    ends = [*(np.flatnonzero(np.diff(keys)) + 1).tolist(), len(keys)]
    return zip([0, *ends[:-1]], ends, strict=True)

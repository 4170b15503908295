"""SQL over what is known of the errors of models on the golden set."""

from collections.abc import Sequence
from typing import Final

from services.store.pool import Connection
from services.store.statistics.correction import Confusion
from services.store.statistics.estimates import Confusions, Model

_KEEP: Final = """
INSERT INTO model_confusions (model_name, model_version, kind, label, true_positives, false_negatives, false_positives,
                              true_negatives)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (model_name, model_version, kind, label) DO UPDATE
SET true_positives = excluded.true_positives, false_negatives = excluded.false_negatives,
    false_positives = excluded.false_positives, true_negatives = excluded.true_negatives
"""

_READ: Final = """
SELECT model_name, model_version, label, true_positives, false_negatives, false_positives, true_negatives
FROM model_confusions WHERE kind = $1
"""


async def keep(connection: Connection, model: Model, found: Sequence[tuple[str, str, Confusion]]) -> None:
    """Keeps how a model errs, in the worker's role: (kind, label, confusion) each; what was known is replaced."""
    await connection.executemany(_KEEP, [(*model, kind, label, *confusion) for kind, label, confusion in found])


async def read(connection: Connection, kind: str) -> Confusions:
    """How every measured model errs about the labels of a kind."""
    known: dict[Model, dict[str, Confusion]] = {}
    for row in await connection.fetch(_READ, kind):
        model = Model(row["model_name"], row["model_version"])
        known.setdefault(model, {})[row["label"]] = Confusion(
            row["true_positives"], row["false_negatives"], row["false_positives"], row["true_negatives"]
        )
    return known

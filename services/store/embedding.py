"""Embeddings as the store thinks of them: what the encoder made of a text, and which encoder it was. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.store.message import LabelSet

EMBEDDING_SIZE: Final = 384
"""Values of an embedding, as the column `message_embeddings.embedding` has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """A point in the space of one encoder, L2-normalised. Those of different encoders must never be compared."""

    encoder: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What the classifier made of one text; no embedding where none was asked for or the model gives none that fits."""

    labels: LabelSet
    embedding: Embedding | None = None

"""The classifier's own Prometheus series."""

from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_TEXT_BUCKETS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SECOND_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierMetrics:
    """How full, how fast, how wasteful."""

    admitted_texts: Gauge
    batch_texts: Histogram
    tokens: Counter
    padding_tokens: Counter
    queue_seconds: Histogram
    inference_seconds: Histogram
    cached_texts: Counter
    cache_bytes: Gauge
    dropped_texts: Counter
    abstained_texts: Counter
    llm_texts: Counter
    drift: Gauge


def classifier_metrics(registry: CollectorRegistry) -> ClassifierMetrics:
    """Registers the series in `registry`; ValueError when they are there already."""
    prefix = "earshot_classifier"
    return ClassifierMetrics(
        admitted_texts=Gauge(f"{prefix}_admitted_texts", "Texts waiting or running.", registry=registry),
        batch_texts=Histogram(
            f"{prefix}_batch_texts", "Texts per model run.", buckets=_TEXT_BUCKETS, registry=registry
        ),
        tokens=Counter(f"{prefix}_tokens", "Tokens of texts the model read.", registry=registry),
        padding_tokens=Counter(f"{prefix}_padding_tokens", "Tokens added to fill up batches.", registry=registry),
        queue_seconds=Histogram(
            f"{prefix}_queue_seconds", "Longest wait in a batch.", buckets=_SECOND_BUCKETS, registry=registry
        ),
        inference_seconds=Histogram(
            f"{prefix}_inference_seconds", "Time of a model run.", buckets=_SECOND_BUCKETS, registry=registry
        ),
        cached_texts=Counter(f"{prefix}_cached_texts", "Texts answered from the cache.", registry=registry),
        cache_bytes=Gauge(f"{prefix}_cache_bytes", "Memory of the kept answers.", registry=registry),
        dropped_texts=Counter(
            f"{prefix}_dropped_texts", "Texts left out before their run, by cause.", ("cause",), registry=registry
        ),
        abstained_texts=Counter(
            f"{prefix}_abstained_texts", "Texts for which no intent reached its threshold.", registry=registry
        ),
        llm_texts=Counter(
            f"{prefix}_llm_texts",
            "Texts by what became of the language model: saved (not asked), agreed with the model's best guess, "
            "differed, refused (no label of the list), unavailable.",
            ("outcome",),
            registry=registry,
        ),
        drift=Gauge(
            f"{prefix}_drift",
            "How far the latest texts are from those the model was trained on: stability index of labels, confidence "
            "and novelty (above 0.2: shifted), one minus the cosine of mean embeddings.",
            ("kind",),
            registry=registry,
        ),
    )

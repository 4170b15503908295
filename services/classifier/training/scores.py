"""Scores of predicted against true labels: precision, recall, F1, exact match, calibration error, kappa."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.classifier.scoring.calibration import Floats

LabelSets = Sequence[frozenset[str]]


def truth_matrix(truth: LabelSets, labels: Sequence[str]) -> Floats:
    """1.0 where a row carries a label, `[rows, labels]`."""
    return np.array([[float(label in one) for label in labels] for one in truth], dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelScore:
    """Scores of one label; `support` is how many rows truly carry it. A ratio without a denominator is 0."""

    precision: float
    recall: float
    f1: float
    support: int


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def label_score(truth: LabelSets, predicted: LabelSets, label: str) -> LabelScore:
    """Scores of `label` over all rows."""
    hits = sum(label in t and label in p for t, p in zip(truth, predicted, strict=True))
    support = sum(label in t for t in truth)
    found = sum(label in p for p in predicted)
    f1 = _ratio(2 * hits, support + found)
    return LabelScore(precision=_ratio(hits, found), recall=_ratio(hits, support), f1=f1, support=support)


def label_scores(truth: LabelSets, predicted: LabelSets, labels: Sequence[str]) -> dict[str, LabelScore]:
    """Scores of each label."""
    return {label: label_score(truth, predicted, label) for label in labels}


def macro_f1(scores: Mapping[str, LabelScore]) -> float:
    """Mean F1 over the labels that occur in the data."""
    present = [score.f1 for score in scores.values() if score.support]
    return _ratio(sum(present), len(present))


def micro_f1(truth: LabelSets, predicted: LabelSets) -> float:
    """F1 over all label decisions together."""
    hits = sum(len(t & p) for t, p in zip(truth, predicted, strict=True))
    return _ratio(2 * hits, sum(map(len, truth)) + sum(map(len, predicted)))


def exact_match(truth: LabelSets, predicted: LabelSets) -> float:
    """Share of rows whose label set is right as a whole."""
    return _ratio(sum(t == p for t, p in zip(truth, predicted, strict=True)), len(truth))


def calibration_error(probabilities: Floats, correct: Floats, bins: int = 15) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015; Guo et al. 2017)."""
    flat, hits = probabilities.ravel(), correct.ravel()
    which = np.minimum((flat * bins).astype(int), bins - 1)
    gaps = [
        abs(float(flat[which == index].sum() - hits[which == index].sum()))
        for index in range(bins)
        if (which == index).any()
    ]
    return _ratio(sum(gaps), len(flat))


def auroc(lower: Floats, higher: Floats) -> float:
    """Probability that a random one of `higher` lies above a random one of `lower`; a tie counts half."""
    ordered = np.sort(lower)
    below, not_above = (np.searchsorted(ordered, higher, side=side) for side in ("left", "right"))
    return float((below + not_above).mean() / 2 / len(lower))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Probabilities of one range: their mean, how often they were right, and how many they are."""

    confidence: float
    right: float
    count: int


def calibration_curve(probabilities: Floats, correct: Floats, bins: int = 10) -> list[Bin]:
    """The reliability diagram in equal-width bins; empty ones are left out."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    held = [(probabilities[which == index], correct[which == index]) for index in range(bins)]
    return [
        Bin(confidence=float(sure.mean()), right=float(right.mean()), count=len(sure))
        for sure, right in held
        if len(sure)
    ]


def krippendorff_alpha(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Krippendorff's alpha of two complete binary labellings (nominal; Krippendorff 2011); 1 when nobody disagrees."""
    values = 2 * len(first)
    ones = sum(first) + sum(second)
    disagreed = sum(a != b for a, b in zip(first, second, strict=True))
    expected = 2 * ones * (values - ones) / (values - 1) if values > 1 else 0.0
    return 1.0 if not disagreed else 1.0 - 2 * disagreed / expected


def cohen_kappa(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Agreement of two binary labellings beyond chance (Cohen 1960); 1 when both are constant and equal."""
    size = len(first)
    agreed = _ratio(sum(a == b for a, b in zip(first, second, strict=True)), size)
    share_first, share_second = _ratio(sum(first), size), _ratio(sum(second), size)
    chance = share_first * share_second + (1 - share_first) * (1 - share_second)
    return 1.0 if chance == 1.0 else (agreed - chance) / (1 - chance)

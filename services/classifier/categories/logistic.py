"""Ridge logistic regression over embeddings, and what each row would have scored had it been left out. Pure numpy.

scikit-learn and scipy have the regression, for 200 MB and 70 MB of image and a third more memory; with a few hundred
rows of a few hundred values Newton's method is a dozen lines. Left-out scores come from one step of the same method
per row (approximate leave-one-out; Rad and Maleki 2020, "A scalable estimate of the out-of-sample prediction error").
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.classifier.scoring.calibration import sigmoid

Doubles = npt.NDArray[np.float64]

_MAX_STEPS: Final = 25
_STILL: Final = 1e-6
"""A step that promises less than this, relative to the summed weight, ends the search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticFit:
    """A fitted regression over rows of `[features]`."""

    weights: Doubles
    bias: float
    left_out_logits: Doubles
    """`[rows]`: the logit of each row by a fit without it."""


def fit_logistic(rows: Doubles, truth: Doubles, row_weights: Doubles, *, ridge: float) -> LogisticFit:
    """Minimises the weighted log loss of `rows` `[N, features]` against `truth` `[N]` (0 or 1) plus ridge / 2 · ‖w‖².

    The bias is not penalised. Both classes must occur and `ridge` be above 0, else the minimum is at infinity.
    """
    design = np.hstack([rows, np.ones((len(rows), 1))])
    penalty = np.full(design.shape[1], ridge)
    penalty[-1] = 1e-6
    found: Doubles = np.zeros(design.shape[1])
    found[-1] = _log_odds(truth, row_weights)
    for _ in range(_MAX_STEPS):
        slope, curvature = _derivatives(design, truth, row_weights, penalty, found)
        step = np.asarray(np.linalg.solve(curvature, slope), dtype=np.float64)
        found = found - _damped(design, truth, row_weights, penalty, found, step)
        if slope @ step < _STILL * row_weights.sum():
            break
    return LogisticFit(
        weights=found[:-1],
        bias=float(found[-1]),
        left_out_logits=_left_out(design, truth, row_weights, penalty, found),
    )


def _log_odds(truth: Doubles, row_weights: Doubles) -> float:
    share = float(np.average(truth, weights=row_weights))
    return float(np.log(share / (1 - share)))


def _derivatives(
    design: Doubles, truth: Doubles, row_weights: Doubles, penalty: Doubles, found: Doubles
) -> tuple[Doubles, Doubles]:
    probabilities = sigmoid_of(design @ found)
    slope = design.T @ (row_weights * (probabilities - truth)) + penalty * found
    curvature = (design * (row_weights * probabilities * (1 - probabilities))[:, None]).T @ design
    curvature[np.diag_indices_from(curvature)] += penalty
    return slope, curvature


def _loss(design: Doubles, truth: Doubles, row_weights: Doubles, penalty: Doubles, found: Doubles) -> float:
    logits = design @ found
    return float((row_weights * (np.logaddexp(0.0, logits) - truth * logits)).sum() + penalty @ found**2 / 2)


def _damped(
    design: Doubles, truth: Doubles, row_weights: Doubles, penalty: Doubles, found: Doubles, step: Doubles
) -> Doubles:
    """The step, halved until it helps: far from the minimum a whole one may overshoot."""
    before = _loss(design, truth, row_weights, penalty, found)
    while _loss(design, truth, row_weights, penalty, found - step) > before and np.abs(step).max() > _STILL:
        step = step / 2
    return step


def _left_out(design: Doubles, truth: Doubles, row_weights: Doubles, penalty: Doubles, found: Doubles) -> Doubles:
    logits = design @ found
    probabilities = sigmoid_of(logits)
    _, curvature = _derivatives(design, truth, row_weights, penalty, found)
    leverage = (np.linalg.solve(curvature, design.T) * design.T).sum(axis=0)
    bend = row_weights * probabilities * (1 - probabilities)
    pull = leverage * row_weights * (probabilities - truth)
    left_out: Doubles = logits + pull / np.maximum(1 - bend * leverage, 1e-3)
    return left_out


def sigmoid_of(logits: Doubles) -> Doubles:
    """The logistic function in double precision."""
    result: Doubles = sigmoid(logits)  # type: ignore[arg-type, assignment]  # it keeps the precision it is given
    return result

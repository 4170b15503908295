"""How improbable a count is: the upper tail of the negative binomial distribution. Pure.

Looked at: scipy.stats.nbinom, which would triple the store's image for one function.
"""

from math import exp, lgamma, log, log1p
from typing import Final

_TINY: Final = 1e-300
_PRECISION: Final = 1e-12
_MOST_TERMS: Final = 10_000


def upper_tail(seen: int, mean: float, variance: float) -> float:
    """P(X >= seen) for a negative binomial X of this mean and variance (variance > mean > 0).

    It is the regularized incomplete beta function I_x(seen, r) with r = mean² / (variance - mean) and
    x = (variance - mean) / variance (Abramowitz and Stegun 26.5.26).
    """
    if seen <= 0:
        return 1.0
    shape = mean * mean / (variance - mean)
    return _incomplete_beta(float(seen), shape, (variance - mean) / variance)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges fast on this side of the mean only; the other side is one minus the mirror image.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1.0 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22, 3.10)."""
    c, d = 1.0, _inverse(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = _inverse(1 + coefficient * d)
            c = _away_from_zero(1 + coefficient / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _inverse(value: float) -> float:
    return 1 / _away_from_zero(value)


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

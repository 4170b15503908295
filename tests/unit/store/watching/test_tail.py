"""The tail of the negative binomial distribution, against summing its terms."""

from math import exp, isclose, lgamma, log

import pytest

from services.store.watching.tail import upper_tail


def summed(seen: int, mean: float, variance: float) -> float:
    shape, chance = mean**2 / (variance - mean), mean / variance
    terms = (
        exp(lgamma(k + shape) - lgamma(shape) - lgamma(k + 1) + shape * log(chance) + k * log(1 - chance))
        for k in range(seen)
    )
    return 1 - sum(terms)


@pytest.mark.parametrize("mean", [0.02, 0.7, 5.0, 80.0])
@pytest.mark.parametrize("spread", [1.001, 1.5, 4.0])
def test_it_is_the_sum_of_the_terms(mean: float, spread: float) -> None:
    for seen in (1, 2, 5, 20, 100):
        found = upper_tail(seen, mean, mean * spread)
        assert isclose(found, summed(seen, mean, mean * spread), rel_tol=1e-6, abs_tol=1e-9)


def test_nothing_seen_is_certain_and_much_is_not() -> None:
    assert upper_tail(0, 3.0, 4.0) == 1.0
    assert 0 <= upper_tail(1_000_000, 3.0, 4.0) < 1e-200
    assert upper_tail(100_000, 100_000.0, 110_000.0) == pytest.approx(0.5, abs=0.01)

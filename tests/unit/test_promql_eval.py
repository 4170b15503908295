"""The evaluator of rules against answers known by hand."""

import pytest

from tests.support.promql_eval import Scrapes, evaluate, samples

BEFORE = 'a_total{kind="x"} 10\na_total{kind="y"} 0\n'
AFTER = (
    'a_total{kind="x"} 40\na_total{kind="y"} 15\nb 0.5\nc_bucket{le="1"} 2\nc_bucket{le="2"} 4\nc_bucket{le="+Inf"} 6\n'
)


@pytest.fixture
def scrapes() -> Scrapes:
    texts = ({"one": f"# TYPE a counter\n{text}", "two": f"# TYPE a counter\n{text}"} for text in (BEFORE, AFTER))
    before, after = (samples(each) for each in texts)
    return Scrapes(before, after, 15.0)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("sum(rate(a_total[1h]))", [6.0]),
        ('sum(increase(a_total{kind=~"x|z"}[5m]))', [60.0]),
        ('sum(a_total{kind!="x"}) / sum(a_total) > 0.2', [30 / 110]),
        ('sum(a_total{kind!="x"}) / sum(a_total) > 0.3', []),
        ("max by (kind) (a_total) >= 15", [15.0, 40.0]),
        ("max(b) * 4 - 1", [1.0]),
        ("sum(absent_total) > 0", []),
        ("sum(a_total) - sum(a_total offset 1w)", [90.0]),
        ("sum(a_total) - sum(a_total offset 1w) > 95", []),
        ("max(b) > 0 and max(b) < 1", [0.5]),
        ("max(b) > 0 and max(b) > 1", []),
        ("histogram_quantile(0.5, sum by (le) (c_bucket))", [1.5]),
        ("histogram_quantile(0.99, sum by (le) (c_bucket))", [2.0]),
    ],
)
def test_expressions_have_the_values_worked_out_by_hand(scrapes: Scrapes, expression: str, values: list[float]) -> None:
    assert sorted(evaluate(expression, scrapes).values()) == pytest.approx(values)


def test_what_is_not_supported_is_refused(scrapes: Scrapes) -> None:
    with pytest.raises(ValueError, match="not supported"):
        evaluate("absent(a_total)", scrapes)

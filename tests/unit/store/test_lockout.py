"""The wait after failed logins."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.store.people.lockout import ADDRESS_FACTOR, LockoutPolicy, subjects

POLICY = LockoutPolicy(free_attempts=5, first_seconds=1, longest_seconds=900)


def test_the_wait_doubles_after_the_free_attempts_up_to_its_longest() -> None:
    waits = [POLICY.wait(failures).total_seconds() for failures in range(1, 18)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


@given(failures=st.integers(0, 2**40), factor=st.sampled_from([1, ADDRESS_FACTOR]))
def test_the_wait_never_shrinks_with_further_failures_and_has_a_bound(failures: int, factor: int) -> None:
    wait = POLICY.wait(failures, factor=factor)
    assert timedelta() <= wait <= POLICY.wait(failures + 1, factor=factor) <= timedelta(seconds=900)


def test_an_attempt_is_counted_under_name_and_address() -> None:
    assert subjects("ada", "::1") == (("address:::1", ADDRESS_FACTOR), ("user:ada", 1))
    assert subjects("ada", "") == (("user:ada", 1),)

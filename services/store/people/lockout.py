"""How long a name or an address must wait after failed logins (ASVS 2.2.1). Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

ADDRESS_FACTOR: Final = 10
"""An address may be an office or a carrier: it gets so many times the attempts of a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutPolicy:
    """After `free_attempts` failures a name waits `first_seconds`, twice as long after each further one."""

    free_attempts: int = 5
    first_seconds: float = 1
    longest_seconds: float = 900

    @property
    def forget_after(self) -> timedelta:
        """Silence after which the count starts again."""
        return timedelta(seconds=2 * self.longest_seconds)

    def wait(self, failures: int, *, factor: int = 1) -> timedelta:
        """The wait after so many failures in a row; zero while attempts are free."""
        beyond = failures - self.free_attempts * factor
        if beyond < 0:
            return timedelta()
        # The exponent is bounded before the power: counts have no bound.
        return timedelta(seconds=min(self.first_seconds * 2.0 ** min(beyond, 32), self.longest_seconds))


def subjects(username_key: str, address: str) -> tuple[tuple[str, int], ...]:
    """What an attempt is counted under, with its factor, in the order in which rows are locked."""
    by_address = ((f"address:{address}", ADDRESS_FACTOR),) if address else ()
    return (*by_address, (f"user:{username_key}", 1))

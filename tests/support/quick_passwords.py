"""Password hashes that cost next to nothing, for tests of what surrounds them; test_users.py has the real ones."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from services.store.people import passwords


@pytest.fixture(scope="module")
def quick_passwords() -> Iterator[None]:
    """Stores in this process hash with the fewest passes and the least memory that Argon2id has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield

"""Argon2id password hashes, computed beside the event loop and only a few at a time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106, section 4, second recommended option: 64 MiB, three passes, four lanes. The library's default.
_HASHER: Final = PasswordHasher()
_NOBODY: Final = "the password of a user who does not exist"


class Passwords:
    """Hashes and checks passwords on its own threads, which bound the memory that logins can take."""

    def __init__(self, *, concurrency: int) -> None:
        self._threads = ThreadPoolExecutor(max_workers=concurrency, thread_name_prefix="argon2")
        self._slots = asyncio.Semaphore(concurrency)
        self._hash_of_nobody: str | None = None

    async def hash(self, password: str) -> str:
        """A fresh Argon2id hash in PHC format."""
        async with self._slots:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _HASHER.hash, password)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password has this hash. None, for a user who does not exist, takes as long and is never true."""
        wanted = await self._nobody() if password_hash is None else password_hash
        async with self._slots:
            right = await asyncio.get_running_loop().run_in_executor(self._threads, _verify, wanted, password)
        return right and password_hash is not None

    async def _nobody(self) -> str:
        if self._hash_of_nobody is None:
            self._hash_of_nobody = await self.hash(_NOBODY)
        return self._hash_of_nobody

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(cancel_futures=True)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False

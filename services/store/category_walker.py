"""Judges history by categories that were applied, and fits categories anew where another encoder serves.

The work is arithmetic inside Postgres, a few thousand messages per transaction; how far it is stands in the category's
row, so it goes on where a process that died has left it. Several processes never walk the same category at once.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from services.runtime.errors import EarshotError
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import taxonomy
from services.store.taxonomy.category import Definition, Head

_logger = structlog.get_logger("earshot.taxonomy")

_SPAN: Final = 5_000


class Fitter(Protocol):
    """What fits categories; raises the three errors of `classifier_client`."""

    async def encoder(self) -> str:
        """Which encoder serves; empty: none."""

    async def fit_category(self, definition: Definition, negative_examples: Sequence[str]) -> Head | None:
        """What recognises a category."""


class CategoryWalker:
    """The background loop of one process."""

    def __init__(self, database: Database, fitter: Fitter, *, look_seconds: float) -> None:
        """`database` needs one connection for it.

        Applying wakes the walker of its own process. Every `look_seconds` it looks for what one that died has left, and
        which encoder serves.
        """
        self._database = database
        self._fitter = fitter
        self._look_seconds = look_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A category was applied."""
        self._woken.set()

    async def run(self) -> None:
        """Works for ever."""
        while True:
            self._woken.clear()
            try:
                if await self._step():
                    continue
                await self._refit()
            except (ClassifierAwayError, ClassifierLostError, TextsRefusedError) as error:
                _logger.warning("categories wait to be fitted anew", problem=str(error))
            except EarshotError as error:
                _logger.warning("history waits to be judged", problem=error.message)
            except Exception:
                _logger.exception("judging history failed")
            await self._sleep_until_woken()

    async def _step(self) -> bool:
        """One span of one walk; False where none waits."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            walk = await taxonomy.next_walk(connection)
            if walk is None:
                return False
            if not await taxonomy.walk_on(connection, walk, _SPAN):
                _logger.info("history is judged", workspace=walk.workspace_id, category=str(walk.category_id))
        return True

    async def _refit(self) -> None:
        """Categories that were fitted for another encoder than the one that serves."""
        serving = await self._fitter.encoder()
        if not serving:
            return
        async with self._database.transaction("", role=WORKER_ROLE, readonly=True) as connection:
            outdated = await taxonomy.of_other_encoders(connection, serving)
        for workspace_id, category_id, definition in outdated:
            head = await self._fitter.fit_category(definition, ())
            if head is None:
                return
            async with self._database.transaction("", role=WORKER_ROLE) as connection:
                await taxonomy.refit(connection, workspace_id, category_id, head)
            _logger.info(
                "category fitted anew", workspace=workspace_id, category=str(category_id), encoder=head.encoder
            )

    async def _sleep_until_woken(self) -> None:
        try:
            async with asyncio.timeout(self._look_seconds):
                await self._woken.wait()
        except TimeoutError:
            return

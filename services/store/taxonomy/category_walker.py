"""Judges history by categories that were applied, and fits categories anew where another encoder serves.

The work is arithmetic inside Postgres, a few thousand messages per transaction; how far it is stands in the category's
row, so it goes on where a process that died has left it. Several processes never walk the same category at once.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

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
    """The step of one process' background loop."""

    def __init__(self, database: Database, fitter: Fitter) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._fitter = fitter

    async def step(self) -> bool:
        """A span of a walk, or, where none waits, what another encoder asks for; True after a span."""
        if await self._walk_on():
            return True
        try:
            await self._refit()
        except (ClassifierAwayError, ClassifierLostError, TextsRefusedError) as error:
            _logger.warning("categories wait to be fitted anew", problem=str(error))
        # What came before they were fitted anew is history to them.
        return await self._walk_on()

    async def _walk_on(self) -> bool:
        """One span of one walk; False where none waits."""
        async with self._database.transaction("", role=WORKER_ROLE) as connection:
            walk = await taxonomy.next_walk(connection, _SPAN)
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

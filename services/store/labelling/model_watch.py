"""Keeps how the model that serves errs on the golden set, so that what it labelled can be corrected for later too."""

from collections.abc import Sequence
from typing import Final, Protocol

import structlog

from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.loop import Loop
from services.store.pool import WORKER_ROLE, Database
from services.store.repositories import model_confusions
from services.store.statistics.correction import Confusion
from services.store.statistics.estimates import Model

_logger = structlog.get_logger("earshot.model_watch")

LOOK_SECONDS: Final = 60.0
_FIRST_WAIT_SECONDS: Final = 1.0


class Measured(Protocol):
    """What tells of the model that serves; raises the three errors of `classifier_client`."""

    async def ready(self) -> None:
        """Returns when it takes calls."""

    async def confusions(self) -> tuple[Model, Sequence[tuple[str, str, Confusion]]]:
        """The model, and its errors: (kind, label, confusion) each; none where it was not measured."""


class ModelWatch:
    """The background loop of one process."""

    def __init__(self, database: Database, classifier: Measured) -> None:
        """`database` needs one connection for it."""
        self._database = database
        self._classifier = classifier
        self._kept: object = None
        self._wait_seconds = _FIRST_WAIT_SECONDS

    async def run(self) -> None:
        """Looks for ever."""
        await Loop("model watch", step=self.step, next_seconds=self.next_seconds, longest_seconds=LOOK_SECONDS).run()

    async def step(self) -> bool:
        """Asks which model serves and keeps what is new; nothing is left to do at once."""
        await self._classifier.ready()
        try:
            found = await self._classifier.confusions()
        except (ClassifierAwayError, ClassifierLostError, TextsRefusedError) as error:
            _logger.warning("the model's errors are not known yet", problem=str(error))
            return False
        if found != self._kept and found[1]:
            async with self._database.transaction("", role=WORKER_ROLE) as connection:
                await model_confusions.keep(connection, *found)
        self._kept = found
        return False

    async def next_seconds(self) -> float | None:
        """Soon, and then later and later, while nothing is known: the model is loading, or the classifier is away."""
        wait_seconds, self._wait_seconds = self._wait_seconds, min(self._wait_seconds * 2, LOOK_SECONDS)
        return wait_seconds if self._kept is None else None

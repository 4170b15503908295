"""What statistics would be if the model in the classifier's shadow had labelled the messages (B18). Writes nothing."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from services.runtime.errors import ConflictError, ErrorReason, InvalidInputError, LimitExceededError
from services.store.filters import TimeRange
from services.store.message import LabelSet
from services.store.pool import Database
from services.store.repositories.model_previews import pages
from services.store.repositories.statistics import run_query
from services.store.statistics.estimates import Model
from services.store.statistics.model_preview import LabelBits, ModelPreview, PreviewedMessage, Tally
from services.store.statistics.question import StatsQuery
from services.store.statistics.validation import closed_at
from services.store.watching.buckets import local_midnight

_DAY: Final = timedelta(days=1)


class Shadow(Protocol):
    """The model that is tried out."""

    async def shadow(self) -> Model:
        """Which it is. Raises FailedPreconditionError without one, and what the classifier answers."""

    async def classify_by_shadow(self, texts: Sequence[str]) -> tuple[Model, list[LabelSet]]:
        """Which model answered, and its labels, text by text. Raises what the classifier answers."""


class ModelPreviewing:
    """Previews over one database, one at a time: the shadow has one worker."""

    def __init__(self, database: Database, shadow: Shadow, *, most_messages: int) -> None:
        """A range with more than `most_messages` is refused."""
        self._database = database
        self._shadow = shadow
        self._most_messages = most_messages
        self._running = asyncio.Lock()

    async def preview(self, workspace_id: str, time_range: TimeRange | None, time_zone: str) -> ModelPreview:
        """Every message of a validated range, None for yesterday in the zone, as it is and as it would be.

        Raises InvalidInputError (BAD_RANGE), LimitExceededError (TOO_MANY_CALLS) while another one runs,
        FailedPreconditionError without a shadow, ConflictError where it changes, and what the classifier answers.
        """
        if self._running.locked():
            raise LimitExceededError(
                "Another preview is running here already.",
                reason=ErrorReason.TOO_MANY_CALLS,
                hint="Try again when it has ended.",
                retry_after_seconds=10,
            )
        async with self._running:
            closed, as_of = await self._closed(workspace_id, time_range, time_zone)
            model, tally = await self._shadow.shadow(), Tally()
            async with aclosing(pages(self._database, workspace_id, closed, as_of)) as read:
                async for page in read:
                    await self._count(page, model, tally)
        return ModelPreview(shadow=model, tally=tally, range=closed, as_of=as_of)

    async def _closed(
        self, workspace_id: str, time_range: TimeRange | None, time_zone: str
    ) -> tuple[TimeRange, datetime]:
        """The range, and the instant at which it is looked at."""
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            now: datetime = await connection.fetchval("SELECT now()")
        closed = closed_at(StatsQuery(range=time_range or _yesterday(now, ZoneInfo(time_zone))), now).range
        found = await run_query(self._database, workspace_id, StatsQuery(range=closed))
        if found.total > self._most_messages:
            raise InvalidInputError.of_field(
                "range",
                f"must hold at most {self._most_messages:,} messages, not {int(found.total):,}",
                reason=ErrorReason.BAD_RANGE,
                hint="Shorten the range.",
            )
        return closed, now

    async def _count(self, page: Sequence[PreviewedMessage], model: Model, tally: Tally) -> None:
        asked = [(message, message.text) for message in page if message.text is not None]
        for message in page:
            if message.text is None:
                tally.stays(message)
        if not asked:
            return
        answered_by, found = await self._shadow.classify_by_shadow([text for _, text in asked])
        if answered_by != model:
            raise ConflictError(
                f"The model in the shadow was {model.version}, and {answered_by.version or 'another'} answered.",
                hint="Bring the same model into the shadow of every process of the classifier, then ask again.",
            )
        for (message, _), labels in zip(asked, found, strict=True):
            tally.relabelled(message, LabelBits.of(labels))


def _yesterday(now: datetime, zone: ZoneInfo) -> TimeRange:
    today = now.astimezone(zone).date()
    return TimeRange(start=local_midnight(today - _DAY, zone), end=local_midnight(today, zone))

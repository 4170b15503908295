"""Labels history anew by the model that serves, where somebody asked for it.

How far a relabelling is stands in its row, and moves in the transaction that writes the labels: a process that dies
loses nothing, and the next one goes on. Of all processes one works at a time on each, one batch after the other, so
that fresh messages keep the classifier to themselves. What somebody judges meanwhile stays as it was judged.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol
from uuid import UUID

import structlog

from services.runtime.errors import UnavailableError
from services.store.classifier_client import ClassifierAwayError, ClassifierLostError, TextsRefusedError
from services.store.embedding import Enrichment
from services.store.labelling.batches import Batches, Labelled, Labeller
from services.store.pool import WORKER_ROLE, Connection, Database
from services.store.repositories import embeddings, label_queue, label_sets, message_changes, relabellings, taxonomy
from services.store.repositories.label_queue import WaitingMessage
from services.store.repositories.message_changes import Kind
from services.store.repositories.relabellings import Progress, Relabelling, Turn
from services.store.statistics.estimates import Model
from services.store.statistics.model_preview import LabelBits

_logger = structlog.get_logger("earshot.relabeller")

BATCH_SIZE: Final = 64


class Classifier(Labeller, Protocol):
    """What labels texts; raises the three errors of `classifier_client`."""

    async def ready(self) -> None:
        """Returns when it takes calls."""

    async def model(self) -> Model:
        """Which model serves."""


class Relabeller:
    """The step of one process' background loop."""

    def __init__(self, database: Database, classifier: Classifier, *, languages: Sequence[str] = ()) -> None:
        """`database` needs one connection for it. `languages`: those classified where a workspace says nothing."""
        self._database = database
        self._classifier = classifier
        self._batches = Batches(classifier, size=BATCH_SIZE, languages=languages)

    async def step(self) -> bool:
        """A batch of a relabelling; False where none waits. UnavailableError: the classifier is away, and it waits."""
        await self._classifier.ready()
        try:
            async with self._database.transaction("", role=WORKER_ROLE) as connection:
                relabelling = await relabellings.claim(connection)
                if relabelling is None:
                    return False
                await self._go_on(connection, relabelling)
        except ClassifierLostError as error:
            _logger.warning("classifier lost a batch, the next ones are smaller", problem=str(error))
        except (ClassifierAwayError, TextsRefusedError) as error:
            raise UnavailableError(f"The classifier is away: {error}") from error
        return True

    async def _go_on(self, connection: Connection, relabelling: Relabelling) -> None:
        model = await self._classifier.model()
        turns = await relabellings.turns(connection, relabelling, model, self._batches.size)
        if not turns:
            await relabellings.end(connection, relabelling)
            _logger.info(
                "history is labelled anew", workspace=relabelling.workspace_id, relabelling=str(relabelling.id)
            )
            return
        labelled = await self._batches.label([turn.waiting for turn in turns if turn.waiting])
        found = {message.id: made for message, made in labelled.done}
        if any(Model(made.labels.model_name, made.labels.model_version) != model for made in found.values()):
            raise UnavailableError("The processes of the classifier serve different models.")
        await self._write(connection, relabelling, turns, found, labelled)

    async def _write(
        self,
        connection: Connection,
        relabelling: Relabelling,
        turns: Sequence[Turn],
        found: Mapping[UUID, Enrichment],
        labelled: Labelled,
    ) -> None:
        workspace_id = relabelling.workspace_id
        seen = {turn.id: turn.valid_from for turn in turns if turn.valid_from and _says_more(turn, found)}
        written = await label_sets.lock_unchanged(connection, workspace_id, seen)
        before = {turn.id: turn.labels for turn in turns}
        after = {message_id: LabelBits.of(found[message_id].labels) for message_id in written}
        done = Progress(
            considered=len(turns),
            judged=sum(turn.judged for turn in turns),
            relabelled=len(written),
            changed=sum(after[message_id] != before[message_id] for message_id in written),
            refused=len(labelled.refused),
        )
        if await relabellings.advance(connection, relabelling, turns[-1], done) and written:
            newly = {turn.id for turn in turns if turn.unsupported} & written
            await _judge(connection, [made for made in labelled.done if made[0].id in newly])
            await message_changes.record(connection, Kind.LABELLED, [workspace_id] * len(written), sorted(written))
            await label_queue.notify_done(connection, sorted(written))
            # Last: they hold from the instant they are written.
            sets = {message_id: found[message_id].labels for message_id in sorted(written)}
            await label_sets.supersede(
                connection, workspace_id, sets, after=max(seen[message_id] for message_id in written)
            )


def _says_more(turn: Turn, found: Mapping[UUID, Enrichment]) -> bool:
    """Whether the model has said anything; it says nothing of a language that is still not accepted."""
    return turn.id in found and not (turn.unsupported and found[turn.id].labels.unsupported_language)


async def _judge(connection: Connection, made: Sequence[tuple[WaitingMessage, Enrichment]]) -> None:
    """What was not classified until now gets its custom categories."""
    embedded = [(message, enrichment.embedding) for message, enrichment in made if enrichment.embedding]
    await embeddings.write(connection, embedded)
    await taxonomy.judge(connection, [message for message, _ in embedded])

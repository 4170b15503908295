"""Labels batches of messages so that one text costs its batch mates nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from services.store.classifier_client import ClassifierLostError, TextsRefusedError
from services.store.embedding import Enrichment
from services.store.repositories.label_queue import WaitingMessage

_logger = structlog.get_logger("earshot.enricher")


class Labeller(Protocol):
    """What labels texts; raises the three errors of `classifier_client`."""

    async def classify(self, texts: Sequence[str], languages: Sequence[str] = ()) -> list[Enrichment]:
        """Labels and embedding of each text, in their order; no labels in other languages than these, where given."""


@dataclass(slots=True)
class Labelled:
    """What became of a batch."""

    done: list[tuple[WaitingMessage, Enrichment]] = field(default_factory=list)
    refused: list[WaitingMessage] = field(default_factory=list)


class Batches:
    """Batches whose size follows what the classifier bears."""

    def __init__(self, labeller: Labeller, *, size: int, languages: Sequence[str] = ()) -> None:
        """`size`: messages at most. `languages`: those classified where a workspace says nothing."""
        self._labeller = labeller
        self._largest = size
        self._languages = tuple(languages)
        self.size = size
        """How many the next batch may have."""

    async def label(self, batch: Sequence[WaitingMessage]) -> Labelled:
        """Labels a batch; where the classifier stays silent, the next batches are smaller, down to single messages.

        So a text that kills or stalls the classifier is found too: alone in its batch it is taken for the culprit.
        Raises ClassifierAwayError, and ClassifierLostError for what was more than one message.
        """
        labelled = Labelled()
        try:
            for languages, part in self._by_languages(batch).items():
                await self._label_part(part, languages, labelled)
        except ClassifierLostError:
            self.size = max(1, len(batch) // 2)
            if len(batch) > 1:
                raise
            return Labelled(refused=list(batch))
        self.size = min(self._largest, self.size * 2)
        return labelled

    def _by_languages(self, batch: Sequence[WaitingMessage]) -> Mapping[tuple[str, ...], list[WaitingMessage]]:
        """The batch by the languages to classify, which a call has one list of."""
        parts: defaultdict[tuple[str, ...], list[WaitingMessage]] = defaultdict(list)
        for message in batch:
            parts[self._languages if message.languages is None else message.languages].append(message)
        return parts

    async def _label_part(self, part: Sequence[WaitingMessage], languages: tuple[str, ...], labelled: Labelled) -> None:
        """Halves what is refused until single messages are left, so that one bad text costs its batch mates nothing."""
        try:
            enrichments = await self._labeller.classify([message.text for message in part], languages)
        except TextsRefusedError as error:
            if len(part) == 1:
                _logger.warning("classifier refused a message", message_id=str(part[0].id), problem=str(error))
                labelled.refused.extend(part)
                return
            middle = len(part) // 2
            await self._label_part(part[:middle], languages, labelled)
            await self._label_part(part[middle:], languages, labelled)
            return
        labelled.done.extend(zip(part, enrichments, strict=True))

"""A classifier that says what its script says: real gRPC, deterministic labels, faults by words in the text.

It stands in where a test needs faults that the real one cannot be made to have on command.
"""

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from earshot.classifier.v1 import categories_pb2, classifier_pb2, classifier_pb2_grpc, lifecycle_pb2, summary_pb2
from earshot.types.v1 import labels_pb2
from services.store.embedding import EMBEDDING_SIZE

MODEL = labels_pb2.ModelRef(name="scripted", version="1")
SHADOW = labels_pb2.ModelRef(name="scripted", version="2")

# word in the text → its intent
INTENT_OF_WORD = {
    "withdraw": "withdrawal_delayed",
    "deposit": "deposit_failed",
    "bonus": "bonus_missing",
    "login": "login_failed",
    "angry": "complaint",
}
POISON = "poison"
"""A text with this word is refused with INTERNAL, and its whole request with it."""
KILLER = "killer"
"""A text with this word ends the call as a broken connection would: UNAVAILABLE without a reason of ours."""
GERMAN = "bitte"
"""A text with this word is German, every other one English."""
OTHER_MODEL = "other model"
"""A text with these words is labelled as a model with labels of its own does it: without a sentiment."""
OTHER_LABEL = "card_arrival"
DOUBTFUL = "perhaps"
"""A text with this word is worth a look most of all."""


@dataclass(slots=True)
class Script(classifier_pb2_grpc.ClassifierServiceServicer):
    """What it does, and what it has seen."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    """Calls wait until it is set."""
    calls: int = 0
    largest: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    live: Counter[str] = field(default_factory=Counter)
    doubles: set[str] = field(default_factory=set)
    """Texts that two calls worked on at the same time."""
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a call has come in."""
    model: labels_pb2.ModelRef = field(default_factory=lambda: MODEL)
    """Which model serves."""
    intent_of_word: Mapping[str, str] = field(default_factory=lambda: INTENT_OF_WORD)
    """How it labels."""
    encoder: str = "scripted-1"
    """Which encoder serves; another one puts the same text elsewhere."""
    confusions: list[classifier_pb2.LabelConfusion] = field(default_factory=list)
    """How it errs on the golden set."""
    shadow: labels_pb2.ModelRef = field(default_factory=lambda: SHADOW)
    """What is said to be in the shadow; SHADOW is what answers from there."""
    embedded: Counter[str] = field(default_factory=Counter)
    """Texts that Embed was asked for."""

    async def Classify(  # noqa: N802 - the contract's name
        self, request: classifier_pb2.ClassifyRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> classifier_pb2.ClassifyResponse:
        texts = list(request.texts)
        self._begin(texts)
        try:
            await self.open.wait()
            if any(KILLER in text for text in texts):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
            if any(POISON in text for text in texts):
                await context.abort(grpc.StatusCode.INTERNAL, "the model failed")
            answer = self._labelled(
                texts, with_embedding=request.include_embedding, languages=frozenset(request.languages)
            )
            answer.model.CopyFrom(SHADOW if request.by_shadow else self.model)
            return answer
        finally:
            self.live.subtract(texts)

    async def Embed(  # noqa: N802
        self, request: categories_pb2.EmbedRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> categories_pb2.EmbedResponse:
        if any(POISON in text for text in request.texts):
            await context.abort(grpc.StatusCode.INTERNAL, "the model failed")
        self.embedded.update(request.texts)
        embeddings = [categories_pb2.Embedding(values=embedding(text, self.encoder)) for text in request.texts]
        return categories_pb2.EmbedResponse(embeddings=embeddings, encoder_version=self.encoder, model=self.model)

    async def Summarize(  # noqa: N802
        self, request: summary_pb2.SummarizeRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> summary_pb2.SummarizeResponse:
        return summary_pb2.SummarizeResponse(summary=request.text.partition(".")[0], model=self.model)

    async def FitCategory(  # noqa: N802
        self, request: categories_pb2.FitCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> categories_pb2.FitCategoryResponse:
        """A category holds for its first example, and for nothing else."""
        weights = [20 * value for value in embedding(request.examples[0], self.encoder)]
        head = categories_pb2.CategoryHead(weights=weights, bias=-10, threshold=0.5, encoder_version=self.encoder)
        return categories_pb2.FitCategoryResponse(head=head)

    async def GetModelStatus(  # noqa: N802
        self, request: lifecycle_pb2.GetModelStatusRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> lifecycle_pb2.GetModelStatusResponse:
        return lifecycle_pb2.GetModelStatusResponse(
            status=lifecycle_pb2.ModelStatus(active=self.model, shadow=self.shadow)
        )

    async def GetModelInfo(  # noqa: N802
        self, request: classifier_pb2.GetModelInfoRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> classifier_pb2.GetModelInfoResponse:
        return classifier_pb2.GetModelInfoResponse(
            model=self.model,
            embedding_size=EMBEDDING_SIZE,
            encoder_version=self.encoder,
            confusions=self.confusions,
        )

    def _labelled(
        self, texts: list[str], *, with_embedding: bool, languages: frozenset[str]
    ) -> classifier_pb2.ClassifyResponse:
        results = [classification(text, languages, self.intent_of_word) for text in texts]
        if with_embedding:
            for text, result in zip(texts, results, strict=True):
                result.embedding.extend(embedding(text, self.encoder))
        return classifier_pb2.ClassifyResponse(results=results, model=self.model, encoder_version=self.encoder)

    def _begin(self, texts: list[str]) -> None:
        self.calls += 1
        self.largest = max(self.largest, len(texts))
        self.seen.update(texts)
        self.live.update(texts)
        self.doubles.update(text for text in texts if self.live[text] > 1)
        self.entered.set()


def classification(
    text: str, languages: frozenset[str] = frozenset(), intent_of_word: Mapping[str, str] = INTENT_OF_WORD
) -> classifier_pb2.Classification:
    """The labels of a text: one intent per word it knows, else `other`; none in other languages than these, if any."""
    language = "de" if GERMAN in text else "en"
    if languages and language not in languages:
        return classifier_pb2.Classification(language=language, unsupported_language=True)
    if OTHER_MODEL in text:
        own = labels_pb2.LabelScore(label=OTHER_LABEL, probability=0.9)
        return classifier_pb2.Classification(language=language, intents=[own])
    intents = [intent for word, intent in intent_of_word.items() if word in text] or ["other"]
    sentiment = "negative" if "angry" in text else "neutral"
    return classifier_pb2.Classification(
        intents=[
            labels_pb2.LabelScore(label=intent, probability=0.9 - 0.1 * place) for place, intent in enumerate(intents)
        ],
        abstained=intents == ["other"],
        sentiment=labels_pb2.LabelScore(label=sentiment, probability=0.75),
        language=language,
        review_value=0.9 if DOUBTFUL in text else 0.5,
    )


def embedding(text: str, encoder: str) -> list[float]:
    """A direction of its own for each text and encoder, of length 1."""
    dice = random.Random(f"{encoder}/{text}")
    values = [dice.gauss(0, 1) for _ in range(EMBEDDING_SIZE)]
    length = math.hypot(*values)
    return [value / length for value in values]


@asynccontextmanager
async def scripted_classifier(
    script: Script | None = None, *, port: int = 0, held: bool = False
) -> AsyncIterator[tuple[Script, str]]:
    """Serves the script on a free port; yields it with its address. `held`: calls wait until the test opens it."""
    script = script or Script()  # type: ignore[abstract]  # the store calls no other method
    if not held:
        script.open.set()
    server = grpc.aio.server()
    classifier_pb2_grpc.add_ClassifierServiceServicer_to_server(script, server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    try:
        yield script, f"127.0.0.1:{bound}"
    finally:
        script.open.set()
        await server.stop(None)

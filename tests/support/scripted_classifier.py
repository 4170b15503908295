"""A classifier that says what its script says: real gRPC, deterministic labels, faults by words in the text.

It stands in where a test needs faults that the real one cannot be made to have on command.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from earshot.classifier.v1 import classifier_pb2, classifier_pb2_grpc
from earshot.types.v1 import labels_pb2

MODEL = labels_pb2.ModelRef(name="scripted", version="1")

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
            return classifier_pb2.ClassifyResponse(results=[classification(text) for text in texts], model=MODEL)
        finally:
            self.live.subtract(texts)

    def _begin(self, texts: list[str]) -> None:
        self.calls += 1
        self.largest = max(self.largest, len(texts))
        self.seen.update(texts)
        self.live.update(texts)
        self.doubles.update(text for text in texts if self.live[text] > 1)
        self.entered.set()


def classification(text: str) -> classifier_pb2.Classification:
    """The labels of a text: one intent per word it knows, else `other`."""
    intents = [intent for word, intent in INTENT_OF_WORD.items() if word in text] or ["other"]
    sentiment = "negative" if "angry" in text else "neutral"
    return classifier_pb2.Classification(
        intents=[
            labels_pb2.LabelScore(label=intent, probability=0.9 - 0.1 * place) for place, intent in enumerate(intents)
        ],
        abstained=intents == ["other"],
        sentiment=labels_pb2.LabelScore(label=sentiment, probability=0.75),
        language="en",
    )


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

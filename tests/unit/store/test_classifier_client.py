"""The classifier as the store asks it: texts of any length, and a model that gives no embedding."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from grpc_status import rpc_status

from earshot.classifier.v1 import categories_pb2
from services.runtime.channel import open_channel
from services.runtime.errors import ErrorReason, FailedPreconditionError
from services.runtime.status import to_status
from services.store.classifier_client import MAX_TEXTS, ClassifierClient
from services.store.taxonomy.category import Definition
from services.store.validation import MAX_TEXT_LENGTH
from tests.support.scripted_classifier import Script, scripted_classifier

LONGEST = "🎰" * (MAX_TEXT_LENGTH - 3)


class Plain(Script):
    """A model without embeddings."""

    async def Embed(self, request: categories_pb2.EmbedRequest, context: Any) -> categories_pb2.EmbedResponse:  # noqa: N802
        await _refuse(context)
        return categories_pb2.EmbedResponse()

    async def FitCategory(  # noqa: N802
        self, request: categories_pb2.FitCategoryRequest, context: Any
    ) -> categories_pb2.FitCategoryResponse:
        await _refuse(context)
        return categories_pb2.FitCategoryResponse()


async def _refuse(context: Any) -> None:
    error = FailedPreconditionError("It gives none.", reason=ErrorReason.MODEL_LACKS_OUTPUT)
    await context.abort_with_status(rpc_status.to_status(to_status(error, request_id="")))


@asynccontextmanager
async def asking(script: Script | None = None) -> AsyncIterator[tuple[Script, ClassifierClient]]:
    async with scripted_classifier(script) as (served, address), open_channel(address) as channel:
        yield served, ClassifierClient(channel, timeout_seconds=30, embeddings=True)


@pytest.mark.parametrize("texts", [[], ["a"], [str(number) for number in range(MAX_TEXTS)]])
async def test_short_texts_are_one_call(texts: list[str]) -> None:
    async with asking() as (script, client):
        assert len(await client.classify(texts)) == len(texts)
        assert script.calls == min(len(texts), 1)


async def test_the_longest_texts_are_labelled_in_calls_that_fit_and_in_their_order() -> None:
    texts = [f"{number:03}{LONGEST}" for number in range(108)]
    async with asking() as (script, client):
        labelled = await client.classify([*texts, "angry about my deposit"])
        assert len(labelled) == len(texts) + 1
        assert labelled[-1].labels.intents[0].label == "deposit_failed"
        assert script.calls > 1
        assert set(script.seen.values()) == {1}
        found = await client.embed(texts)
        assert [made.embedding for made in labelled[:-1]] == found


async def test_a_category_is_fitted_from_whatever_fits_of_very_long_examples_of_others() -> None:
    definition = Definition(name="Long", description="", examples=(LONGEST,))
    async with asking() as (_, client):
        assert await client.fit_category(definition, [LONGEST] * 120) is not None


async def test_a_model_without_embeddings_is_no_failure() -> None:
    async with asking(Plain()) as (_, client):  # type: ignore[abstract]  # as its parent
        assert await client.embed(["a"]) == []
        assert await client.fit_category(Definition(name="Any", description="", examples=("a",)), []) is None

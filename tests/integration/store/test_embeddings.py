"""Embeddings are kept with the labels, and made anew where another encoder serves (D25)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2, taxonomy_pb2
from services.runtime.auth import Role
from services.store.embedding import Embedding
from services.store.filters import Filters, TimeRange
from services.store.labelling.reembedder import Reembedder
from services.store.pool import DEFAULT_WORKSPACE
from services.store.repositories.search import nearest
from services.store.search.question import DEPTH
from tests.support.classifier import RunningClassifier
from tests.support.hearing_store import HearingStore
from tests.support.postgres import connection, fresh_database
from tests.support.scripted_classifier import POISON, embedding, scripted_classifier
from tests.support.store import caller, ingest, new_message, running_store

OLD, NEW = "scripted-1", "scripted-2"


@pytest_asyncio.fixture
async def own_database(postgres_url: str, migrated: str) -> AsyncIterator[str]:
    """A database for one test, because the background works on all there is."""
    async with fresh_database(postgres_url, "embeddings", template=migrated) as url:
        yield url


async def value(database_url: str, sql: str, *arguments: object) -> Any:
    async with connection(database_url) as owner:
        return await owner.fetchval(sql, *arguments)


async def until_embedded(database_url: str, encoder: str, messages: int) -> None:
    """Returns when so many embeddings are of this encoder; TimeoutError after a minute."""
    sql = "SELECT count(*) FROM message_embeddings WHERE encoder = $1"
    async with connection(database_url) as owner, asyncio.timeout(60):
        while await owner.fetchval(sql, encoder) != messages:  # noqa: ASYNC110 - a row has no event to wait for
            await asyncio.sleep(0.02)


async def test_an_embedding_is_written_with_the_labels(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        await rig.client.messages().IngestMessages(ingest(new_message("where is my withdraw"), wait_seconds=30))
    kept = "SELECT (embedding <#> $1::real[]::halfvec(384)) FROM message_embeddings WHERE encoder = $2"
    product = await value(own_database, kept, embedding("where is my withdraw", OLD), OLD)
    assert product == pytest.approx(-1, abs=1e-3)


async def test_the_model_embeds_what_it_labels(hearing_store: HearingStore, classifier: RunningClassifier) -> None:
    text = "where is my withdraw"
    served = await classifier.classify(text, include_embedding=True)
    (message,) = await hearing_store.hear_texts("embeddings", [text])
    kept = """
        SELECT (embedding <#> $1::real[]::halfvec(384)) FROM message_embeddings
        WHERE workspace_id = 'embeddings' AND message_id = $2 AND encoder = $3
    """
    values = list(served.results[0].embedding)
    product = await value(hearing_store.database_url, kept, values, message.id, served.encoder_version)
    assert product == pytest.approx(-1, abs=1e-3)


async def test_an_embedding_comes_into_the_index_and_is_found_before_and_after(
    tmp_path: Path, own_database: str
) -> None:
    waiting = "SELECT count(*) FROM message_embeddings WHERE NOT indexed"
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address) as rig,
    ):
        texts = [f"deposit {number}" for number in range(150)]
        await rig.client.messages().IngestMessages(ingest(*map(new_message, texts), wait_seconds=30))
        async with connection(own_database) as owner, asyncio.timeout(60):
            while await owner.fetchval(waiting):  # noqa: ASYNC110 - a row has no event to wait for
                await asyncio.sleep(0.02)
            some = (
                "UPDATE message_embeddings SET indexed = false WHERE message_id IN (SELECT id FROM messages LIMIT 70)"
            )
            await owner.execute(some)
        database = rig.store.pools.calls
        for text in texts:
            sought = Embedding(encoder=OLD, values=embedding(text, OLD))
            async with database.transaction(DEFAULT_WORKSPACE, readonly=True) as reader:
                found = await nearest(reader, DEFAULT_WORKSPACE, sought, Filters(), TimeRange())
            assert found[0][1] == pytest.approx(1, abs=1e-3), text
            assert len({message_id for message_id, _ in found}) == len(found) == DEPTH


async def test_off_means_that_nothing_is_embedded(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address, embeddings=False) as rig,
    ):
        await rig.client.messages().IngestMessages(ingest(new_message(), wait_seconds=30))
        assert not rig.store.meaning.works
    assert await value(own_database, "SELECT count(*) FROM message_embeddings") == 0


async def test_messages_of_another_encoder_and_those_without_are_embedded_anew(
    tmp_path: Path, own_database: str
) -> None:
    texts = [f"withdraw number {number}" for number in range(150)]
    async with scripted_classifier() as (script, address):
        async with running_store(tmp_path / "off", own_database, classifier_address=address, embeddings=False) as rig:
            await rig.client.messages().IngestMessages(ingest(*map(new_message, texts[:20]), wait_seconds=30))
        async with running_store(
            tmp_path / "on", own_database, classifier_address=address, encoder_check_seconds=0.05
        ) as rig:
            await rig.client.messages().IngestMessages(ingest(*map(new_message, texts[20:]), wait_seconds=30))
            await until_embedded(own_database, OLD, len(texts))
            assert script.embedded.keys() == set(texts[:20])
            script.encoder = NEW
            await until_embedded(own_database, NEW, len(texts))
    near = """
        SELECT m.text FROM message_embeddings e JOIN messages m ON m.id = e.message_id
        ORDER BY e.embedding <#> $1::real[]::halfvec(384) LIMIT 1
    """
    assert await value(own_database, near, embedding(texts[7], NEW)) == texts[7]


async def test_what_a_person_labels_before_the_model_is_embedded_too(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(
            tmp_path,
            own_database,
            classifier_address=address,
            encoder_check_seconds=0.05,
            enricher_retry_seconds=3600,
        ) as rig,
    ):
        (message,) = (await rig.client.messages().IngestMessages(ingest(new_message(f"{POISON} deposit")))).messages
        async with asyncio.timeout(60):
            while not await value(own_database, "SELECT sum(attempts) FROM label_queue"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await value(own_database, "UPDATE messages SET text = 'my deposit' WHERE id = $1", UUID(message.id))
        # Long enough for what looks for labelled messages without an embedding to have seen that there are none.
        await asyncio.sleep(0.5)
        correction = message_pb2.CorrectLabelsRequest(id=message.id, intents=["deposit_failed"], sentiment="neutral")
        await rig.client.messages().CorrectLabels(correction)
        await until_embedded(own_database, OLD, 1)


async def test_custom_categories_follow_the_encoder(tmp_path: Path, own_database: str) -> None:
    admin = caller(Role.ADMIN)
    async with (
        scripted_classifier() as (script, address),
        running_store(tmp_path, own_database, classifier_address=address, encoder_check_seconds=0.05) as rig,
    ):
        taxonomy = rig.client.taxonomy(admin)
        wanted = taxonomy_pb2.CreateCategoryRequest(name="Parcels", examples=["where is my parcel"])
        made = (await taxonomy.CreateCategory(wanted)).category
        await taxonomy.ApplyCategory(taxonomy_pb2.ApplyCategoryRequest(id=made.id))
        script.encoder = NEW
        async with asyncio.timeout(60):
            while made.encoder_version != NEW:
                await asyncio.sleep(0.02)
                made = (await taxonomy.GetCategory(taxonomy_pb2.GetCategoryRequest(id=made.id))).category
        sent = ingest(new_message("where is my parcel"), new_message("something else"), wait_seconds=30)
        fresh = (await rig.client.messages().IngestMessages(sent)).messages
    assert [[shown.name for shown in message.custom_categories] for message in fresh] == [["Parcels"], []]


async def test_a_category_misses_nothing_while_another_encoder_takes_over(tmp_path: Path, own_database: str) -> None:
    """Neither what is labelled before it is fitted anew, nor history that is not embedded anew yet."""
    async with (
        scripted_classifier() as (script, address),
        running_store(tmp_path, own_database, classifier_address=address, encoder_check_seconds=3600) as rig,
    ):
        taxonomy, meaning = rig.client.taxonomy(caller(Role.ADMIN)), rig.store.meaning

        async def hear(*texts: str) -> None:
            await rig.client.messages().IngestMessages(ingest(*map(new_message, texts), wait_seconds=30))

        async def applied(name: str, example: str) -> str:
            wanted = taxonomy_pb2.CreateCategoryRequest(name=name, examples=[example])
            made = (await taxonomy.CreateCategory(wanted)).category
            await taxonomy.ApplyCategory(taxonomy_pb2.ApplyCategoryRequest(id=made.id))
            return made.id

        async def until_matches(category_id: str, matches: int) -> None:
            async with asyncio.timeout(60):
                while True:
                    request = taxonomy_pb2.GetCategoryRequest(id=category_id)
                    found = (await taxonomy.GetCategory(request)).category
                    if not found.walking and found.matches == matches:
                        return
                    await asyncio.sleep(0.02)

        await hear("where is my parcel", "the bonus", "deposit")
        parcels = await applied("Parcels", "where is my parcel")
        await until_matches(parcels, 1)
        script.encoder = NEW
        await hear("where is my parcel")
        bonuses = await applied("Bonuses", "the bonus")
        meaning.reembedding.wake()
        await until_embedded(own_database, NEW, 4)
        meaning.walking.wake()
        await until_matches(bonuses, 1)
        await until_matches(parcels, 2)


async def test_a_category_judges_what_is_embedded_only_later(tmp_path: Path, own_database: str) -> None:
    """Its walk over history is over by then, and passed over what had no embedding."""
    admin = caller(Role.ADMIN)
    async with scripted_classifier() as (_, address):
        async with running_store(tmp_path / "on", own_database, classifier_address=address) as rig:
            wanted = taxonomy_pb2.CreateCategoryRequest(name="Parcels", examples=["where is my parcel"])
            made = (await rig.client.taxonomy(admin).CreateCategory(wanted)).category
            await rig.client.taxonomy(admin).ApplyCategory(taxonomy_pb2.ApplyCategoryRequest(id=made.id))
        async with running_store(tmp_path / "off", own_database, classifier_address=address, embeddings=False) as rig:
            sent = ingest(new_message("where is my parcel"), new_message("something else"), wait_seconds=30)
            await rig.client.messages().IngestMessages(sent)
        async with running_store(tmp_path / "again", own_database, classifier_address=address) as rig:
            await until_embedded(own_database, OLD, 2)
            found = await rig.client.taxonomy(admin).GetCategory(taxonomy_pb2.GetCategoryRequest(id=made.id))
    assert found.category.matches == 1


async def test_nothing_is_made_of_who_is_erased_meanwhile(tmp_path: Path, own_database: str) -> None:
    async with (
        scripted_classifier() as (_, address),
        running_store(tmp_path, own_database, classifier_address=address, encoder_check_seconds=3600) as rig,
    ):

        class Erasing:
            async def ready(self) -> None:
                pass

            async def encoder(self) -> str:
                return NEW

            async def embed(self, texts: Sequence[str]) -> list[Embedding]:
                request = message_pb2.EraseUserRequest(user_id="u-1")
                await rig.client.messages(caller(Role.ADMIN)).EraseUser(request)
                return [Embedding(encoder=NEW, values=embedding(text, NEW)) for text in texts]

        sent = ingest(new_message("my deposit"), new_message("the bonus", user_id="u-2"), wait_seconds=30)
        await rig.client.messages().IngestMessages(sent)
        await Reembedder(rig.store.pools.workers, Erasing()).step()
    left = "SELECT array_agg(text) FROM message_embeddings LEFT JOIN messages ON id = message_id"
    assert await value(own_database, left) == ["the bonus"]


async def test_a_text_that_cannot_be_embedded_holds_up_no_other(tmp_path: Path, own_database: str) -> None:
    async with scripted_classifier() as (script, address):
        async with running_store(tmp_path / "a", own_database, classifier_address=address) as rig:
            await rig.client.messages().IngestMessages(
                ingest(new_message("deposit"), new_message("harmless now"), new_message("login"), wait_seconds=30)
            )
        async with connection(own_database) as owner:
            await owner.execute("UPDATE messages SET text = $1 WHERE text = 'harmless now'", POISON)
        script.encoder = NEW
        async with running_store(tmp_path / "b", own_database, classifier_address=address, encoder_check_seconds=0.05):
            await until_embedded(own_database, NEW, 2)
            # What cannot be made anew is compared with nothing any more, and walks of categories would wait for it.
            await until_embedded(own_database, OLD, 0)

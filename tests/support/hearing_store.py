"""A store whose messages the real model labels and embeds. Tests share it, each in a workspace of its own."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
import pytest_asyncio

from earshot.store.v1 import message_pb2
from services.runtime.auth import Role, TokenSigner
from services.runtime.keys import KeyFiles
from tests.support.classifier import RunningClassifier
from tests.support.postgres import fresh_database
from tests.support.store import StoreRig, caller, ingest, new_message, running_store

CHUNK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingStore:
    """The store, and where its rows are."""

    rig: StoreRig
    database_url: str

    async def hear(self, workspace_id: str, *sent: message_pb2.NewMessage) -> list[message_pb2.Message]:
        """Stores messages and waits for their labels; they come back in their order."""
        stub = self.rig.client.messages(caller(workspace_id=workspace_id))
        heard: list[message_pb2.Message] = []
        for start in range(0, len(sent), CHUNK):
            answer = await stub.IngestMessages(ingest(*sent[start : start + CHUNK], wait_seconds=30))
            heard.extend(answer.messages)
        pending = [message for message in heard if message.status != message_pb2.LABEL_STATUS_LABELLED]
        assert not pending, f"{len(pending)} of {len(heard)} messages have no labels after 30 s"
        return heard

    async def hear_texts(self, workspace_id: str, texts: Sequence[str]) -> list[message_pb2.Message]:
        """As `hear`, for texts alone."""
        return await self.hear(workspace_id, *(new_message(text) for text in texts))


@pytest_asyncio.fixture(scope="session")
async def hearing_store(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_url: str,
    migrated: str,
    classifier: RunningClassifier,
    classifier_keys: KeyFiles,
) -> AsyncIterator[HearingStore]:
    """One for the whole session."""
    token = TokenSigner.from_file(classifier_keys.private_key).sign(
        caller(Role.SERVICE, user_id="service:store"), lifetime_seconds=86_400
    )
    async with (
        fresh_database(postgres_url, "hearing", template=migrated) as database_url,
        running_store(
            tmp_path_factory.mktemp("hearing"),
            database_url,
            classifier_address=classifier.address,
            keys=classifier_keys,
            service_token=token,
        ) as rig,
    ):
        yield HearingStore(rig=rig, database_url=database_url)

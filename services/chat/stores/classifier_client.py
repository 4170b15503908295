"""The classifier as the chat uses it: texts to vectors, quickly or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import grpc

from earshot.classifier.v1 import categories_pb2, classifier_pb2_grpc
from services.runtime.channel import CallingChannel, open_channel
from services.runtime.status import from_rpc_error
from services.runtime.tls import TlsFiles

_SECONDS: Final = 1.0
"""A reader waits for this before the first word; a classifier that is busy for longer is done without."""


def open_classifier_channel(address: str, *, tls: TlsFiles | None) -> CallingChannel:
    """A channel to the classifier that passes the caller's token on."""
    return open_channel(address, default_unary_seconds=_SECONDS, tls=tls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Texts as vectors, in their order, and the version of the encoder that made them: others do not compare."""

    vectors: list[Sequence[float]]
    encoder: str


class Embedder:
    """Embeds texts with the classifier's encoder."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = classifier_pb2_grpc.ClassifierServiceStub(channel)

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """A vector for each of 1 to 256 texts. Raises the EarshotError of a classifier that cannot, or is away."""
        try:
            answer = await self._stub.Embed(categories_pb2.EmbedRequest(texts=texts), timeout=_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        return Embedded(vectors=[embedding.values for embedding in answer.embeddings], encoder=answer.encoder_version)

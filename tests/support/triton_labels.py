"""Labels texts with the real tritonclient: `python triton_labels.py ADDRESS TOKEN` writes one JSON object.

A process of its own, because the client registers the protocol's messages under the same names as the server does.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from tritonclient.grpc.aio import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

TEXTS = ["my deposit was declined", "thanks, you are great", "withdrawal pending 5 days and now I can't log in"]


def text_input(*texts: str) -> InferInput:
    """The texts as the protocol's tensor."""
    tensor = InferInput("text", [len(texts)], "BYTES")
    tensor.set_data_from_numpy(np.array([text.encode() for text in texts], dtype=np.object_))
    return tensor


def predicted(result: Any) -> list[list[str]]:
    """The labels that hold, per text."""
    labels = [label.decode() for label in result.as_numpy("labels")]
    return [[labels[column] for column in np.flatnonzero(row)] for row in result.as_numpy("predicted")]


async def _stream(client: InferenceServerClient, headers: dict[str, str]) -> list[list[str]]:
    async def requests() -> AsyncIterator[dict[str, Any]]:
        for number, text in enumerate(TEXTS):
            yield {"model_name": "classifier", "inputs": [text_input(text)], "request_id": str(number)}

    found = []
    async for result, error in client.stream_infer(requests(), headers=headers):
        assert error is None, error
        found += predicted(result)
    return found


async def main(address: str, token: str) -> dict[str, Any]:
    """Everything the protocol offers, once."""
    headers = {"authorization": f"Bearer {token}"}
    async with InferenceServerClient(address) as client:
        server = await client.get_server_metadata(headers=headers)
        metadata = await client.get_model_metadata("classifier", headers=headers)
        result = await client.infer("classifier", [text_input(*TEXTS)], request_id="r-1", headers=headers)
        wanted = [InferRequestedOutput("embedding")]
        embedded = await client.infer("classifier", [text_input("hi")], outputs=wanted, headers=headers)
        try:
            await client.infer("another", [text_input("hi")], headers=headers)
        except InferenceServerException as error:
            refused = str(error.status())
        return {
            "live": await client.is_server_live(headers=headers),
            "ready": await client.is_server_ready(headers=headers),
            "model_ready": await client.is_model_ready("classifier", headers=headers),
            "other_ready": await client.is_model_ready("another", headers=headers),
            "server": server.name,
            "outputs": [output.name for output in metadata.outputs],
            "id": result.get_response().id,
            "predicted": predicted(result),
            "probabilities": result.as_numpy("probabilities").tolist(),
            "sentiment": [label.decode() for label in result.as_numpy("sentiment")],
            "embedding": list(embedded.as_numpy("embedding").shape),
            "streamed": await _stream(client, headers),
            "refused": refused,
        }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(*sys.argv[1:]))))

"""Tensors of the Open Inference Protocol V2, between its messages and texts or answers. Pure.

Input `text`: BYTES `[N]` or `[N, 1]`. Outputs: `labels` BYTES `[L]` (what the columns are called), `probabilities`
FP32 `[N, L]`, `predicted` BOOL `[N, L]` (after rules and thresholds), `sentiment` BYTES `[N]`,
`sentiment_probability` FP32 `[N]`, and on request `embedding` FP32 `[N, size]`.
"""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from inference import grpc_predict_v2_pb2 as v2
from services.classifier.scoring.artefact import Artefact
from services.classifier.scoring.prediction import Answer, Scored
from services.runtime.errors import ErrorReason, FailedPreconditionError, InvalidInputError

INPUT: Final = "text"
EMBEDDING: Final = "embedding"
_MOOD: Final = ("sentiment", "sentiment_probability")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """An output: strings, or numbers in row-major order."""

    datatype: str
    shape: tuple[int, ...]
    values: Sequence[bytes] | Sequence[float] | Sequence[bool]


_Make: TypeAlias = Callable[[Sequence[Answer], Artefact], Tensor]


def read_texts_tensor(request: v2.ModelInferRequest) -> list[str]:
    """The texts of a request. Raises InvalidInputError naming what does not fit."""
    if len(request.inputs) != 1 or request.inputs[0].name != INPUT or request.inputs[0].datatype != "BYTES":
        raise InvalidInputError.of_field("inputs", f"must be one tensor {INPUT} of BYTES")
    tensor = request.inputs[0]
    if request.raw_input_contents:
        if len(request.raw_input_contents) != 1:
            raise InvalidInputError.of_field("raw_input_contents", "must hold one entry per input")
        values = _unpacked(request.raw_input_contents[0])
    else:
        values = list(tensor.contents.bytes_contents)
    count = len(values)
    if list(tensor.shape) not in ([count], [count, 1]):
        raise InvalidInputError.of_field("inputs[0].shape", f"must be [{count}] or [{count}, 1] for {count} texts")
    try:
        return [value.decode() for value in values]
    except UnicodeDecodeError as error:
        raise InvalidInputError.of_field("inputs[0]", "must be UTF-8", reason=ErrorReason.MALFORMED_MESSAGE) from error


def _unpacked(raw: bytes) -> list[bytes]:
    """Strings behind their lengths: four bytes each, little-endian."""
    values, position = [], 0
    while position < len(raw):
        if position + 4 > len(raw):
            raise InvalidInputError.of_field("raw_input_contents[0]", "ends in the middle of a length")
        (length,) = struct.unpack_from("<I", raw, position)
        position += 4
        if position + length > len(raw):
            raise InvalidInputError.of_field("raw_input_contents[0]", "ends in the middle of a text")
        values.append(raw[position : position + length])
        position += length
    return values


def _labels(_: Sequence[Answer], artefact: Artefact) -> Tensor:
    return _strings(artefact.intents)


def _probabilities(answers: Sequence[Answer], artefact: Artefact) -> Tensor:
    rows = [value for answer in answers for value in answer.prediction.probabilities]
    return Tensor(datatype="FP32", shape=(len(answers), len(artefact.intents)), values=rows)


def _predicted(answers: Sequence[Answer], artefact: Artefact) -> Tensor:
    held = [{name for name, _ in answer.prediction.intents} for answer in answers]
    rows = [intent in names for names in held for intent in artefact.intents]
    return Tensor(datatype="BOOL", shape=(len(answers), len(artefact.intents)), values=rows)


def _embedding(answers: Sequence[Answer], artefact: Artefact) -> Tensor:
    rows = [value for answer in answers for value in answer.prediction.embedding.tolist()]
    return Tensor(datatype="FP32", shape=(len(answers), artefact.embedding_size), values=rows)


def _sentiment(answers: Sequence[Answer], _: Artefact) -> Tensor:
    return _strings([label for label, _ in _sentiments(answers)])


def _sentiment_probability(answers: Sequence[Answer], _: Artefact) -> Tensor:
    return Tensor(
        datatype="FP32", shape=(len(answers),), values=[probability for _, probability in _sentiments(answers)]
    )


def _sentiments(answers: Sequence[Answer]) -> list[Scored]:
    return [answer.prediction.sentiment for answer in answers if answer.prediction.sentiment]


def _strings(values: Iterable[str]) -> Tensor:
    encoded = [value.encode() for value in values]
    return Tensor(datatype="BYTES", shape=(len(encoded),), values=encoded)


_OUTPUTS: Final[Mapping[str, _Make]] = {
    "labels": _labels,
    "probabilities": _probabilities,
    "predicted": _predicted,
    "sentiment": _sentiment,
    "sentiment_probability": _sentiment_probability,
    EMBEDDING: _embedding,
}


def offered_outputs(artefact: Artefact) -> list[str]:
    """Names of the outputs this model gives."""
    lacking = {EMBEDDING: not artefact.embedding_size} | dict.fromkeys(_MOOD, not artefact.sentiments)
    return [name for name in _OUTPUTS if not lacking.get(name)]


def requested_outputs(request: v2.ModelInferRequest, artefact: Artefact) -> list[str]:
    """Names of the outputs wanted; all but the embedding where none is named.

    Raises InvalidInputError, or FailedPreconditionError (MODEL_LACKS_OUTPUT) for one that this model does not give.
    """
    offered = offered_outputs(artefact)
    names = [output.name for output in request.outputs] or [name for name in offered if name != EMBEDDING]
    for index, name in enumerate(names):
        if name not in _OUTPUTS:
            raise InvalidInputError.of_field(f"outputs[{index}].name", f"must be one of {', '.join(offered)}")
        if name not in offered:
            raise FailedPreconditionError(
                f"The model {artefact.name} gives no {name}.",
                reason=ErrorReason.MODEL_LACKS_OUTPUT,
                hint=f"It gives {', '.join(offered)}.",
            )
    return names


def infer_response(
    request: v2.ModelInferRequest, answers: Sequence[Answer], artefact: Artefact
) -> v2.ModelInferResponse:
    """The outputs asked for, raw where the input came raw."""
    response = v2.ModelInferResponse(model_name=request.model_name, model_version=artefact.version, id=request.id)
    for name in requested_outputs(request, artefact):
        tensor = _OUTPUTS[name](answers, artefact)
        output = response.outputs.add(name=name, datatype=tensor.datatype, shape=tensor.shape)
        if request.raw_input_contents:
            response.raw_output_contents.append(_packed(tensor))
        else:
            getattr(output.contents, _CONTENTS[tensor.datatype]).extend(tensor.values)
    return response


_CONTENTS: Final = {"BYTES": "bytes_contents", "FP32": "fp32_contents", "BOOL": "bool_contents"}


def _packed(tensor: Tensor) -> bytes:
    if tensor.datatype == "BYTES":
        return b"".join(struct.pack("<I", len(value)) + value for value in tensor.values if isinstance(value, bytes))
    return np.array(tensor.values, dtype="<f4" if tensor.datatype == "FP32" else "?").tobytes()


def model_metadata(name: str, artefact: Artefact) -> v2.ModelMetadataResponse:
    """What goes in and comes out."""
    metadata = v2.ModelMetadataResponse.TensorMetadata
    count, size = len(artefact.intents), artefact.embedding_size
    outputs = {
        "labels": ("BYTES", [count]),
        "probabilities": ("FP32", [-1, count]),
        "predicted": ("BOOL", [-1, count]),
        "sentiment": ("BYTES", [-1]),
        "sentiment_probability": ("FP32", [-1]),
        EMBEDDING: ("FP32", [-1, size]),
    }
    return v2.ModelMetadataResponse(
        name=name,
        versions=[artefact.version],
        platform="onnxruntime_onnx",
        inputs=[metadata(name=INPUT, datatype="BYTES", shape=[-1])],
        outputs=[
            metadata(name=key, datatype=outputs[key][0], shape=outputs[key][1]) for key in offered_outputs(artefact)
        ],
    )

"""The model itself: tokenizer and one shared ONNX Runtime session. The only importer of onnxruntime.

Weights stored as int8 are folded to float32 at load (`session.disable_quant_qdq`), so the numbers are the same on every
CPU (microsoft/onnxruntime#5849). Where `self_check` finds int8 arithmetic to agree and to be faster, matrices are
multiplied in it instead, by onnxruntime's MatMulNBits: activations are rounded in blocks of one token each, so that an
answer does not depend on the texts that share its run, as it would with dynamic quantisation of whole tensors. The
session uses one thread without spinning and is called by several workers at once:
weights lie in memory once, and a busy neighbour costs the least.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from services.classifier.scoring.artefact import Artefact, ArtefactError
from services.classifier.scoring.calibration import Floats
from services.classifier.text.reading import read_of
from services.classifier.text.spelling import Spelling

_LABELS: Final = ("intent_logits", "logits")
"""What the label output may be called: as our training names it, or as Optimum does."""
_SENTIMENTS: Final = "sentiment_logits"
_EMBEDDING: Final = "embedding"


Device: TypeAlias = Literal["auto", "cpu", "cuda"]
ComputeKind: TypeAlias = Literal["float32", "int8"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compute:
    """What matrices are multiplied in, and why."""

    kind: ComputeKind
    reason: str


_FLOAT32: Final = Compute(kind="float32", reason="It is the reference.")
_INT8_OPTIONS: Final = {
    "session.enable_dq_matmulnbits_fusion": "1",
    "session.qdq_matmulnbits_accuracy_level": "4",
    # The largest of 16 to 128 is the fastest, and as near to float32 as the others.
    "session.qdq_matmulnbits_block_size": "128",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizedText:
    """A text as the model reads it."""

    text: str
    read: str
    """What of it is read: see `reading`."""
    token_ids: Sequence[int]
    truncated: bool
    """Tokens beyond the model's length were left out."""
    tokenize_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchScores:
    """One model run: calibrated probabilities of N texts."""

    intents: Floats
    """`[N, intents]`."""
    sentiments: Floats
    """`[N, 3]`, or `[N, 0]` when the model gives none."""
    embeddings: Floats
    """`[N, embedding_size]`, or `[N, 0]`."""
    inference_seconds: float


class Engine:
    """Tokenises and scores texts. Safe to call from many threads; onnxruntime and tokenizers release the GIL."""

    def __init__(self, artefact: Artefact, *, device: Device = "auto", compute: Compute = _FLOAT32) -> None:
        """Loads the model, about half a second. Raises ArtefactError when the files do not hold what they promise.

        With "auto" a GPU is used where onnxruntime's CUDA build and one are there.
        """
        try:
            self._session = _open_session(artefact, device, compute.kind)
            self.compute = compute
            self._tokenizer = _open_tokenizer(artefact)
            self._spelling = Spelling.load(artefact.folder, self._tokenizer.get_vocab())
            self.artefact = self._as_it_answers(artefact)
        except ArtefactError:
            raise
        except Exception as error:  # both libraries raise many kinds, some of them bare Exception
            raise ArtefactError(f"The model in {artefact.folder} cannot be loaded: {error}") from error

    def tokenize(self, texts: Sequence[str]) -> list[TokenizedText]:
        """The texts as tokens, in order, cut at the model's length."""
        # One by one: an encoding of a long text is a hundred times the ids that are kept of it.
        return [self._tokenize_one(text) for text in texts]

    def _tokenize_one(self, text: str) -> TokenizedText:
        start = time.perf_counter()
        read = read_of(text)
        encoding = self._tokenizer.encode(self._spelt(read))
        return TokenizedText(
            text=text,
            read=read,
            token_ids=encoding.ids,
            truncated=bool(encoding.overflowing),
            tokenize_seconds=time.perf_counter() - start,
        )

    def _spelt(self, read: str) -> str:
        return self._spelling.corrected(read) if self._spelling else read

    def read_end(self, text: str) -> int:
        """Where the model stops reading a text, in characters; its length where that is the end or cannot be said."""
        if read_of(text) != text:
            return len(text)
        encoding = self._tokenizer.encode(text)
        return max(end for _, end in encoding.offsets) if encoding.overflowing else len(text)

    def score(self, texts: Sequence[TokenizedText]) -> BatchScores:
        """One forward pass over the texts, padded to the longest."""
        start = time.perf_counter()
        found = self._run(texts)
        calibration = self.artefact.calibration
        logits = next(found[name] for name in _LABELS if name in found)
        nothing = np.zeros((len(texts), 0), dtype=np.float32)
        intents = calibration.intent_probabilities if self.artefact.multi_label else calibration.single_probabilities
        return BatchScores(
            intents=intents(logits),
            sentiments=calibration.sentiment_probabilities(found[_SENTIMENTS]) if _SENTIMENTS in found else nothing,
            embeddings=found.get(_EMBEDDING, nothing),
            inference_seconds=time.perf_counter() - start,
        )

    def _run(self, texts: Sequence[TokenizedText]) -> dict[str, Floats]:
        """The outputs we know, by name."""
        token_ids, mask = _padded(texts, self._pad_token_id)
        given = {"input_ids": token_ids, "attention_mask": mask, "token_type_ids": np.zeros_like(token_ids)}
        feed = {name: given[name] for name in self._inputs}
        return dict(zip(self._outputs, self._session.run(self._outputs, feed), strict=True))

    def _as_it_answers(self, artefact: Artefact) -> Artefact:
        """The artefact with what its graph really gives, found out on one text. Raises ArtefactError."""
        names = [output.name for output in self._session.get_outputs()]
        self._outputs = [name for name in (*_LABELS, _SENTIMENTS, _EMBEDDING) if name in names]
        self._inputs = [given.name for given in self._session.get_inputs()]
        self._pad_token_id = artefact.pad_token_id
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if unknown:
            raise ArtefactError(f"The model in {artefact.folder} wants inputs that texts do not have: {unknown}.")
        found = self._run([self._tokenize_one("hello")])
        widths = {name: int(values.shape[-1]) for name, values in found.items()}
        label_output = next((name for name in _LABELS if name in widths), _LABELS[-1])
        wanted = {label_output: len(artefact.intents)}
        wanted |= {_SENTIMENTS: len(artefact.sentiments)} if artefact.sentiments else {}
        wanted |= {_EMBEDDING: artefact.embedding_size} if artefact.declares_outputs else {}
        if {name: widths.get(name) for name in wanted} != wanted:
            raise ArtefactError(f"The model in {artefact.folder} has the outputs {widths or names}, not {wanted}.")
        if not artefact.sentiments and _SENTIMENTS in self._outputs:
            self._outputs.remove(_SENTIMENTS)
        where = ", on CUDA" if self.on_gpu else ""
        return replace(artefact, quantization=f"{artefact.stored_as} weights, {self.compute.kind} compute{where}")

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a GPU."""
        return "CUDAExecutionProvider" in self._session.get_providers()


def _padded(texts: Sequence[TokenizedText], pad_token_id: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    longest = max(len(text.token_ids) for text in texts)
    token_ids = np.full((len(texts), longest), pad_token_id, dtype=np.int64)
    mask = np.zeros((len(texts), longest), dtype=np.int64)
    for row, text in enumerate(texts):
        token_ids[row, : len(text.token_ids)] = text.token_ids
        mask[row, : len(text.token_ids)] = 1
    return token_ids, mask


def _open_tokenizer(artefact: Artefact) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(artefact.folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(artefact.max_tokens)
    return tokenizer


def _open_session(artefact: Artefact, device: Device, compute: ComputeKind) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    for name, value in (_INT8_OPTIONS if compute == "int8" else {"session.disable_quant_qdq": "1"}).items():
        options.add_session_config_entry(name, value)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = str(artefact.folder / "model.onnx")
    return onnxruntime.InferenceSession(path, options, providers=_providers(device))


def _providers(device: Device) -> list[str]:
    """Where to run, best first. Raises ArtefactError when it must be CUDA and there is none."""
    cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    if device == "cuda" and not cuda:
        raise ArtefactError("EARSHOT_CLASSIFIER_DEVICE is cuda, but this onnxruntime has no CUDA: use onnxruntime-gpu.")
    return [*(["CUDAExecutionProvider"] if cuda and device != "cpu" else []), "CPUExecutionProvider"]

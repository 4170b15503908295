"""The model itself: tokenizer and one shared ONNX Runtime session. The only importer of onnxruntime.

Weights stored as int8 are folded to float32 at load (`session.disable_quant_qdq`), so the numbers are the same on every
CPU (microsoft/onnxruntime#5849). The session uses one thread without spinning and is called by several workers at once:
weights lie in memory once, and a busy neighbour costs the least.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from services.classifier.artefact import Artefact, ArtefactError
from services.classifier.calibration import Floats

OUTPUTS: Final = ("intent_logits", "sentiment_logits", "embedding")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizedText:
    """A text as the model reads it."""

    text: str
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
    """`[N, 3]`."""
    embeddings: Floats
    """`[N, embedding_size]`."""
    inference_seconds: float


class Engine:
    """Tokenises and scores texts. Safe to call from many threads; onnxruntime and tokenizers release the GIL."""

    def __init__(self, artefact: Artefact) -> None:
        """Loads the model, about half a second. Raises ArtefactError when the files do not hold what they promise."""
        self.artefact = artefact
        try:
            self._session = _open_session(artefact)
            self._tokenizer = _open_tokenizer(artefact)
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
        encoding = self._tokenizer.encode(text)
        return TokenizedText(
            text=text,
            token_ids=encoding.ids,
            truncated=bool(encoding.overflowing),
            tokenize_seconds=time.perf_counter() - start,
        )

    def score(self, texts: Sequence[TokenizedText]) -> BatchScores:
        """One forward pass over the texts, padded to the longest."""
        start = time.perf_counter()
        token_ids, mask = _padded(texts)
        run = self._session.run(OUTPUTS, {"input_ids": token_ids, "attention_mask": mask})
        intent_logits, sentiment_logits, embeddings = run
        calibration = self.artefact.calibration
        return BatchScores(
            intents=calibration.intent_probabilities(intent_logits),
            sentiments=calibration.sentiment_probabilities(sentiment_logits),
            embeddings=embeddings,
            inference_seconds=time.perf_counter() - start,
        )


def _padded(texts: Sequence[TokenizedText]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    longest = max(len(text.token_ids) for text in texts)
    token_ids = np.zeros((len(texts), longest), dtype=np.int64)
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


def _open_session(artefact: Artefact) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    path = str(artefact.folder / "model.onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    widths = {output.name: output.shape[-1] for output in session.get_outputs()}
    wanted = dict(zip(OUTPUTS, (len(artefact.intents), len(artefact.sentiments), artefact.embedding_size), strict=True))
    if widths != wanted:
        raise ArtefactError(f"The model in {artefact.folder} has the outputs {widths}, not {wanted}.")
    return session

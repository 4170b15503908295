"""Runs a model folder over many texts with ONNX Runtime, for calibration and evaluation; torch is not needed.

Any Optimum export does: the label output is `intent_logits`, `logits`, or whatever comes first; mood and embedding are
read where the graph has them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from services.classifier.scoring.artefact import max_tokens_of
from services.classifier.scoring.calibration import Floats
from services.classifier.text.reading import read_of
from services.classifier.text.spelling import Spelling

_LABEL_OUTPUTS: Final = ("intent_logits", "logits")
_OTHERS: Final = ("sentiment_logits", "embedding")
_BATCH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Raw outputs for N texts: `[N, labels]`, and where the model has them `[N, 3]` and `[N, width]`."""

    logits: Floats
    sentiment_logits: Floats | None = None
    embedding: Floats | None = None


def outputs_of(named: Mapping[str, Floats]) -> Outputs:
    """Outputs by the names they have in a graph."""
    return Outputs(
        logits=named[_read(list(named))[0]],
        sentiment_logits=named.get("sentiment_logits"),
        embedding=named.get("embedding"),
    )


def open_session(model: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    """A CPU session in which weights stored as int8 are folded to float32, as they are when served."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def open_tokenizer(folder: Path) -> Tokenizer:
    """The model's tokenizer, cutting where the server does."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens_of(folder, config))
    return tokenizer


def as_read(folder: Path, tokenizer: Tokenizer, texts: Iterable[str]) -> list[str]:
    """The texts as the model in `folder`, whose tokenizer this is, reads them when it serves."""
    spelling = Spelling.load(folder, tokenizer.get_vocab())
    read = [read_of(text) for text in texts]
    return [spelling.corrected(text) for text in read] if spelling else read


def run(folder: Path, texts: Sequence[str], model_file: str = "model.onnx") -> Outputs:
    """Outputs of the model in `folder` for each text, in the order given."""
    session, tokenizer = open_session(folder / model_file), open_tokenizer(folder)
    names = _read([output.name for output in session.get_outputs()])
    inputs = {one.name for one in session.get_inputs()}
    ids = [encoding.ids for encoding in tokenizer.encode_batch(as_read(folder, tokenizer, texts))]
    order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
    found: dict[str, Floats] = {}
    for start in range(0, len(order), _BATCH):
        chunk = order[start : start + _BATCH]
        answers = session.run(names, _fed([ids[i] for i in chunk], inputs))
        for name, part in zip(names, answers, strict=True):
            whole = found.setdefault(name, np.zeros((len(texts), part.shape[-1]), dtype=np.float32))
            whole[chunk] = part
    return outputs_of(found)


def _read(names: Sequence[str]) -> list[str]:
    """The outputs worth reading: the labels first, then mood and embedding; never hidden states."""
    label = next((name for name in _LABEL_OUTPUTS if name in names), names[0])
    return [label, *(name for name in _OTHERS if name in names)]


def _fed(ids: Sequence[Sequence[int]], inputs: set[str]) -> dict[str, Any]:
    """The graph's inputs, padded with 0 on the right; those it does not have are left out."""
    longest = max(len(row) for row in ids)
    tokens = np.array([[*row, *[0] * (longest - len(row))] for row in ids], dtype=np.int64)
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in ids], dtype=np.int64)
    every = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
    return {name: array for name, array in every.items() if name in inputs}

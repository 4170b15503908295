"""Runs an artefact over many texts with ONNX Runtime, for calibration and evaluation; torch is not needed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from services.classifier.calibration import Floats

OUTPUTS: Final = ("intent_logits", "sentiment_logits", "embedding")
_BATCH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Raw outputs for N texts: `[N, 26]`, `[N, 3]`, `[N, 384]`."""

    intent_logits: Floats
    sentiment_logits: Floats
    embedding: Floats


def open_session(model: Path, threads: int = 2) -> onnxruntime.InferenceSession:
    """A CPU session in which weights stored as int8 are folded to float32, as they are when served."""
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def open_tokenizer(folder: Path) -> Tokenizer:
    """The artefact's tokenizer, cutting at the length its config.json states."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(json.loads((folder / "config.json").read_text(encoding="utf-8"))["max_length"])
    return tokenizer


def run(folder: Path, texts: Sequence[str], model_file: str = "model.onnx") -> Outputs:
    """Outputs of the artefact in `folder` for each text, in the order given."""
    session, tokenizer = open_session(folder / model_file), open_tokenizer(folder)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
    widths = [session.get_outputs()[i].shape[-1] for i in range(len(OUTPUTS))]
    found = [np.zeros((len(texts), width), dtype=np.float32) for width in widths]
    for start in range(0, len(order), _BATCH):
        chunk = order[start : start + _BATCH]
        longest = max(len(ids[i]) for i in chunk)
        input_ids = np.array([[*ids[i], *[0] * (longest - len(ids[i]))] for i in chunk], dtype=np.int64)
        mask = np.array([[1] * len(ids[i]) + [0] * (longest - len(ids[i])) for i in chunk], dtype=np.int64)
        answers = session.run(list(OUTPUTS), {"input_ids": input_ids, "attention_mask": mask})
        for whole, part in zip(found, answers, strict=True):
            whole[chunk] = part
    return Outputs(intent_logits=found[0], sentiment_logits=found[1], embedding=found[2])

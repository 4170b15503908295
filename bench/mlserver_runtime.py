"""Runs inside MLServer's own environment: the model of `peer_model` behind its V2 protocol and adaptive batching."""

import os
from pathlib import Path

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse
from tokenizers import Tokenizer


class Labels(MLModel):  # type: ignore[misc, unused-ignore]  # mlserver is not in the project's environment
    """Texts in, logits out."""

    async def load(self) -> bool:
        """Opens the session with a thread per core."""
        folder = Path(os.environ["PEER_MODEL"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(512)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = len(os.sched_getaffinity(0))
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """One run over the texts of a batch."""
        encoded = self._tokenizer.encode_batch(StringCodec.decode_input(payload.inputs[0]))
        feed = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encoded], dtype=np.int64),
        }
        [logits] = self._session.run(["logits"], feed)
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("logits", logits)])

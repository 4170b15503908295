"""Export: Optimum writes the ONNX graph, then weights are stored as int8 behind DequantizeLinear.

Storage only: a session opened with `session.disable_quant_qdq=1` folds them back to float32 at load, so the answers are
the same on every CPU (int8 arithmetic is not: microsoft/onnxruntime#5849).
"""

import json
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import helper, numpy_helper
from optimum.exporters.onnx import export
from optimum.exporters.onnx.model_configs import DistilBertOnnxConfig
from tokenizers import Tokenizer

from services.classifier.training.model import MultiTaskModel

MAX_LENGTH: Final = 512
OPSET: Final = 17
_SMALLEST: Final = 4096
"""Weights with fewer values stay float32: they would not make the file smaller."""


class MultiTaskOnnxConfig(DistilBertOnnxConfig):  # type: ignore[misc, unused-ignore]  # optimum is untyped
    """Names the task's outputs; all share the batch dimension."""

    answers: tuple[str, ...] = ()

    @property
    def outputs(self) -> dict[str, dict[int, str]]:
        """Output name → dynamic axes."""
        return {name: {0: "batch_size"} for name in self.answers}


def export_float(model: MultiTaskModel, path: Path) -> None:
    """Write the float32 ONNX graph."""
    config = MultiTaskOnnxConfig(model.config, task="feature-extraction")
    config.answers = model.task.outputs
    with warnings.catch_warnings():
        # Optimum still calls PyTorch's older exporter, which warns of itself and of every shape it takes as constant;
        # the equality check on the golden set is what tells whether the graph is right.
        warnings.simplefilter("ignore")
        export(model=model, config=config, output=path, opset=OPSET)


def quantised(weights: "np.ndarray[Any, Any]", axis: int) -> tuple["np.ndarray[Any, Any]", "np.ndarray[Any, Any]"]:
    """Symmetric int8 weights and one float32 scale per index of `axis`."""
    others = tuple(i for i in range(weights.ndim) if i != axis)
    scale = np.maximum(np.abs(weights).max(axis=others), 1e-8).astype(np.float32) / np.float32(127)
    shape = [-1 if i == axis else 1 for i in range(weights.ndim)]
    return np.clip(np.rint(weights / scale.reshape(shape)), -127, 127).astype(np.int8), scale


def _weights_by_row(model: onnx.ModelProto) -> set[str]:
    """Weights whose rows belong together: embedding tables, and matrices stored transposed."""
    names = {node.input[0] for node in model.graph.node if node.op_type == "Gather"}
    for node in model.graph.node:
        if node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute):
            names.add(node.input[1])
    return names


def store_as_int8(source: Path, target: Path) -> None:
    """Write `source` with every large two-dimensional weight as int8 behind a DequantizeLinear node.

    Matrices get one scale per output, embedding tables one per row.
    """
    model = onnx.load(source)
    by_row = _weights_by_row(model)
    kept, nodes = [], []
    for tensor in model.graph.initializer:
        weights = numpy_helper.to_array(tensor)
        if weights.ndim != 2 or weights.size < _SMALLEST or weights.dtype != np.float32:
            kept.append(tensor)
            continue
        axis = 0 if tensor.name in by_row else 1
        values, scale = quantised(weights, axis)
        parts = [f"{tensor.name}_int8", f"{tensor.name}_scale"]
        kept += [numpy_helper.from_array(values, parts[0]), numpy_helper.from_array(scale, parts[1])]
        nodes.append(helper.make_node("DequantizeLinear", parts, [tensor.name], f"{tensor.name}_dequantize", axis=axis))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    graph_nodes = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(graph_nodes)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def write_config(model: MultiTaskModel, folder: Path) -> None:
    """Write config.json: the architecture and the label lists the server checks at load."""
    shape = ("vocab_size", "dim", "hidden_dim", "n_layers", "n_heads", "max_position_embeddings", "activation")
    task = model.task
    content = {
        "model_type": "distilbert",
        "architectures": [type(model).__name__],
        "problem_type": task.problem_type,
        "max_length": MAX_LENGTH,
        "embedding_size": model.config.dim,
        "id2label": {str(index): label for index, label in enumerate(task.labels)},
        "label2id": {label: index for index, label in enumerate(task.labels)},
        **({"sentiment_labels": list(task.sentiments)} if task.sentiments else {}),
        **{name: getattr(model.config, name) for name in shape},
    }
    (folder / "config.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_tokenizer(tokenizer: Tokenizer, folder: Path) -> None:
    """Write tokenizer.json without padding and truncation, which the server sets."""
    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.no_padding()
    copy.no_truncation()
    copy.save(str(folder / "tokenizer.json"))


def export_artefact(model: MultiTaskModel, tokenizer: Tokenizer, folder: Path, float_model: Path) -> None:
    """Write model.onnx, config.json and tokenizer.json to `folder`, and the float32 graph to `float_model`."""
    folder.mkdir(parents=True, exist_ok=True)
    export_float(model, float_model)
    store_as_int8(float_model, folder / "model.onnx")
    write_config(model, folder)
    write_tokenizer(tokenizer, folder)

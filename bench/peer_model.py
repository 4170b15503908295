"""Runs inside a peer's own environment: writes our model as Optimum would, for servers that know nothing of ours.

`python bench/peer_model.py ARTEFACT FOLDER`: float32 weights, one output `logits`, config.json with an architecture.
Weights are folded here, because these servers do not ask ONNX Runtime to.
"""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper


def write(artefact: Path, folder: Path) -> None:
    """Writes model.onnx, config.json, tokenizer.json and tokenizer_config.json to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    model = onnx.load(artefact / "model.onnx")
    fold(model)
    only_logits(model)
    onnx.checker.check_model(model)
    onnx.save(model, folder / "model.onnx")
    config = json.loads((artefact / "config.json").read_text(encoding="utf-8"))
    config |= {"architectures": ["DistilBertForSequenceClassification"], "num_labels": len(config["id2label"])}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    shutil.copy(artefact / "tokenizer.json", folder)
    tokenizer = {"tokenizer_class": "DistilBertTokenizerFast", "model_max_length": config["max_length"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), encoding="utf-8")


def fold(model: onnx.ModelProto) -> None:
    """Replaces every int8 weight behind a DequantizeLinear by the float32 weight it stands for."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept, folded = [], []
    for node in model.graph.node:
        if node.op_type != "DequantizeLinear":
            kept.append(node)
            continue
        weights, scale = stored.pop(node.input[0]), stored.pop(node.input[1])
        axis = next(one.i for one in node.attribute if one.name == "axis")
        shape = [-1 if index == axis else 1 for index in range(weights.ndim)]
        folded.append(numpy_helper.from_array(weights.astype(np.float32) * scale.reshape(shape), node.output[0]))
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in stored]
    for field, content in ((model.graph.initializer, [*tensors, *folded]), (model.graph.node, kept)):
        del field[:]
        field.extend(content)


def only_logits(model: onnx.ModelProto) -> None:
    """Leaves one output, `logits`: the intents'."""
    name = next(one.name for one in model.graph.output if one.name in {"intent_logits", "logits"})
    output = next(one for one in model.graph.output if one.name == name)
    if name != "logits":
        model.graph.node.append(helper.make_node("Identity", [name], ["logits"]))
        output.name = "logits"
    del model.graph.output[:]
    model.graph.output.append(output)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))

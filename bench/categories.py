"""Custom categories on Banking77: all 77 intents, each fitted by `fit_category` from its name and a few examples.

`python -m bench.categories --data FOLDER` prints one JSON line; FOLDER holds `train.csv` (text, category) of Banking77
(PolyAI-LDN/task-specific-datasets, CC BY 4.0). Examples are drawn from it at random, several times; what is left of it
is what accuracy is measured on. Each intent counts alike, as in the standard test split, which has 40 texts of each;
`by_text` counts each text alike, and so the intents with many texts, which are the harder ones, more.
Every head is fitted alone, against the examples and names of the other 76 as a store would send them; the category of a
text is the most probable head. The time is that of one fit, embedding its examples included.
"""

import argparse
import csv
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.stack import conditions
from services.classifier.categories.fitting import CategoryHead, fit_category, score_categories
from services.classifier.categories.logistic import Doubles
from services.classifier.scoring.artefact import load_artefact
from services.classifier.scoring.engine import Engine
from services.classifier.settings import DEFAULT_MODEL

TARGETS = {"5": 0.81, "10": 0.86, "fit_seconds": 2.0}
BATCH = 32


def embed(engine: Engine, texts: Sequence[str]) -> Doubles:
    """`[texts, size]`, in runs of similar length."""
    tokenized = engine.tokenize(texts)
    order = sorted(range(len(texts)), key=lambda index: len(tokenized[index].token_ids))
    found = np.zeros((len(texts), engine.artefact.embedding_size))
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        found[rows] = engine.score([tokenized[row] for row in rows]).embeddings
    return found


def heads_of(names: Doubles, examples: Mapping[int, Doubles]) -> list[CategoryHead]:
    """One head per category, each fitted against all others."""
    heads = []
    for category, own in examples.items():
        others = [np.vstack([names[[other]], rows]) for other, rows in examples.items() if other != category]
        head, _ = fit_category(
            described=names[[category]], examples=own, background=np.vstack(others), encoder_version="bench"
        )
        heads.append(head)
    return heads


def accuracy(
    texts: Doubles, labels: "np.ndarray[tuple[int], np.dtype[np.int64]]", shots: int, seed: int, names: Doubles
) -> tuple[float, float]:
    """Share of the texts that were not drawn whose most probable head is the right one: mean of the intents, of all."""
    random = np.random.default_rng(seed)
    drawn = {category: random.permutation(np.flatnonzero(labels == category))[:shots] for category in range(len(names))}
    held_out = np.setdiff1d(np.arange(len(labels)), np.concatenate(list(drawn.values())))
    heads = heads_of(names, {category: texts[rows] for category, rows in drawn.items()})
    right = score_categories(texts[held_out], heads).argmax(axis=1) == labels[held_out]
    return float(np.mean([right[labels[held_out] == category].mean() for category in drawn])), float(right.mean())


def fit_seconds(engine: Engine, texts: Sequence[str], background: Doubles) -> float:
    """Time of one fit from 10 texts against the background, the embedding of the texts included."""
    start = time.perf_counter()
    rows = embed(engine, texts)
    fit_category(described=rows[:1], examples=rows[1:], background=background, encoder_version="bench")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with Banking77's train.csv")
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="artefact to measure")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--shots", type=int, nargs="+", default=[5, 10])
    arguments = parser.parse_args()
    engine = Engine(load_artefact(arguments.model))
    by_category: dict[str, list[str]] = defaultdict(list)
    with (arguments.data / "train.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_category[row["category"]].append(row["text"])
    categories = sorted(by_category)
    texts = [text for category in categories for text in by_category[category]]
    labels = np.array([index for index, category in enumerate(categories) for _ in by_category[category]])
    embedded, names = embed(engine, texts), embed(engine, [category.replace("_", " ") for category in categories])
    found = {
        str(shots): np.array([accuracy(embedded, labels, shots, seed, names) for seed in range(arguments.seeds)])
        for shots in arguments.shots
    }
    seconds = [fit_seconds(engine, texts[start : start + 11], embedded[::24]) for start in range(0, 110, 11)]
    print(
        json.dumps(
            {
                "bench": "categories",
                "categories": len(categories),
                "accuracy": {shots: round(float(pairs.mean(axis=0)[0]), 4) for shots, pairs in found.items()},
                "by_text": {shots: round(float(pairs.mean(axis=0)[1]), 4) for shots, pairs in found.items()},
                "by_seed": {shots: pairs[:, 0].round(4).tolist() for shots, pairs in found.items()},
                "fit_seconds": round(statistics.median(seconds), 3),
                "targets": TARGETS,
                "model": engine.artefact.version,
                **conditions(),
            }
        )
    )


if __name__ == "__main__":
    main()

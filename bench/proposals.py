"""Topics proposed among labelled texts: how pure the clusters are, and how many of the topics they find.

`python -m bench.proposals --data FOLDER` prints one JSON line; FOLDER holds `train.csv` (text, category) of Banking77
(PolyAI-LDN/task-specific-datasets, CC BY 4.0). 2,000 texts are drawn from it, as many as one run of proposals
considers, embedded and linked as the store links them. Beside the clusters that the store proposes stand those that
follow from the same links when whatever hangs together is one.
"""

import argparse
import csv
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np

from bench.categories import embed
from bench.stack import conditions
from services.classifier.categories.logistic import Doubles
from services.classifier.scoring.artefact import load_artefact
from services.classifier.scoring.engine import Engine
from services.classifier.settings import DEFAULT_MODEL
from services.store.repositories.proposals import MOST_CLUSTERED, NEAR, NEIGHBOURS
from services.store.taxonomy.clusters import clusters

FEWEST: Final = 10


def nearest(embedded: Doubles, ids: Sequence[UUID]) -> dict[UUID, dict[UUID, float]]:
    """What the store's statement answers."""
    cosines = embedded @ embedded.T
    np.fill_diagonal(cosines, -1)
    return {
        one: {ids[place]: float(row[place]) for place in np.argsort(-row)[:NEIGHBOURS] if row[place] >= NEAR}
        for one, row in zip(ids, cosines, strict=True)
    }


def hanging_together(near: Mapping[UUID, Mapping[UUID, float]]) -> list[list[UUID]]:
    """Connected components of the mutual links, of at least `FEWEST`."""
    root = {one: one for one in near}

    def top(one: UUID) -> UUID:
        while root[one] != one:
            one = root[one]
        return one

    for one, others in near.items():
        for other in others:
            if one in near[other]:
                root[top(one)] = top(other)
    members: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for one in near:
        members[top(one)].append(one)
    return [found for found in members.values() if len(found) >= FEWEST]


def told(found: Sequence[Sequence[UUID]], topics: Mapping[UUID, str]) -> dict[str, object]:
    """Purity: the share of texts in clusters that have their cluster's commonest topic."""
    commonest = [Counter(topics[one] for one in cluster).most_common(1)[0] for cluster in found]
    inside = sum(map(len, found))
    return {
        "clusters": len(found),
        "largest": max(map(len, found), default=0),
        "inside": round(inside / len(topics), 2),
        "purity": round(sum(count for _, count in commonest) / inside, 3) if inside else None,
        "topics_found": len({topic for topic, _ in commonest}),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with Banking77's train.csv")
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    engine = Engine(load_artefact(DEFAULT_MODEL))
    with (arguments.data / "train.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    dice = random.Random(arguments.seed)
    drawn = dice.sample(rows, MOST_CLUSTERED)
    ids = [UUID(int=dice.getrandbits(128)) for _ in drawn]
    topics = {one: row["category"] for one, row in zip(ids, drawn, strict=True)}
    near = nearest(embed(engine, [row["text"] for row in drawn]), ids)
    print(
        json.dumps(
            {
                "bench": "proposals",
                "topics": len(set(topics.values())),
                "proposed": told(clusters(near, min_messages=FEWEST), topics),
                "hanging_together": told(hanging_together(near), topics),
                "model": engine.artefact.version,
                **conditions(),
            }
        )
    )


if __name__ == "__main__":
    main()

"""Public data sets as training rows, through the explicit mapping in `public_mapping.toml`.

A folder given by the user holds one folder per set, laid out as their public originals are. A set that is not there is
left out. Rows are drawn with a fixed seed, so the same folder gives the same rows.
"""

import csv
import json
import random
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from services.classifier.training.rows import Row, parse_intents

MAPPING: Final = Path(__file__).with_name("public_mapping.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """Whose a data set is, and under which licence its rows come."""

    title: str
    licence: str


PUBLIC_SETS: Final = MappingProxyType(
    {
        "banking77": PublicSet(title="Banking77 (PolyAI, PolyAI-LDN/task-specific-datasets)", licence="CC BY 4.0"),
        "nlupp": PublicSet(title="NLU++ (PolyAI, PolyAI-LDN/task-specific-datasets)", licence="CC BY 4.0"),
        "clinc150": PublicSet(title="CLINC150 (Larson et al. 2019, clinc/oos-eval)", licence="CC BY 3.0"),
        "goemotions": PublicSet(
            title="GoEmotions (Google, google-research/goemotions), mood only", licence="CC BY 4.0"
        ),
        "bitext": PublicSet(
            title="Bitext customer support (bitext/customer-support-intent-dataset), texts alone",
            licence="CDLA-Sharing-1.0",
        ),
        "cfpb": PublicSet(title="Consumer complaints (CFPB), texts alone", licence="MIT"),
    }
)

_Labelled = Iterator[tuple[str, str]]

_LONGEST_UNLABELLED: Final = 600
"""Characters of a text without labels; a complaint to an authority may run to pages."""


def _banking77(folder: Path) -> _Labelled:
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            yield record["category"], record["text"]


def _nlupp(folder: Path) -> _Labelled:
    for path in sorted((folder / "banking").glob("fold*.json")):
        for record in json.loads(path.read_text(encoding="utf-8")):
            yield "+".join(sorted(record.get("intents", []))), record["text"]


def _clinc150(folder: Path) -> _Labelled:
    splits = json.loads((folder / "train_val.json").read_text(encoding="utf-8"))
    for split in ("train", "oos_train"):
        for text, label in splits[split]:
            yield label, text


def _goemotions(folder: Path) -> _Labelled:
    names = (folder / "labels.txt").read_text(encoding="utf-8").split()
    with (folder / "train.tsv").open(encoding="utf-8", newline="") as file:
        for text, indices, _ in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield ",".join(names[int(index)] for index in indices.split(",")), text


def _bitext(folder: Path) -> _Labelled:
    with (folder / "TrainingdatasetBitextsample.csv").open(encoding="utf-8-sig", newline="") as file:
        for record in csv.DictReader(file):
            yield "", record["utterance"]


def _cfpb(folder: Path) -> _Labelled:
    with (folder / "dataset.csv").open(encoding="utf-8", errors="ignore", newline="") as file:
        for record in csv.DictReader(file):
            yield "", record["narrative"]


_INTENT_SETS: Final = {"banking77": _banking77, "nlupp": _nlupp, "clinc150": _clinc150}
_UNLABELLED_SETS: Final = {"bitext": _bitext, "cfpb": _cfpb, "goemotions": _goemotions, "clinc150": _clinc150}


def load_public(folder: Path, seed: int) -> list[Row]:
    """Rows of every known set found under `folder`.

    Raises ValueError when the mapping names an intent that does not exist or that must stand alone.
    """
    mapping = tomllib.loads(MAPPING.read_text(encoding="utf-8"))
    rows = []
    for name, read in _INTENT_SETS.items():
        if (folder / name).is_dir():
            rows += _mapped(name, _by_label(read(folder / name)), mapping[name], seed)
    if (folder / "goemotions").is_dir():
        rows += _moods(_goemotions(folder / "goemotions"), mapping["goemotions"], seed)
    return rows


def load_unlabelled(folder: Path) -> list[Row]:
    """The texts alone of sets found under `folder`, for a student to learn from."""
    return [
        Row(text=text.strip()[:_LONGEST_UNLABELLED], intents=None, sentiment=None, source=name, public=True)
        for name, read in _UNLABELLED_SETS.items()
        if (folder / name).is_dir()
        for _, text in read(folder / name)
        if text.strip()
    ]


def _by_label(labelled: _Labelled) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for label, text in labelled:
        texts[label].append(text.strip())
    return texts


def _draw(texts: list[str], limit: int, seed: int) -> list[str]:
    unique = list(dict.fromkeys(texts))
    return random.Random(seed).sample(unique, min(limit, len(unique)))


def _mapped(name: str, texts: Mapping[str, list[str]], mapping: Mapping[str, Any], seed: int) -> list[Row]:
    rows = []
    for label, entry in mapping.items():
        intents = parse_intents("+".join(entry["intents"]))
        unsure = frozenset(entry.get("unsure", ()))
        rows += [
            Row(text=text, intents=intents, unsure=unsure, sentiment=None, source=name, public=True)
            for text in _draw(texts.get(label, []), entry["limit"], seed)
        ]
    return rows


def _moods(labelled: _Labelled, mapping: Mapping[str, Any], seed: int) -> list[Row]:
    mood_of = {emotion: mood for mood in ("negative", "neutral", "positive") for emotion in mapping[mood]}
    texts: dict[str, list[str]] = defaultdict(list)
    for emotions, text in labelled:
        moods = {mood_of.get(emotion, "") for emotion in emotions.split(",")}
        if len(moods) == 1 and "" not in moods and "[NAME]" not in text:
            texts[moods.pop()].append(text.strip())
    return [
        Row(text=text, intents=None, sentiment=mood, source="goemotions", public=True)
        for mood in sorted(texts)
        for text in _draw(texts[mood], mapping["limit"], seed)
    ]


def counts_text(rows: Sequence[Row]) -> str:
    """A line for each set that gave rows: how many, whose they are, and their licence."""
    counts = Counter(row.source for row in rows)
    lines = [f"{counts[name]:6d}  {one.licence:10}  {one.title}" for name, one in PUBLIC_SETS.items() if name in counts]
    return "\n".join(lines) or "no known set in this folder"

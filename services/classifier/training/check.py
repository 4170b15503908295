"""`check`: the corpus covers every intent in every style, nothing leaks into the golden set, and two people agree."""

from pathlib import Path

from services.classifier.scoring.calibration import Floats
from services.classifier.training.agreement import agreement, read_second_pass
from services.classifier.training.corpus import GOLDEN_SECOND_PASS, load_golden, load_measured, load_own, without_near
from services.classifier.training.coverage import coverage, empty_cells
from services.classifier.training.inference import open_tokenizer, run
from services.classifier.training.leakage import leaks
from services.classifier.training.rows import Row


def check(model: Path) -> int:
    """Print what was found; 1 when a cell is empty or a training text is too near to a golden one."""
    own, measured = load_own(), load_measured()
    table = coverage(own, open_tokenizer(model).get_vocab().keys())
    names = list(next(iter(table.values())))
    print(f"{'rows by intent and style':24}" + "".join(f"{name:>10}" for name in names))
    for intent, counts in table.items():
        print(f"{intent:24}" + "".join(f"{counts[name]:10d}" for name in names))
    kept = without_near(own, measured)
    print(f"\n{len(own)} own rows, {len(own) - len(kept)} dropped from training for being near to a measured text")
    found = leaks(kept, measured, _embeddings(model, kept), _embeddings(model, measured))
    for leak in found:
        print(f"near in meaning ({leak.cosine:.3f}) and wording ({leak.shared}): {leak.train!r} and {leak.golden!r}")
    golden = load_golden()
    raters = agreement(golden, read_second_pass(golden, GOLDEN_SECOND_PASS))
    print(f"two labellers agree wholly in {raters.agreed_rows} of {len(golden)} rows; alpha {raters.alpha:.3f}")
    print(f"intents of low agreement: {', '.join(raters.low) or 'none'}")
    empty = empty_cells(table)
    print(f"empty cells: {', '.join(empty) or 'none'}")
    return 1 if empty or found else 0


def _embeddings(model: Path, rows: list[Row]) -> Floats:
    embedding = run(model, [row.text for row in rows]).embedding
    if embedding is None:
        raise ValueError(f"the model in {model} gives no embedding to compare texts by")
    return embedding

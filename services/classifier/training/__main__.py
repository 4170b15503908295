"""Command line of training and evaluation: `earshot train`, `earshot evaluate`, and what looks after the data."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from services.classifier.training.check import check
from services.classifier.training.describe import describe
from services.classifier.training.measure import measure
from services.classifier.training.options import HOME, MODEL, columns_of, parser, settings_of
from services.classifier.training.place import require_own_folder
from services.classifier.training.public import counts_text, load_public, load_unlabelled
from services.classifier.training.report import as_text
from services.classifier.training.rows import write_json_lines


def _train(arguments: argparse.Namespace) -> int:
    name = arguments.data.stem if arguments.data else "guide"
    work = arguments.work or HOME / "training" / name
    output: Path = arguments.output or (HOME / "models" / name if arguments.data else MODEL)
    require_own_folder(output, work)
    # A thread that spins for its mate makes training ten times slower when another process holds one of the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # torch is in the extra `train`; every other command does without it.
    from services.classifier.training.encoder import bundled_weights  # noqa: PLC0415
    from services.classifier.training.finish import finish_stage  # noqa: PLC0415
    from services.classifier.training.pipeline import distil_stage, fit_stage  # noqa: PLC0415
    from services.classifier.training.sources import file_source, guide_source  # noqa: PLC0415

    settings = settings_of(arguments)
    weights = arguments.encoder or bundled_weights()
    if arguments.data:
        source = file_source(arguments.data, columns_of(arguments), settings)
    else:
        source = guide_source(arguments.public, arguments.corrections, settings)
    for note in source.notes:
        print(note)
    fit_stage(weights, source, work, settings)
    if settings.student_layers:
        unlabelled = load_unlabelled(arguments.public) if arguments.public else []
        work = distil_stage(weights, source, unlabelled, work, settings)
    print(finish_stage(weights, work, output))
    print(next_steps(output))
    return 0


def next_steps(output: Path) -> str:
    """Where the model lies, and what to do with it."""
    return "\n".join(
        [
            f"\nwritten to {output}",
            f"  measure it   earshot evaluate --model {output} --data FILE_IT_HAS_NOT_SEEN",
            f"  serve it     EARSHOT_CLASSIFIER_MODEL={output} make run",
        ]
    )


def _public(arguments: argparse.Namespace) -> int:
    rows = load_public(arguments.folder, arguments.seed)
    print(counts_text(rows))
    if arguments.output:
        write_json_lines(arguments.output, rows)
    return 0


def _describe(arguments: argparse.Namespace) -> int:
    print(as_text(describe(arguments.model)))
    return 0


_COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "train": _train,
    "evaluate": measure,
    "check": lambda arguments: check(arguments.model),
    "public": _public,
    "describe": _describe,
}


def main() -> int:
    """Run one command; 1 when a labelled file is broken, something is missing or a gate fails."""
    arguments = parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        return _COMMANDS[arguments.command](arguments)
    except ModuleNotFoundError as error:
        print(f"error: {error}; training needs the extra `train`: make train-environment", file=sys.stderr)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

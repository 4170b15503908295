"""Command line of the training pipeline: `python -m services.classifier.training {run,fit,finish,evaluate}`."""

import argparse
import json
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from services.classifier.training.corpus import GOLDEN
from services.classifier.training.evaluate import as_json, as_text, disagreements, evaluate
from services.classifier.training.hyperparameters import Hyperparameters
from services.classifier.training.rows import read_rows

MODEL = Path(__file__).resolve().parents[1] / "model"
WORK = Path(".earshot/training")


def _parser() -> argparse.ArgumentParser:
    defaults = Hyperparameters()
    parser = argparse.ArgumentParser(prog="python -m services.classifier.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("run", "fit, export, calibrate, evaluate and write the artefact"),
        ("fit", "only fit; an interrupted run goes on after its last finished epoch"),
        ("finish", "export, calibrate and evaluate what was fitted"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--public", type=Path, help="folder with banking77, nlupp, clinc150, goemotions")
        command.add_argument("--encoder", type=Path, help="folder of all-MiniLM-L6-v2 (default: the bundled package)")
        command.add_argument("--work", type=Path, default=WORK, help="checkpoints and other intermediate files")
        command.add_argument("--output", type=Path, default=MODEL, help="artefact folder to write")
        command.add_argument("--epochs", type=int, default=defaults.epochs)
        command.add_argument("--batch-size", type=int, default=defaults.batch_size)
        command.add_argument("--public-rows", type=int, default=defaults.public_rows, help="public rows an epoch")
        command.add_argument("--seed", type=int, default=defaults.seed)
    command = commands.add_parser("evaluate", help="score an artefact on a labelled TSV file")
    command.add_argument("--model", type=Path, default=MODEL)
    command.add_argument("--data", type=Path, default=GOLDEN)
    command.add_argument("--json", type=Path, help="also write the scores here")
    command.add_argument("--errors", type=Path, help="also write wrongly labelled rows here, one JSON object a line")
    return parser


def _train(arguments: argparse.Namespace) -> None:
    # A thread that spins for its mate makes training ten times slower when another process holds one of the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # torch is in the extra `train`; `evaluate` does without it.
    from services.classifier.training.encoder import bundled_weights  # noqa: PLC0415
    from services.classifier.training.finish import finish_stage  # noqa: PLC0415
    from services.classifier.training.pipeline import fit_stage  # noqa: PLC0415

    weights = arguments.encoder or bundled_weights()
    if arguments.command in ("run", "fit"):
        settings = replace(
            Hyperparameters(),
            epochs=arguments.epochs,
            batch_size=arguments.batch_size,
            public_rows=arguments.public_rows,
            seed=arguments.seed,
        )
        fit_stage(weights, arguments.public, arguments.work, settings)
    if arguments.command in ("run", "finish"):
        print(as_text(finish_stage(weights, arguments.work, arguments.output)))


def _evaluate(arguments: argparse.Namespace) -> None:
    evaluation = evaluate(arguments.model, arguments.data)
    print(as_text(evaluation))
    if arguments.json:
        arguments.json.write_text(as_json(evaluation), encoding="utf-8")
    if arguments.errors:
        wrong = disagreements(arguments.model, read_rows(arguments.data))
        lines = [json.dumps(row, ensure_ascii=False) for row in wrong]
        arguments.errors.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Run one command; 1 when a labelled file is broken, something is missing or a gate fails."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        (_evaluate if arguments.command == "evaluate" else _train)(arguments)
    except (ValueError, FileNotFoundError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

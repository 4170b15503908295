"""The options of `earshot train` and `earshot evaluate`, in one place; the commands are in `__main__`."""

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

from services.classifier.training.corpus import GOLDEN
from services.classifier.training.hyperparameters import ANY_FILE, GUIDE, Hyperparameters
from services.classifier.training.labelled_files import Columns
from services.classifier.training.scope import NOVEL_FROM

MODEL: Final = Path(__file__).resolve().parents[1] / "model"
HOME: Final = Path(".earshot")
EVALUATIONS: Final = HOME / "evaluations"


def parser() -> argparse.ArgumentParser:
    """Every command with its options; the first two are also commands of `earshot`."""
    program = "python -m services.classifier.training"
    found = argparse.ArgumentParser(prog=program, description="Train classifiers, and measure them.")
    commands = found.add_subparsers(dest="command", required=True)
    for name, add, about in (("train", _train, _TRAIN), ("evaluate", _evaluate, _EVALUATE)):
        add(commands.add_parser(name, prog=f"earshot {name}", help=about.split(".")[0], description=about))
    check = commands.add_parser("check", help="check corpus and golden set: coverage, near-duplicates, agreement")
    check.add_argument("--model", type=Path, default=MODEL, help="whose embedding compares texts")
    public = commands.add_parser("public", help="say what enters from public data sets: licence and counts")
    public.add_argument("folder", type=Path, help="folder with banking77, nlupp, clinc150, goemotions")
    public.add_argument("--output", type=Path, help="also write the rows here, one JSON object a line")
    public.add_argument("--seed", type=int, default=GUIDE.seed)
    describe = commands.add_parser("describe", help="measure an artefact of Earshot's own anew and rewrite its card")
    describe.add_argument("--model", type=Path, default=MODEL)
    return found


_TRAIN: Final = (
    "Without --data, trains the model that ships with Earshot. A run that was stopped goes on after its last finished "
    "epoch. The folder it writes is served by EARSHOT_CLASSIFIER_MODEL and scored by `earshot evaluate --model`."
)
_EVALUATE: Final = "Scores any model folder on any labelled file; needs no PyTorch. Ends with 1 when a gate fails."


def _columns(command: argparse.ArgumentParser) -> None:
    command.add_argument("--text-column", help="column with the text (default: recognised by name)")
    command.add_argument("--label-column", action="append", default=[], help="column with labels; may be repeated")
    command.add_argument("--separator", help='what stands between several labels in one cell, for example "|"')


def columns_of(arguments: argparse.Namespace) -> Columns:
    """The columns the user named."""
    return Columns(text=arguments.text_column, labels=tuple(arguments.label_column), separator=arguments.separator)


def _train(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, help="labelled CSV, TSV or JSON-lines file")
    _columns(command)
    command.add_argument("--output", type=Path, help="model folder to write (default: .earshot/models/NAME)")
    command.add_argument("--work", type=Path, help="checkpoints and other intermediate files")
    command.add_argument("--encoder", type=Path, help="folder of all-MiniLM-L6-v2 (default: the bundled package)")
    own = command.add_argument_group("Earshot's own model")
    own.add_argument("--public", type=Path, help="folder with banking77, nlupp, clinc150, goemotions, bitext, cfpb")
    own.add_argument(
        "--corrections", type=Path, action="append", default=[], help="exported corrections; may be repeated"
    )
    settings = command.add_argument_group("hyper-parameters (defaults: for --data, for Earshot's own model)")
    for field in fields(Hyperparameters):
        both = f"{getattr(ANY_FILE, field.name)}, {getattr(GUIDE, field.name)}"
        settings.add_argument(f"--{field.name.replace('_', '-')}", type=type(getattr(GUIDE, field.name)), help=both)


def settings_of(arguments: argparse.Namespace) -> Hyperparameters:
    """The preset with what the user changed. Who names a number of epochs gets these, however small the file is."""
    given = {field.name: getattr(arguments, field.name) for field in fields(Hyperparameters)}
    changed = {name: value for name, value in given.items() if value is not None}
    if "epochs" in changed:
        changed.setdefault("least_steps", 0)
    return replace(ANY_FILE if arguments.data else GUIDE, **changed)


def _evaluate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", type=Path, default=MODEL, help="model folder (default: the one that ships)")
    command.add_argument("--data", type=Path, default=GOLDEN, help="labelled file (default: the golden set)")
    _columns(command)
    command.add_argument("--results", type=Path, default=EVALUATIONS, help="where dated results are kept")
    command.add_argument("--against", type=Path, help="evaluation.json of the model in service: refuse what is worse")
    command.add_argument("--margin", type=float, default=0.02, help="how far a label's F1 may fall (see the README)")
    command.add_argument("--must-pass", type=Path, help="labelled file of which every row must come out right")
    command.add_argument("--out-of-scope", type=Path, help="file of texts about other things: measures novelty as well")
    command.add_argument(
        "--novel-from", type=float, default=NOVEL_FROM, help="novelty from which a text is out of scope"
    )
    command.add_argument("--json", action="store_true", help="print the scores as JSON")

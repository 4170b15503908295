"""`python -m services.chat.evaluation`: the reading of questions and the ledger, measured.

`questions` runs the question sets through the planner, or through a language model with the planner behind it, and
tells the part of turns that is read exactly, per tag. `lying` streams answers of a lying model through the ledger.
Exit code 1 where a bar is missed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from services.chat.evaluation.cases import EXAMINER, HELD_OUT, QUESTIONS, load
from services.chat.evaluation.lying import LyingScore, lie
from services.chat.evaluation.model import read_by_model
from services.chat.evaluation.score import Planner, Score, evaluate
from services.chat.planner import plan

SETS: Final = {"questions": (QUESTIONS, 0.95), "held_out": (HELD_OUT, 0.90), "examiner": (EXAMINER, 0.90)}
"""Question sets, each with the part of turns that must be read exactly."""

MOST_WRONGLY_MASKED: Final = 0.005
_SHOWN: Final = 20


def main(arguments: Sequence[str]) -> int:
    """Runs one harness; the exit code."""
    options = _parser().parse_args(arguments)
    if options.harness == "lying":
        return _lying(options.answers, options.seed, as_json=options.json)
    planner = read_by_model() if options.llm else plan
    return _questions(planner, options.set, as_json=options.json, misses=options.misses)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="earshot evaluate chat", description="Measure how the chat reads and answers."
    )
    harnesses = parser.add_subparsers(dest="harness", required=True)
    questions = harnesses.add_parser("questions", help="how many questions are read exactly, per tag")
    questions.add_argument("--set", choices=[*SETS, "all"], default="all", help="which question set")
    questions.add_argument(
        "--llm", action="store_true", help="read by the language model that the settings name, the planner behind it"
    )
    questions.add_argument("--misses", action="store_true", help="show every turn that was not read exactly")
    lying = harnesses.add_parser("lying", help="how many lies the ledger masks, misses, and truths it masks wrongly")
    lying.add_argument("--answers", type=int, default=1_000, help="how many answers")
    lying.add_argument("--seed", type=int, default=2026, help="which answers")
    for harness in (questions, lying):
        harness.add_argument("--json", action="store_true", help="one JSON object instead of text")
    return parser


def _questions(planner: Planner, chosen: str, *, as_json: bool, misses: bool) -> int:
    names = list(SETS) if chosen == "all" else [chosen]
    scores = {name: evaluate(load(SETS[name][0]), planner) for name in names}
    if as_json:
        print(json.dumps({name: _score_json(score) for name, score in scores.items()}))  # noqa: T201 - the answer
    else:
        for name, score in scores.items():
            _tell(name, score, SETS[name][0], misses=misses)
    return int(any(score.accuracy < SETS[name][1] for name, score in scores.items()))


def _score_json(score: Score) -> dict[str, object]:
    tags = {tag: {"right": right, "turns": turns} for tag, (right, turns) in score.by_tag.items()}
    return {"turns": score.turns, "accuracy": score.accuracy, "tags": tags}


def _tell(name: str, score: Score, path: Path, *, misses: bool) -> None:
    lines = [f"{name} ({path.name}): {score.accuracy:.1%} of {score.turns} turns read exactly"]
    lines += [f"  {right / turns:7.1%}  {right:4} of {turns:4}  {tag}" for tag, (right, turns) in score.by_tag.items()]
    if misses:
        lines += [f"  {miss.case_id}.{miss.turn} {miss.text!r}: {miss.differences}" for miss in score.misses]
    print("\n".join(lines))  # noqa: T201 - the answer


def _lying(answers: int, seed: int, *, as_json: bool) -> int:
    score = lie(answers, seed=seed)
    if as_json:
        print(json.dumps(_lying_json(score)))  # noqa: T201 - the answer
    else:
        _tell_lies(score)
    return int(bool(score.missed) or score.part_wrongly_masked > MOST_WRONGLY_MASKED)


def _lying_json(score: LyingScore) -> dict[str, object]:
    return {
        "answers": score.answers,
        "lies": score.lies,
        "masked": score.masked,
        "missed": len(score.missed),
        "truths": score.truths,
        "wrongly_masked": len(score.wrongly_masked),
        "part_wrongly_masked": score.part_wrongly_masked,
    }


def _tell_lies(score: LyingScore) -> None:
    lines = [
        f"{score.answers:,} answers",
        f"lies:   {score.lies:6,}   masked {score.masked:,}, missed {len(score.missed):,}",
        f"truths: {score.truths:6,}   wrongly masked {len(score.wrongly_masked):,} ({score.part_wrongly_masked:.2%})",
        *(f"  missed: {text}" for text in score.missed[:_SHOWN]),
        *(f"  wrongly masked: {text}" for text in score.wrongly_masked[:_SHOWN]),
    ]
    print("\n".join(lines))  # noqa: T201 - the answer


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

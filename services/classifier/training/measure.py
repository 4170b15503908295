"""`earshot evaluate`: score, keep the result under its date with a picture, show the trend, hold it against a gate."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from services.classifier.text.languages import load_languages
from services.classifier.training.decision import Decider
from services.classifier.training.evaluate import Predicted, predict, score
from services.classifier.training.gate import failed_musts, regressions
from services.classifier.training.inference import run
from services.classifier.training.labelled_files import LabelledFile, read_labelled, read_texts
from services.classifier.training.options import columns_of
from services.classifier.training.patterns import patterns
from services.classifier.training.picture import draw
from services.classifier.training.report import FILE, as_json, as_text, folder_of, measured, trend
from services.classifier.training.rows import Row
from services.classifier.training.scope import scope_scores

_NAMED: Final = 30


def measure(arguments: argparse.Namespace) -> int:
    """Run the command; 1 when a gate fails. Raises ValueError and OSError for files that cannot be used."""
    file = read_labelled(arguments.data, columns_of(arguments))
    decider = Decider.load(arguments.model)
    for note in notes(file, decider.labels):
        print(f"note: {note}", file=sys.stderr)
    outputs = run(arguments.model, [row.text for row in file.rows])
    predicted = predict(outputs, decider)
    evaluation = score(file.rows, predicted, decider)
    if arguments.out_of_scope:
        strange = read_texts(arguments.out_of_scope, arguments.text_column)
        found_outside = scope_scores(arguments.model, file.rows, outputs, strange, arguments.novel_from)
        evaluation = replace(evaluation, summary={**evaluation.summary, **found_outside})
    found = patterns(file.rows, predicted.labels, load_languages())
    what = measured(arguments.model, arguments.data, datetime.now(UTC))
    content = as_json(evaluation, what, found)
    folder = folder_of(arguments.results, what)
    folder.mkdir(parents=True)
    table = as_text(evaluation, found)
    for name, text in {
        FILE: content,
        "report.txt": table + "\n",
        "errors.jsonl": errors(file.rows, predicted),
        "picture.svg": draw(evaluation, found.confusions, f"{what.model} {what.version} on {what.data}"),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    print(content if arguments.json else table)
    refusals = _refusals(arguments, json.loads(content), decider)
    if not arguments.json:
        print(
            "\n".join(["", "kept results for these rows:", *trend(arguments.results, what), "", f"written to {folder}"])
        )
    for refusal in refusals:
        print(f"refused: {refusal}")
    return 1 if refusals else 0


def _refusals(arguments: argparse.Namespace, content: dict[str, object], decider: Decider) -> list[str]:
    found = []
    if arguments.against:
        served = json.loads(arguments.against.read_text(encoding="utf-8"))
        found += regressions(content, served, arguments.margin)
    if arguments.must_pass:
        rows = read_labelled(arguments.must_pass).rows
        found += failed_musts(rows, predict(run(arguments.model, [row.text for row in rows]), decider).labels)
    return found


def notes(file: LabelledFile, known: Sequence[str]) -> list[str]:
    """What to know of a file before its scores are believed: rows left out, labels that the model does not have."""
    found = [f"{file.skipped} rows without text or label were left out"] if file.skipped else []
    truth = [row.intents or frozenset() for row in file.rows]
    unknown = sorted({label for one in truth for label in one}.difference(known))
    if unknown:
        rows = sum(not one.isdisjoint(unknown) for one in truth)
        found.append(
            f"{rows} of {len(truth)} rows have labels that the model does not know, which count as missed: "
            f"{_listed(unknown)}. It knows: {_listed(known)}"
        )
    return found


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def errors(rows: Sequence[Row], predicted: Predicted) -> str:
    """Rows the model labels otherwise than they are, with both labellings, one JSON object a line."""
    moods: Sequence[str | None] = predicted.moods or [row.sentiment for row in rows]
    wrong = [
        {
            "text": row.text,
            "labels": sorted(row.intents or ()),
            "predicted": sorted(labels),
            "sentiment": row.sentiment,
            "predicted_sentiment": mood,
        }
        for row, labels, mood in zip(rows, predicted.labels, moods, strict=True)
        if row.intents != labels or (row.sentiment and row.sentiment != mood)
    ]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in wrong)

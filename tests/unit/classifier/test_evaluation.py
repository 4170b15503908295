"""Evaluation: scores, error patterns, the regression gate, the picture, and results kept under their date."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.training.__main__ import main
from services.classifier.training.decision import Decider, untouched
from services.classifier.training.evaluate import evaluate, predict, score
from services.classifier.training.gate import allowed_fall, failed_musts, regressions
from services.classifier.training.hyperparameters import ANY_FILE
from services.classifier.training.inference import Outputs, run
from services.classifier.training.labelled_files import read_labelled
from services.classifier.training.measure import notes
from services.classifier.training.options import MODEL, parser, settings_of
from services.classifier.training.patterns import NOTHING, Confusion, confusions, length_name, patterns
from services.classifier.training.picture import draw
from services.classifier.training.report import FILE, as_json, as_text, folder_of, measured, trend
from services.classifier.training.rows import Row, read_rows
from services.classifier.training.scope import scope_scores
from services.classifier.training.scores import auroc, calibration_curve, cohen_kappa, krippendorff_alpha

MUST_PASS = Path(__file__).parents[3] / "services" / "classifier" / "training" / "must_pass.tsv"
ROWS = [
    Row(text="red it is", intents=frozenset({"red"}), sentiment=None, language="en"),
    Row(text="blau", intents=frozenset({"blue"}), sentiment=None, language="de", channel="chat"),
    Row(text="g" * 100, intents=frozenset({"green"}), sentiment=None, language="en"),
]


def decider(*, multi_label: bool) -> Decider:
    labels = ("red", "green", "blue")
    return Decider(
        labels=labels,
        sentiments=(),
        multi_label=multi_label,
        calibration=untouched(labels),
        conformal={"quantile": 0.6},
    )


def logits(rows: list[list[float]]) -> Outputs:
    return Outputs(logits=np.array(rows, dtype=np.float32))


RIGHT = logits([[4, 0, 0], [0, 0, 4], [0, 4, 0]])
LAST_WRONG = logits([[4, 0, 0], [0, 0, 4], [4, 0, 0]])


def test_a_single_label_model_takes_its_best_and_its_probabilities_sum_to_one() -> None:
    one = decider(multi_label=False)
    predicted = predict(LAST_WRONG, one)
    assert predicted.probabilities.sum(axis=1) == pytest.approx([1, 1, 1])
    found = score(ROWS, predicted, one)
    assert found.summary["accuracy"] == pytest.approx(2 / 3)
    assert found.labels["red"].precision == 0.5
    assert found.labels["green"].recall == 0
    assert found.summary["conformal_coverage"] == pytest.approx(2 / 3)


def test_a_multi_label_model_takes_what_reaches_its_threshold() -> None:
    several = decider(multi_label=True)
    predicted = predict(logits([[2, 2, -4], [-3, -3, -3]]), several)
    assert list(predicted.labels) == [{"red", "green"}, frozenset()]
    assert score(ROWS[:2], predicted, several).summary["abstained"] == 0.5


def test_a_label_the_model_does_not_know_counts_as_missed() -> None:
    row = Row(text="?", intents=frozenset({"violet"}), sentiment=None)
    found = score([row], predict(logits([[1, 0, 0]]), decider(multi_label=False)), decider(multi_label=False))
    assert found.labels["violet"].support == 1
    assert found.summary["accuracy"] == 0
    assert found.summary["conformal_coverage"] == 0


def test_what_a_file_has_that_the_model_has_not_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\none,red\ntwo,violet\n,red\n", encoding="utf-8")
    skipped, unknown = notes(read_labelled(path), ("red", "blue"))
    assert skipped == "1 rows without text or label were left out"
    assert unknown.startswith("1 of 2 rows have labels that the model does not know, which count as missed: violet.")
    assert unknown.endswith("It knows: red, blue")
    path.write_text("text,label\none,red\n", encoding="utf-8")
    assert notes(read_labelled(path), ("red", "blue")) == []


def test_who_names_a_number_of_epochs_gets_it() -> None:
    def steps(*options: str) -> tuple[int, int]:
        settings = settings_of(parser().parse_args(["train", "--data", "a.csv", *options]))
        return settings.epochs, settings.least_steps

    assert steps("--epochs", "1") == (1, 0)
    assert steps("--epochs", "1", "--least-steps", "40") == (1, 40)
    assert steps() == (ANY_FILE.epochs, ANY_FILE.least_steps)


def test_confusions_pair_what_was_missed_with_what_was_said() -> None:
    truth = [frozenset({"a"}), frozenset({"a", "b"}), frozenset({"c"}), frozenset({"c"})]
    predicted = [frozenset({"b"}), frozenset({"a"}), frozenset({"c", "d"}), frozenset({"c"})]
    assert set(confusions(truth, predicted)) == {
        Confusion(predicted="b", true="a", count=1),
        Confusion(predicted=NOTHING, true="b", count=1),
        Confusion(predicted="d", true=NOTHING, count=1),
    }


def test_errors_are_counted_by_language_length_and_channel() -> None:
    found = patterns(ROWS, predict(LAST_WRONG, decider(multi_label=False)).labels, lambda _: "und")
    assert {name: (one.rows, one.wrong) for name, one in found.groups["language"].items()} == {
        "en": (2, 1),
        "de": (1, 0),
    }
    assert found.groups["length"]["81–300"].wrong == 1
    assert found.groups["channel"]["chat"].rows == 1
    assert [length_name(size) for size in (1, 20, 21, 300, 301)] == [
        "up to 20",
        "up to 20",
        "21–80",
        "81–300",
        "over 300",
    ]


def content(labels: dict[str, tuple[float, int]], **summary: float) -> dict[str, Any]:
    scores = {name: {"f1": f1, "support": support} for name, (f1, support) in labels.items()}
    return {"data": {"sha256": "0"}, "labels": scores, **summary}


def test_the_gate_refuses_a_label_that_falls_beyond_its_margin() -> None:
    served = content({"a": (0.9, 200), "b": (0.9, 9)}, accuracy=0.9)
    assert regressions(content({"a": (0.885, 200), "b": (0.75, 9)}, accuracy=0.895), served, 0.02) == []
    refused = regressions(content({"a": (0.87, 200), "b": (0.6, 9)}, accuracy=0.88), served, 0.02)
    assert ["F1 of a" in refused[0], "F1 of b" in refused[1], "accuracy" in refused[2]] == [True] * 3
    assert regressions(content({"a": (0.9, 200)}, accuracy=0.9), served, 0.02) == [
        "b is not among the candidate's labels"
    ]


def test_the_gate_compares_only_what_was_measured_on_the_same_rows() -> None:
    with pytest.raises(ValueError, match="same file"):
        regressions(content({}) | {"data": {"sha256": "1"}}, content({}), 0.02)


@given(st.integers(min_value=0, max_value=10**6), st.floats(min_value=0, max_value=1))
def test_a_model_always_passes_the_gate_against_itself(support: int, f1: float) -> None:
    same = content({"a": (f1, support)}, accuracy=f1)
    assert regressions(same, same, 0.0) == []
    assert allowed_fall(support, 0.02) >= 0.02


def test_the_shipped_model_gets_every_must_pass_text_right() -> None:
    rows = read_rows(MUST_PASS)
    shipped = Decider.load(MODEL)
    found = predict(run(MODEL, [row.text for row in rows]), shipped)
    assert failed_musts(rows, found.labels) == []
    assert failed_musts([Row(text="x", intents=frozenset({"red"}), sentiment=None)], [frozenset()]) == [
        "'x' must be red, not nothing"
    ]
    assert evaluate(MODEL, MUST_PASS).summary["exact_match"] == 1


def test_results_are_kept_under_their_date_and_show_the_trend(tmp_path: Path) -> None:
    model, data = tmp_path / "mine", tmp_path / "test.csv"
    model.mkdir()
    (model / "model.onnx").write_bytes(b"weights")
    data.write_text("text,label\n", encoding="utf-8")
    one = decider(multi_label=False)
    predicted = predict(RIGHT, one)
    evaluation, found = score(ROWS, predicted, one), patterns(ROWS, predicted.labels, lambda _: "und")
    for day in (20, 21):
        what = measured(model, data, datetime(2026, 11, day, tzinfo=UTC))
        folder = folder_of(tmp_path / "results", what)
        folder.mkdir(parents=True)
        (folder / FILE).write_text(as_json(evaluation, what, found, {"note": 1}), encoding="utf-8")
    lines = trend(tmp_path / "results", what)
    assert [line[:10] for line in lines] == ["2026-11-20", "2026-11-21"]
    assert "mine unversioned-" in lines[0]
    kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
    assert (kept["rows"], kept["accuracy"], kept["note"], kept["data"]["file"]) == (3, 1.0, 1, "test.csv")
    assert "accuracy" in as_text(evaluation, found)


# Written for this test: what no support of an operator of games and payments is asked.
ELSEWHERE = """question
how long do i boil an egg at altitude
which planet has the most moons
translate good evening into finnish
what breed of dog sheds the least
how do i repot an orchid

who wrote the brothers karamazov
"""


def test_texts_about_other_things_are_measured_beside_the_models_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = tmp_path / "elsewhere.csv"
    strange.write_text(ELSEWHERE, encoding="utf-8")
    shared = ["earshot", "evaluate", "--data", str(MUST_PASS), "--out-of-scope", str(strange)]
    shared += ["--results", str(tmp_path), "--json", "--novel-from"]

    def measured_from(novelty: str) -> dict[str, Any]:
        monkeypatch.setattr("sys.argv", [*shared, novelty])
        assert main() == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    usual = measured_from("0.95")
    assert usual["out_of_scope_recall"] >= 0.5
    assert usual["out_of_scope_unlabelled"] >= 0.5
    assert usual["novelty_auroc"] > 0.9
    assert usual["in_scope_accuracy"] >= 0.8
    assert usual["in_scope_accuracy"] + usual["in_scope_novel"] == pytest.approx(1, abs=1e-3)
    every = measured_from("0")
    assert (every["out_of_scope_recall"], every["in_scope_accuracy"], every["in_scope_novel"]) == (1, 0, 1)
    assert every["novelty_auroc"] == usual["novelty_auroc"]


def test_a_model_without_a_reference_cannot_say_what_is_out_of_scope(tmp_path: Path) -> None:
    for name in ("config.json", "calibration.json"):
        (tmp_path / name).symlink_to(MODEL / name)
    with pytest.raises(ValueError, match=r"no reference\.npz"):
        scope_scores(tmp_path, ROWS, RIGHT, ["hm"], 0.95)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_auroc_is_the_share_of_pairs_in_order(lower: list[float], higher: list[float]) -> None:
    pairs = [(high > low) + 0.5 * (high == low) for low in lower for high in higher]
    assert auroc(np.array(lower), np.array(higher)) == pytest.approx(np.mean(pairs))


def test_the_picture_is_sound_svg_whatever_the_labels_are_called() -> None:
    one = decider(multi_label=False)
    predicted = predict(LAST_WRONG, one)
    confused = [Confusion(predicted="<b>&", true="x" * 80, count=3)]
    drawn = ElementTree.fromstring(draw(score(ROWS, predicted, one), confused, "a < b"))
    assert drawn.tag.endswith("svg")
    assert "<b>&" in "".join(drawn.itertext())


def test_the_calibration_curve_holds_every_probability_once() -> None:
    sure = np.linspace(0, 1, 57, dtype=np.float32)
    curve = calibration_curve(sure, (sure > 0.5).astype(np.float32))
    assert sum(one.count for one in curve) == 57
    assert [one.confidence for one in curve] == sorted(one.confidence for one in curve)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_agreement_is_one_only_without_disagreement(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    agreed = first == second
    assert (krippendorff_alpha(first, second) == 1) == agreed
    assert (cohen_kappa(first, second) == 1) == agreed
    assert krippendorff_alpha(first, second) == pytest.approx(krippendorff_alpha(second, first))


def test_alpha_is_that_of_krippendorffs_own_example() -> None:
    # "Computing Krippendorff's Alpha-Reliability" (2011), section A: ten units, two observers, alpha 0.095.
    first = [bool(int(c)) for c in "0100000000"]
    second = [bool(int(c)) for c in "1110010100"]
    assert krippendorff_alpha(first, second) == pytest.approx(0.095, abs=0.001)

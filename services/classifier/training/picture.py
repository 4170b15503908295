"""One picture of an evaluation: calibration curve, weakest labels, top confusions. SVG by hand, readable everywhere.

matplotlib was looked at: 100 MB and a second of start-up for three panels, and evaluation runs where only the
classifier's own packages are.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from services.classifier.training.evaluate import Evaluation
from services.classifier.training.patterns import Confusion

_WIDTH: Final = 1180
_PLOT: Final = 320
_ROW: Final = 18
_SHOWN: Final = 20
_LONGEST_NAME: Final = 35
_STYLE: Final = (
    "text{font:12px system-ui,sans-serif;fill:#1f2933}.title{font-size:15px;font-weight:600}.faint{fill:#616e7c}"
    ".axis{stroke:#9aa5b1}.ideal{stroke:#9aa5b1;stroke-dasharray:4 4}.curve{stroke:#2563eb;stroke-width:2;fill:none}"
    ".dot{fill:#2563eb}.bar{fill:#2563eb}.warm{fill:#d97706}"
)


def draw(evaluation: Evaluation, confusions: Sequence[Confusion], title: str) -> str:
    """The picture as the text of an SVG file."""
    height = 90 + max(_PLOT, _ROW * _SHOWN) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(30, 30, title, "title"),
        _panel(30, "Calibration: how often right, by probability", _curve(evaluation)),
        _panel(430, f"F1 of the {min(_SHOWN, len(evaluation.labels))} weakest labels (rows)", _weakest(evaluation)),
        _panel(830, "Most frequent errors: predicted → true", _bars(confusions)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>'


def _panel(x: int, title: str, content: str) -> str:
    return f'<g transform="translate({x} 70)">{_text(0, 0, title)}<g transform="translate(0 14)">{content}</g></g>'


def _curve(evaluation: Evaluation) -> str:
    size = _PLOT
    points = [(20 + one.confidence * (size - 20), (1 - one.right) * (size - 20), one) for one in evaluation.curve]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    floor = size - 20
    parts = [
        f'<path class="axis" fill="none" d="M20 0V{floor}H{size}"/>',
        f'<path class="ideal" d="M20 {floor}L{size} 0"/><polyline class="curve" points="{line}"/>',
        *(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{one.count} at {one.confidence:.2f}: '
            f"{one.right:.2f} right</title></circle>"
            for x, y, one in points
        ),
        *(_text(20 + tick * (size - 20), size - 4, f"{tick:.1f}", "faint", "middle") for tick in (0.0, 0.5, 1.0)),
        *(_text(16, (1 - tick) * floor + 4, f"{tick:.1f}", "faint", "end") for tick in (0.5, 1.0)),
    ]
    return "".join(parts)


def _weakest(evaluation: Evaluation) -> str:
    held = [(name, one) for name, one in evaluation.labels.items() if one.support]
    shown = sorted(held, key=lambda item: item[1].f1)[:_SHOWN]
    return "".join(
        _bar(index, f"{name} ({one.support})", one.f1, f"{one.f1:.2f}", "bar")
        for index, (name, one) in enumerate(shown)
    )


def _bars(confusions: Sequence[Confusion]) -> str:
    shown = confusions[:_SHOWN]
    most = shown[0].count if shown else 1
    return "".join(
        _bar(index, f"{one.predicted} → {one.true}", one.count / most, str(one.count), "warm")
        for index, one in enumerate(shown)
    )


def _bar(index: int, name: str, share: float, value: str, kind: str) -> str:
    y = index * _ROW
    length = 100 * share
    bar = f'<rect class="{kind}" x="215" y="{y + 2}" width="{length:.1f}" height="{_ROW - 6}" rx="2"/>'
    shown = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    return _text(210, y + 12, shown, "", "end") + bar + _text(219 + length, y + 12, value, "faint")

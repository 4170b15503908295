"""Every channel a process opens is told whether to speak TLS, or it would be a plain call beside a guarded port."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def calls() -> list[tuple[str, ast.Call]]:
    """Every call in our code, by its place."""
    files = [path for folder in ("services", "gateway") for path in (ROOT / folder).rglob("*.py")]
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno}", node)
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_channels_follow_the_settings() -> None:
    opened = {place: call for place, call in calls() if name(call) in {"open_channel", "open_store_channel"}}
    assert len(opened) >= 4
    assert not [place for place, call in opened.items() if "tls" not in {word.arg for word in call.keywords}]


def test_nobody_opens_a_channel_past_them() -> None:
    grpc_calls = {
        place.partition(":")[0] for place, call in calls() if name(call) in {"insecure_channel", "secure_channel"}
    }
    assert grpc_calls <= {"services/runtime/channel.py", "services/runtime/healthcheck.py"}

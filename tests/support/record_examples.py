"""`python -m tests.support.record_examples`: asks every example of a stack of its own and writes the answers down."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any, Final

from gateway.examples import FILE, Examples, read_examples
from tests.support.example_calls import Replayed, replay
from tests.support.stack import StackRig, running_rig

SECRET: Final = frozenset({"access_token", "refresh_token", "token", "webhook_secret"})


async def record(stack: StackRig, examples: Examples) -> None:
    """Puts into the examples what was asked with, and what came."""
    async for replayed in replay(stack, examples):
        replayed.response.raise_for_status()
        examples[replayed.step.operation] |= _written(replayed, examples[replayed.step.operation])


def _written(replayed: Replayed, example: dict[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if example.get("parameters"):
        written["parameters"] = dict(replayed.parameters)
    if "body" in example:
        named = {name: replayed.body[name] for name in replayed.step.names if name in example["body"]}
        written["body"] = _without_secrets({**example["body"], **named})
    if replayed.response.content:
        is_json = replayed.response.headers["content-type"] == "application/json"
        written["answer"] = _without_secrets(replayed.response.json()) if is_json else replayed.response.text
    return written


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if name in SECRET and inner else _without_secrets(inner) for name, inner in value.items()}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list) else value


async def main() -> None:
    """Writes the file."""
    examples = read_examples()
    with tempfile.TemporaryDirectory(prefix="earshot-examples-") as folder:
        async with running_rig(Path(folder)) as stack:
            await record(stack, examples)
    FILE.write_text(json.dumps(examples, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())

"""The examples of the OpenAPI document: what each route may be asked, and what a running stack answered to that.

`shapes/examples.json` holds them by operation (`POST /api/v1/messages`): `parameters` by name, `body`, and `answer`,
which is text where it is no JSON. A test validates each and asks them of a running stack again;
`python -m tests.support.record_examples` writes its answers down anew.
"""

import json
from pathlib import Path
from typing import Any, Final

Examples = dict[str, dict[str, Any]]
FILE: Final = Path(__file__).parent / "shapes" / "examples.json"


def read_examples() -> Examples:
    """Operation → its example."""
    examples: Examples = json.loads(FILE.read_text(encoding="utf-8"))
    return examples


def add_examples(document: dict[str, Any], examples: Examples) -> None:
    """Puts each example where OpenAPI 3.1 has a place for it: parameters, request body, answer."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            example = examples.get(f"{method.upper()} {path}", {})
            for parameter in operation.get("parameters", []):
                if parameter["name"] in example.get("parameters", {}):
                    parameter["example"] = example["parameters"][parameter["name"]]
            if "body" in example:
                _show(operation["requestBody"]["content"], example["body"])
            for status, answer in operation["responses"].items():
                if status.startswith("2") and "content" in answer and "answer" in example:
                    _show(answer["content"], example["answer"])


def _show(content: dict[str, Any], value: Any) -> None:  # noqa: ANN401  # any JSON
    """In the first media type, which is the one of the example."""
    next(iter(content.values()))["example"] = value

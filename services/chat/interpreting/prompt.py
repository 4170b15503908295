"""What a language model is sent to read a question, and what it is told where its call does not fit. Pure."""

import json
from dataclasses import replace

from google.protobuf import json_format

from services.chat.convert import interpretation_to_proto
from services.chat.prompts.load import load
from services.chat.question import Interpretation
from services.runtime.redaction import Redaction


def messages_of(text: str, before: Interpretation | None, redaction: Redaction) -> list[dict[str, object]]:
    """The system prompt, then the question `text` with the one in force; customers' data replaced by marks."""
    in_force = "none"
    if before is not None:
        told = interpretation_to_proto(replace(before, explanation=""))
        in_force = json_format.MessageToJson(told.query, indent=None)
    content = f"QUESTION IN FORCE\n{in_force}\nQUESTION\n{json.dumps(text, ensure_ascii=False)}"
    return [
        {"role": "system", "content": load("interpreter").text},
        {"role": "user", "content": redaction.hide(content)},
    ]


def repair(arguments: str, problem: str) -> list[dict[str, object]]:
    """The model's call and what is wrong with it."""
    return [
        {"role": "assistant", "content": arguments},
        {"role": "user", "content": f"That does not fit: {problem}. Call the function again."},
    ]

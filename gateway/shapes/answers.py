"""How routes document their answers, for the OpenAPI document and the types generated from it.

The models stand with their resource. Handlers build plain dicts (validation of our own output would cost more than the
call); tests hold real answers against the models.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict
from sse_starlette.sse import EventSourceResponse


class Answer(BaseModel):
    """Answers never hold a field that is not documented."""

    model_config = ConfigDict(extra="forbid")


def documented(*models: type[BaseModel], status: int = 200, also: int = 0) -> dict[str, Any]:
    """Route options that document a JSON answer without validating it; `also`: another status it may come with."""
    union: Any = models[0]
    for model in models[1:]:
        union = union | model
    statuses = [status, also] if also else [status]
    return {
        "response_model": None,
        "responses": {code: {"model": union, "description": "Done."} for code in statuses},
    }


def streams(description: str, *, none_left: str = "") -> dict[str, Any]:
    """Route options of an answer that is a stream of server-sent events; `none_left`: when it is 204 instead."""
    content = {"text/event-stream": {"schema": {"type": "string"}}}
    responses: dict[int, Any] = {200: {"description": description, "content": content}}
    if none_left:
        responses[204] = {"description": none_left}
    return {"response_model": None, "response_class": EventSourceResponse, "responses": responses}


def replies(description: str, *, none_left: str = "", whole: bool = False) -> dict[str, Any]:
    """As `streams`, of a reply: also lines of JSON and, with `whole`, one object, where `Accept` prefers these."""
    options = streams(description, none_left=none_left)
    content = options["responses"][200]["content"]
    content["application/x-ndjson"] = {"schema": {"type": "string"}}
    if whole:
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/ChatAnswer"}}
    return options

"""Failures under /v1/ as OpenAI's clients read them: problems are rewritten on their way out, whoever made them."""

import json
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import PROBLEM_TYPE
from gateway.shapes.openai import UNSUPPORTED, error_json

PREFIX: Final = "/v1/"
_PARAMETERS: Final = {
    "generation.max_tokens": "max_tokens",
    "generation.stop": "stop",
    "text": "messages",
    "time_zone": "metadata.time_zone",
}
"""Fields of a chat message by the names they have in a completion."""
_UNKNOWN: Final = "Extra inputs are not permitted"


class OpenAiErrors:
    """Plain ASGI middleware outside everything that answers with a problem; streams pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        started: Message | None = None

        async def rewriting_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start" and _is_problem(message):
                started = message
            elif started is None:
                await send(message)
            else:
                await _send_error(started, message["body"], send)

        await self._app(scope, receive, rewriting_send)


def _is_problem(message: Message) -> bool:
    return MutableHeaders(scope=message).get("content-type", "") == PROBLEM_TYPE


async def _send_error(started: Message, problem: bytes, send: Send) -> None:
    """Problems are answers in one piece."""
    body = json.dumps(openai_error(json.loads(problem)), ensure_ascii=False).encode("utf-8", "replace")
    headers = MutableHeaders(scope=started)
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(body))
    await send(started)
    await send({"type": "http.response.body", "body": body})


def openai_error(problem: dict[str, Any]) -> dict[str, Any]:
    """The error object of a problem: its first field that is wrong, its reason as the code."""
    violations = problem.get("violations") or [{"field": None, "description": ""}]
    field, code = violations[0]["field"], problem["reason"]
    param = _PARAMETERS.get(field, field)
    detail = problem["detail"].replace(f"{field}: ", f"{param}: ", 1) if param else problem["detail"]
    named = [name for name in UNSUPPORTED if violations[0]["description"].startswith(f"{name} is not supported")]
    if named:
        param, code = named[0], "unsupported_parameter"
    if code == "UNKNOWN_MODEL":
        param, code = "model", "model_not_found"
    if violations[0]["description"] == _UNKNOWN:
        detail, code = f"Unknown parameter: '{param}'.", "unknown_parameter"
    message = " ".join(filter(None, (detail, problem.get("hint"))))
    return error_json(message, status=problem["status"], code=code, param=param)

"""OpenAI's chat completions as JSON: what is taken of a request, and how replies and errors look."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from earshot_client.earshot.chat.v1 import AskResponse, ChatEvent, OnDisconnect, SendMessageRequest, Usage
from earshot_client.earshot.chat.v1 import Generation as GenerationMessage
from gateway.shapes.answers import Answer
from gateway.shapes.chat import DEFAULT_MODEL
from gateway.shapes.fields import Json, Strict, Text

MAX_QUESTION: Final = 4000
MAX_MESSAGES: Final = 1000
REMEMBERED_QUESTIONS: Final = 4
"""So many of the user's earlier messages are read again, for their filters: a follow-up builds on them."""
UNSUPPORTED: Final = (
    "tools", "tool_choice", "functions", "function_call", "logprobs", "top_logprobs", "logit_bias", "presence_penalty",
    "frequency_penalty", "response_format", "modalities", "audio", "prediction", "web_search_options",
    "reasoning_effort", "verbosity",
)  # fmt: skip
"""What would change an answer and is refused, unless its value asks for nothing."""
_ASKS_FOR_NOTHING: Final[tuple[tuple[str, object], ...]] = (
    ("tool_choice", "none"),
    ("tool_choice", "auto"),
    ("response_format", {"type": "text"}),
    ("modalities", ["text"]),
)
_LEFT_ASIDE: Final = frozenset(
    {"parallel_tool_calls", "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier"}
)
"""What changes no answer, only how a provider runs it."""
_LEFT_ASIDE_IN_MESSAGES: Final = frozenset({"annotations", "audio", "function_call", "tool_calls", "tool_call_id"})
"""What OpenAI's clients hand back with the messages they were sent."""

Number = Annotated[float, Field(strict=False)]


class OpenAiMessageAnswer(Answer):
    """The answer, as OpenAI's API shows it."""

    role: Literal["assistant"]
    content: str
    refusal: None


class OpenAiChoiceAnswer(Answer):
    """The only choice."""

    index: int
    message: OpenAiMessageAnswer
    logprobs: None
    finish_reason: Literal["stop", "length"]


class OpenAiPromptDetailsAnswer(Answer):
    """Of the prompt's tokens, those that the upstream had in its cache."""

    cached_tokens: int


class OpenAiUsageAnswer(Answer):
    """Tokens of the completion."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: OpenAiPromptDetailsAnswer


class CompletionAnswer(Answer):
    """A chat completion, as OpenAI's API shows it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[OpenAiChoiceAnswer]
    usage: OpenAiUsageAnswer


class OpenAiModelAnswer(Answer):
    """A model that can be asked for."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAiModelsAnswer(Answer):
    """The models that can be asked for."""

    object: Literal["list"]
    data: list[OpenAiModelAnswer]


class TextPart(Strict):
    """A piece of a message."""

    type: Literal["text"]
    text: Text


class CompletionMessage(Strict):
    """A message of the conversation. Only the user's are read."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Text | list[TextPart] | None = None
    name: Text | None = None
    refusal: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_only(cls, message: Any) -> Any:  # noqa: ANN401  # whatever JSON a client sent
        if not isinstance(message, dict):
            return message
        content = message.get("content")
        parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
        other = next((kind for part in parts if (kind := part.get("type")) != "text" and isinstance(kind, str)), None)
        if other is not None:
            raise ValueError(f"only parts of type text are read, not {other[:64]}")
        return {name: value for name, value in message.items() if name not in _LEFT_ASIDE_IN_MESSAGES}

    def said(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(Strict):
    """What a stream tells beside the text."""

    include_usage: bool = False


class CompletionBody(Strict):
    """A chat completion. The last message is the question; what is not listed here is refused, never ignored."""

    model: Text = Field(min_length=1, max_length=128, examples=[DEFAULT_MODEL])
    messages: list[CompletionMessage] = Field(
        min_length=1, max_length=MAX_MESSAGES, examples=[[{"role": "user", "content": "How many messages last week?"}]]
    )
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Number | None = Field(default=None, ge=0, le=2)
    top_p: Number | None = Field(default=None, gt=0, le=1)
    max_tokens: int | None = Field(default=None, ge=1, le=100_000)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=100_000)
    stop: Text | list[Text] | None = None
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    n: Literal[1] | None = None
    store: bool | None = Field(default=None, description="Keep the session; by default it is deleted.")
    user: Text | None = Field(default=None, description="Taken and left aside: callers are known by their token.")
    metadata: dict[str, Text] | None = Field(default=None, description="`time_zone`: the zone dates are meant in.")

    @model_validator(mode="before")
    @classmethod
    def _supported(cls, body: Any) -> Any:  # noqa: ANN401  # whatever JSON a client sent
        if not isinstance(body, dict):
            return body
        asked = [name for name in UNSUPPORTED if body.get(name) and (name, body[name]) not in _ASKS_FOR_NOTHING]
        if asked:
            raise ValueError(f"{asked[0]} is not supported: answers come from Earshot's own queries")
        return {name: value for name, value in body.items() if name not in {*UNSUPPORTED, *_LEFT_ASIDE}}

    def questions(self) -> list[str]:
        """What the user wrote, the oldest first; the last one is asked. ValueError where the last is not theirs."""
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return [message.said() for message in self.messages if message.role == "user"]

    def to_message(self, session_id: str) -> SendMessageRequest:
        """The question for a call."""
        stop = [self.stop] if isinstance(self.stop, str) else list(self.stop or [])
        generation = GenerationMessage(
            temperature=self.temperature,
            top_p=self.top_p,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            stop=stop,
            seed=self.seed,
        )
        return SendMessageRequest(
            session_id=session_id,
            text=self.questions()[-1],
            model="" if self.model == DEFAULT_MODEL else self.model,
            time_zone=self.time_zone,
            on_disconnect=OnDisconnect.CANCEL,
            generation=generation,
        )

    @property
    def time_zone(self) -> str:
        """The zone dates are meant in."""
        return (self.metadata or {}).get("time_zone", "UTC")


def completion_json(answer: AskResponse, created: int, model: str) -> Json:
    """A whole completion."""
    message = {"role": "assistant", "content": answer.answer, "refusal": None}
    cut = any(notice.kind == "truncated" for notice in answer.notices)
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "length" if cut else "stop"}
    head = _head(answer.reply_id, "chat.completion", created, model)
    return {**head, "choices": [choice], "usage": usage_json(answer.usage)}


def chunk_json(event: ChatEvent, created: int, model: str, *, include_usage: bool) -> Json | None:
    """The chunk of an event; None for events OpenAI's protocol has no word for."""
    if event.started is not None:
        choice = _choice({"role": "assistant", "content": ""}, None)
    elif event.delta is not None:
        choice = _choice({"content": event.delta.text}, None)
    elif event.completed is not None:
        choice = _choice({}, "length" if event.completed.finish_reason == "length" else "stop")
    elif event.cancelled is not None:
        choice = _choice({}, "stop")
    else:
        return None
    head = _head(event.reply_id, "chat.completion.chunk", created, model)
    return {**head, "choices": [choice], **({"usage": None} if include_usage else {})}


def usage_chunk_json(usage: Usage | None, reply_id: str, created: int, model: str) -> Json:
    """The last chunk of a stream that was asked for its usage."""
    head = _head(reply_id, "chat.completion.chunk", created, model)
    return {**head, "choices": [], "usage": usage_json(usage)}


def usage_json(usage: Usage | None) -> Json:
    """Tokens used."""
    used = usage or Usage()
    prompt, completion = used.prompt_tokens, used.completion_tokens
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {**counts, "prompt_tokens_details": {"cached_tokens": used.cached_prompt_tokens}}


def error_json(message: str, *, status: int, code: str, param: str | None = None) -> Json:
    """A failure as OpenAI's clients read it."""
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def model_json(name: str) -> Json:
    """A model of the list."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "earshot"}


def _head(reply_id: str, kind: str, created: int, model: str) -> Json:
    return {"id": f"chatcmpl-{reply_id}", "object": kind, "created": created, "model": model}


def _choice(delta: Json, finish_reason: str | None) -> Json:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}

"""The chat's settings, read once by `__main__`."""

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from services.runtime.addresses import RedisUrl, ServerAddress
from services.runtime.llm_settings import LlmSettings
from services.runtime.settings import Port

BUILTIN_MODEL: Final = "builtin"
"""Name of the narrator that needs no upstream."""


class ChatSettings(LlmSettings):
    """Everything a chat process reads from its environment."""

    chat_host: str = Field(default="127.0.0.1", description="Address the chat listens on.")
    chat_port: Port = Field(default=50053, description="Port the chat listens on.")
    store_address: ServerAddress = Field(default="127.0.0.1:50052", description="Store that is asked.")
    store_timeout_seconds: float = Field(default=15, gt=0, description="Time one call to the store may take.")
    classifier_address: ServerAddress = Field(
        default="127.0.0.1:50051",
        description="Classifier that embeds turns, to find earlier ones by meaning; the chat works without.",
    )
    redis_url: RedisUrl = Field(description="Redis for memory and reply logs: `redis://user:password@host:port/0`.")
    redis_pool_size: int = Field(
        default=8, ge=1, le=1024, description="Connections for commands; what is asked together goes over one."
    )
    chat_watchers: int = Field(
        default=256,
        ge=1,
        le=4096,
        description="Streams of this process that follow a reply of another one; each takes a connection.",
    )
    chat_memory_turns: int = Field(
        default=5,
        ge=1,
        le=50,
        description="Turns of a session that a model sees whole; those before, in a line each.",
    )
    chat_memory_seconds: int = Field(
        default=7 * 86_400, ge=60, description="Time an unused session stays in Redis; the store keeps it for ever."
    )
    chat_reply_keep_seconds: int = Field(
        default=3600, ge=60, description="Time the events of a reply can be read again after its end."
    )
    chat_lease_seconds: float = Field(
        default=10, ge=0.5, le=300, description="A reply whose process is silent for this long counts as failed."
    )
    chat_reply_seconds: float = Field(default=300, gt=0, description="Longest time one reply may take.")
    chat_queue_seconds: float = Field(
        default=50, gt=0, le=55, description="Longest time a message waits for its turn in a session that is busy."
    )
    chat_reply_characters: int = Field(
        default=20_000, ge=100, le=1_000_000, description="Longest answer; a longer one is cut and says so."
    )
    chat_max_replies: int = Field(
        default=200, ge=1, description="Replies in progress per process; a tenth is for people without one."
    )
    chat_user_replies_per_minute: int = Field(
        default=0, ge=0, description="Messages a person may send in a minute, over all processes; 0 sets no limit."
    )
    chat_user_tokens_per_day: int = Field(
        default=0,
        ge=0,
        description="Tokens of the upstream a person may use in a day (UTC), over all processes; 0 sets no limit.",
    )
    chat_system_prompt: str = Field(
        default="",
        max_length=8_000,
        description="System prompt of assistant sessions where neither they nor their workspace set one.",
    )
    chat_interpreter: Literal["planner", "llm"] = Field(
        default="planner", description="What reads questions: the planner, or the upstream with the planner behind it."
    )
    llm_models: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Models a request may name, separated by commas; the default one always is."
    )
    llm_context_tokens: int = Field(
        default=8192,
        ge=1024,
        le=10_000_000,
        description="Tokens that the model takes in all; those of its answer are set aside, memory fills the rest.",
    )

    @field_validator("llm_models", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _complete(self) -> "ChatSettings":
        if self.llm_max_tokens >= self.llm_context_tokens:
            raise ValueError("EARSHOT_LLM_MAX_TOKENS must leave room within EARSHOT_LLM_CONTEXT_TOKENS")
        if self.chat_interpreter == "llm" and not self.upstream_base_url:
            raise ValueError("EARSHOT_CHAT_INTERPRETER=llm needs an upstream: set EARSHOT_LLM_BASE_URL")
        return self

    @property
    def default_model(self) -> str:
        """The model of a request that names none."""
        return self.upstream_model or BUILTIN_MODEL

    @property
    def allowed_models(self) -> frozenset[str]:
        """Every model a request may name."""
        named = self.llm_models if self.upstream_base_url else ()
        return frozenset({BUILTIN_MODEL, self.default_model, *named})

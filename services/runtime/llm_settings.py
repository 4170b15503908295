"""Settings of the language model upstream, for every process that may ask one."""

from typing import Final, Self

from pydantic import Field, SecretStr, model_validator

from services.runtime.addresses import HttpUrl
from services.runtime.settings import ServerSettings

OPENAI_BASE_URL: Final = "https://api.openai.com/v1"
OPENAI_MODEL: Final = "gpt-4o-mini"
GEMINI_BASE_URL: Final = "https://generativelanguage.googleapis.com/v1beta/openai/"
GEMINI_MODEL: Final = "gemini-2.5-flash"


class LlmSettings(ServerSettings):
    """Which upstream there is, if any, and how long to wait for it."""

    llm_base_url: HttpUrl = Field(default="", description="Base URL of an upstream that speaks OpenAI's protocol.")
    llm_api_key: SecretStr | None = Field(default=None, description="Its key; some upstreams need none.")
    llm_model: str = Field(
        default="",
        description="Model that is asked unless a request names another one. Needed with EARSHOT_LLM_BASE_URL; with a "
        "key alone it is gpt-4o-mini (OpenAI) or gemini-2.5-flash (Gemini): name another when these are retired.",
    )
    llm_connect_seconds: float = Field(default=5, gt=0, description="Time to connect to the upstream.")
    llm_idle_seconds: float = Field(
        default=20, gt=0, le=55, description="Longest silence of the upstream, before the first token and between two."
    )
    llm_max_retries: int = Field(
        default=1, ge=0, le=1, description="Further attempts when the upstream refuses before the first token."
    )
    llm_max_connections: int = Field(default=64, ge=1, description="Connections to the upstream.")
    llm_max_tokens: int = Field(
        default=1024,
        ge=1,
        le=100_000,
        description="Most tokens of one answer, with what a reasoning model thinks before it.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENAI_API_KEY", description="OpenAI is the upstream when none is named."
    )
    gemini_api_key: SecretStr | None = Field(
        default=None, validation_alias="GEMINI_API_KEY", description="Gemini is the upstream when none is named."
    )

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if self.llm_base_url and not self.llm_model:
            raise ValueError("EARSHOT_LLM_BASE_URL needs EARSHOT_LLM_MODEL, the model to ask for")
        return self

    @property
    def upstream_base_url(self) -> str:
        """Where the upstream is: the one named, else OpenAI or Gemini by their keys, else empty."""
        if self.llm_base_url:
            return self.llm_base_url
        if self.openai_api_key or (self.llm_api_key and not self.gemini_api_key):
            return OPENAI_BASE_URL
        return GEMINI_BASE_URL if self.gemini_api_key else ""

    @property
    def upstream_api_key(self) -> str:
        """The key that goes with `upstream_base_url`; a placeholder where none is set, for upstreams that need none."""
        by_provider = {OPENAI_BASE_URL: self.openai_api_key, GEMINI_BASE_URL: self.gemini_api_key}
        key = self.llm_api_key or by_provider.get(self.upstream_base_url)
        return key.get_secret_value() if key else "none"

    @property
    def upstream_model(self) -> str:
        """The model that is asked; empty without an upstream."""
        by_provider = {OPENAI_BASE_URL: OPENAI_MODEL, GEMINI_BASE_URL: GEMINI_MODEL}
        return self.llm_model or by_provider.get(self.upstream_base_url, "")

    @property
    def upstream_limit_name(self) -> str:
        """What the upstream calls the most tokens of an answer.

        OpenAI's newer models refuse the old name; the compatible servers know only that one.
        """
        is_openai = self.upstream_base_url.rstrip("/") == OPENAI_BASE_URL
        return "max_completion_tokens" if is_openai else "max_tokens"

"""The store's settings, read once by `__main__`."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from services.runtime.addresses import PostgresUrl, ServerAddress
from services.runtime.settings import Port, ServerSettings

_LanguageCode = Annotated[str, Field(pattern="^[a-z]{2}$")]


class StoreSettings(ServerSettings):
    """Everything a store process reads from its environment."""

    store_host: str = Field(default="127.0.0.1", description="Address the store listens on.")
    store_port: Port = Field(default=50052, description="Port the store listens on.")
    database_url: PostgresUrl = Field(
        description="Postgres to use: `postgresql://user:password@host:port/database`. Its user runs the migrations; "
        "all other work is done in roles that own nothing."
    )
    database_pool_min_size: int = Field(default=0, ge=0, le=100, description="Connections kept open while idle.")
    database_pool_max_size: int = Field(
        default=10, ge=1, le=500, description="Connections for calls; when all are in use, callers wait."
    )
    database_acquire_seconds: float = Field(
        default=5, gt=0, description="Longest wait for a free connection; then RESOURCE_EXHAUSTED."
    )
    database_connect_seconds: float = Field(default=5, gt=0, description="Time to open a connection.")
    database_command_seconds: float = Field(default=30, gt=0, description="Time one statement may take.")
    database_statement_cache_size: int = Field(
        default=100,
        ge=0,
        description="Prepared statements kept per connection; 0 behind a PgBouncer that pools transactions.",
    )
    classifier_address: ServerAddress = Field(
        default="127.0.0.1:50051", description="Classifier the enricher gets labels from."
    )
    enricher_concurrency: int = Field(
        default=2, ge=0, le=32, description="Batches this process has labelled at the same time; 0: none, others do it."
    )
    enricher_batch_size: int = Field(default=256, ge=1, le=256, description="Messages per batch.")
    enricher_timeout_seconds: float = Field(default=60, gt=0, description="Time the classifier gets for one batch.")
    enricher_retry_seconds: float = Field(
        default=1,
        gt=0,
        description="Wait after the first failed attempt on a message; twice as long after each further.",
    )
    store_accepted_languages: Annotated[tuple[_LanguageCode, ...], NoDecode] = Field(
        default=(),
        description="Languages whose messages are classified, in workspaces that set none of their own: ISO 639-1 "
        "codes separated by commas; others are stored and marked `unsupported_language`. Empty: all are classified.",
    )
    store_preview_messages: int = Field(
        default=50_000, ge=1, le=10_000_000, description="Messages that one preview of a model may look at."
    )
    store_retention_days: int = Field(
        default=0, ge=0, le=36_500, description="Messages older than this are deleted, every hour; 0: none are."
    )
    store_conversation_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Chat sessions unused for this long are deleted with their turns, every hour; 0: none are.",
    )
    store_audit_days: int = Field(
        default=0,
        ge=0,
        le=36_500,
        description="Events of the audit log older than this are deleted, every hour; 0: none are.",
    )
    embeddings: bool = Field(
        default=True,
        description="Keep an embedding of each message: for search by meaning, incidents and custom categories. Off: "
        "search looks for words only.",
    )
    encoder_check_seconds: float = Field(
        default=60,
        gt=0,
        description="How often the store asks which encoder serves; messages embedded by another are embedded anew.",
    )
    incident_similarity: float = Field(
        default=0.8,
        gt=0.5,
        le=1,
        description="Messages are one incident from this cosine of their embeddings on; it fits the shipped model.",
    )
    incident_window_minutes: float = Field(
        default=120, gt=0, le=1440, description="Longest time between a message and the earlier one it is like."
    )
    password_concurrency: int = Field(
        default=2, ge=1, le=64, description="Password checks at the same time; each takes one core and 64 MiB."
    )
    login_free_attempts: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Failed logins of a name that cost no wait; ten times as many of an address.",
    )
    login_wait_seconds: float = Field(
        default=1, gt=0, description="Wait after the first failed login beyond those; twice as long after each further."
    )
    login_longest_wait_seconds: float = Field(default=900, gt=0, description="Longest such wait.")
    login_days: float = Field(
        default=14, gt=0, le=90, description="Days an unused login lasts; renewed, it lasts up to 90 in all."
    )
    alert_private_webhooks: bool = Field(
        default=False, description="Whether webhooks of alerts may lead to addresses of private networks."
    )
    alert_retry_seconds: float = Field(
        default=5,
        gt=0,
        le=3600,
        description="Wait after the first failed attempt on a webhook; four times as long after each further.",
    )

    @field_validator("store_accepted_languages", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(code.strip() for code in value.split(",") if code.strip()) if isinstance(value, str) else value

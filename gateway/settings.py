"""The gateway's settings."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from gateway.rate_limits import parse_limits
from services.runtime.addresses import RedisUrl, ServerAddress
from services.runtime.readable_file import ReadableFile
from services.runtime.settings import Port, RuntimeSettings

_LONGEST_STREAM_GRACE_SECONDS: Final = 10
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+")


def _rate_limits(text: str) -> str:
    parse_limits(text)
    return text


def _origins(given: tuple[str, ...]) -> tuple[str, ...]:
    """Browsers send an origin without a path, and it is compared to the letter."""
    wrong = [origin for origin in given if origin != "*" and not _ORIGIN.fullmatch(origin)]
    if wrong:
        raise ValueError(f"{wrong[0]} is no origin such as https://page.example, without a path or a / at its end")
    return given


def _proxies(given: str) -> str:
    for name in filter(None, (part.strip() for part in given.split(","))):
        if name != "*":
            ip_network(name, strict=False)
    return given


class GatewaySettings(RuntimeSettings):
    """Where it listens, whom it calls, and its limits."""

    http_host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    http_port: Port = Field(default=8080, description="Port the gateway listens on.")
    classifier_address: ServerAddress = Field(default="127.0.0.1:50051", description="host:port of the classifier.")
    store_address: ServerAddress = Field(default="127.0.0.1:50052", description="host:port of the store.")
    chat_address: ServerAddress = Field(default="127.0.0.1:50053", description="host:port of the chat.")
    private_key_file: ReadableFile = Field(description="PEM file with the Ed25519 key that tokens are signed with.")
    token_lifetime_seconds: int = Field(
        default=900,
        ge=60,
        le=30 * 86400,
        description="How long an access token lasts, in seconds; logins renew theirs.",
    )
    registration: Literal["admin", "invite", "open"] = Field(
        default="admin",
        description="Who may make users: admins, or also whom they invited, or also strangers, who become viewers.",
    )
    telegram_webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that Telegram sends with its updates (`secret_token` of setWebhook); none: webhook off.",
    )
    telegram_webhook_secret_file: ReadableFile | None = Field(
        default=None, description="File with that secret; wins over the value."
    )
    telegram_bot_id: str = Field(
        default="", description="Number before the colon of the bot's token; needed where several bots have webhooks."
    )
    livechat_webhook_secret: SecretStr | None = Field(
        default=None, description="`secret_key` that LiveChat sends in its webhooks; none: webhook off."
    )
    livechat_webhook_secret_file: ReadableFile | None = Field(
        default=None, description="File with that secret; wins over the value."
    )
    redis_url: RedisUrl | None = Field(
        default=None, description="Redis that counts requests for the rate limits; without one nothing is limited."
    )
    rate_limits: Annotated[str, AfterValidator(_rate_limits)] = Field(
        default="login=30/minute, chat=120/minute, bulk=60/minute, write=1200/minute, read=3000/minute",
        description="Requests per caller and class of routes, in a moving window; a class left out has no limit.",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, AfterValidator(_origins)] = Field(
        default=(), description="Origins of other sites whose pages may call the API, separated by commas; `*` is any."
    )
    trusted_proxies: Annotated[str, AfterValidator(_proxies)] = Field(
        default="",
        description="Proxies whose X-Forwarded-For and -Proto are believed: addresses, networks, separated by commas.",
    )
    plain_http: bool | None = Field(
        default=None,
        description="Answer other machines by plain HTTP too, and not only what came by TLS to a trusted proxy; "
        "by default outside production only. Health and metrics are always answered.",
    )
    body_idle_seconds: float = Field(
        default=30, gt=0, description="Longest pause between two parts of a request body; then 408."
    )
    max_body_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="Largest request body, in bytes; uploads have their own limit."
    )
    max_upload_bytes: int = Field(
        default=1024 * 1024 * 1024, ge=1024, description="Largest file `POST /api/v1/import` takes, in bytes."
    )
    max_connections: int = Field(default=1024, ge=1, description="Open connections; more are answered 503 at once.")
    http_grace_seconds: int = Field(
        default=20,
        ge=1,
        description="Time requests get to finish after SIGTERM, in seconds; streams get half of it, at most 10.",
    )
    answer_seconds: float = Field(
        default=120, gt=0, description="Longest wait of `POST /api/v1/chat` for a whole answer, in seconds."
    )
    ping_seconds: int = Field(
        default=15, ge=1, le=55, description="Pause between two pings on a silent event stream, in seconds."
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(name.strip() for name in value.split(",") if name.strip()) if isinstance(value, str) else value

    web_folder: Path = Field(default=Path(__file__).parent / "web" / "dist", description="Folder of the built page.")

    @property
    def stream_grace_seconds(self) -> float:
        """Time a reply's or an import's stream gets after SIGTERM; there must be some left for its last word."""
        return min(self.http_grace_seconds / 2, _LONGEST_STREAM_GRACE_SECONDS)

    @property
    def answers_plain_http(self) -> bool:
        """Whether other machines are answered without TLS."""
        return self.environment == "dev" if self.plain_http is None else self.plain_http

    def telegram_secret(self) -> str:
        """The secret of Telegram's webhook; empty: it is off."""
        return _secret(self.telegram_webhook_secret, self.telegram_webhook_secret_file)

    def livechat_secret(self) -> str:
        """The secret of LiveChat's webhooks; empty: they are off."""
        return _secret(self.livechat_webhook_secret, self.livechat_webhook_secret_file)


def _secret(value: SecretStr | None, file: Path | None) -> str:
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    return "" if value is None else value.get_secret_value()

"""The gateway's settings."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from services.runtime.settings import Port, ReadableFile, RuntimeSettings


class GatewaySettings(RuntimeSettings):
    """Where it listens, whom it calls, and its limits."""

    http_host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    http_port: Port = Field(default=8080, description="Port the gateway listens on.")
    classifier_address: str = Field(default="127.0.0.1:50051", description="host:port of the classifier.")
    store_address: str = Field(default="127.0.0.1:50052", description="host:port of the store.")
    chat_address: str = Field(default="127.0.0.1:50053", description="host:port of the chat.")
    private_key_file: ReadableFile = Field(description="PEM file with the Ed25519 key that tokens are signed with.")
    token_lifetime_seconds: int = Field(
        default=12 * 3600, ge=60, le=30 * 86400, description="How long a login lasts, in seconds."
    )
    registration: Literal["admin", "open"] = Field(
        default="admin", description="Who may make users: admins, or also strangers, who become viewers."
    )
    max_body_bytes: int = Field(
        default=8 * 1024 * 1024, ge=1024, description="Largest request body, in bytes; uploads have their own limit."
    )
    max_upload_bytes: int = Field(
        default=1024 * 1024 * 1024, ge=1024, description="Largest file `POST /api/v1/import` takes, in bytes."
    )
    max_connections: int = Field(default=1024, ge=1, description="Open connections; more are answered 503 at once.")
    http_grace_seconds: int = Field(
        default=20, ge=1, description="Time requests in progress get to finish after SIGTERM, in seconds."
    )
    answer_seconds: float = Field(
        default=120, gt=0, description="Longest wait of `POST /api/v1/chat` for a whole answer, in seconds."
    )
    ping_seconds: int = Field(
        default=15, ge=1, le=55, description="Pause between two pings on a silent event stream, in seconds."
    )
    web_folder: Path = Field(default=Path(__file__).parent / "web" / "dist", description="Folder of the built page.")

"""What the launcher reads from the environment; everything else passes through to the processes it starts."""

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.demo import DAYS
from services.classifier.settings import DEFAULT_MODEL
from services.runtime.environment import ENV_PREFIX
from services.runtime.settings import Port

DEFAULT_HOME: Final = Path(".earshot")


class LaunchSettings(BaseSettings):
    """Where the data lies, which ports to use, and which servers are given instead of embedded."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(default=DEFAULT_HOME, description="Folder of everything that `make run` keeps.")
    demo: bool = Field(default=True, description="Load demo messages on the first run.")
    demo_days: int = Field(default=DAYS, ge=1, le=DAYS, description="How many days of them, the newest.")
    http_host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    http_port: Port = Field(default=8080, description="Port of the gateway: page, HTTP, SSE.")
    classifier_port: Port = Field(default=50051, description="gRPC port of the classifier.")
    store_port: Port = Field(default=50052, description="gRPC port of the store.")
    chat_port: Port = Field(default=50053, description="gRPC port of the chat.")
    classifier_model: Path = Field(default=DEFAULT_MODEL, description="Folder of the classifier's model.")
    database_url: SecretStr | None = Field(default=None, description="Postgres to use; by default an embedded one.")
    redis_url: SecretStr | None = Field(default=None, description="Redis to use; by default an embedded one.")

"""What the command line reads from the environment, and where it keeps its own files."""

import os
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.environment import ENV_PREFIX

DEFAULT_URL: Final = "http://localhost:8080"


class CliSettings(BaseSettings):
    """Where Earshot is and who calls, unless options or a saved login say it."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    url: str | None = Field(default=None, description="Address of the gateway that the `earshot` command talks to.")
    token: SecretStr | None = Field(default=None, description="Token of the `earshot` command, instead of a login.")
    password: SecretStr | None = Field(
        default=None, description="Password for `earshot login`, which otherwise asks for it."
    )
    telegram_bot_token: SecretStr | None = Field(
        default=None, description="Token of the bot whose messages `earshot telegram` fetches."
    )
    telegram_bot_token_file: Path | None = Field(default=None, description="File with that token.")
    telegram_api_url: str = Field(
        default="https://api.telegram.org", description="Address of the Telegram Bot API, or of a server like it."
    )
    home: Path = Field(default=Path(".earshot"), description="Folder of everything that `make run` keeps.")


def config_folder() -> Path:
    """Where the login is kept (XDG base directories)."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def state_folder() -> Path:
    """Where unfinished imports are remembered (XDG base directories)."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def _xdg(variable: str, default: str) -> Path:
    """The specification leaves relative paths aside."""
    given = Path(os.environ.get(variable, ""))
    return (given if given.is_absolute() else Path.home() / default) / "earshot"

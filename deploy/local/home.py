"""The launcher's folder: data of the embedded servers, keys, logs, and the first administrator's credentials."""

import fcntl
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.local.errors import LaunchError
from services.runtime.auth import TokenSigner
from services.runtime.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE, generate_keys
from services.runtime.private_files import write_private

WORKSPACE: Final = "default"
ADMIN: Final = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How the first administrator logs in."""

    url: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Home:
    """Names every place below the folder; making the folder is `prepare`."""

    root: Path

    @property
    def postgres(self) -> Path:
        """Data of the embedded Postgres."""
        return self.root / "postgres"

    @property
    def redis(self) -> Path:
        """Data and configuration of the embedded Redis."""
        return self.root / "redis"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.root / "logs"

    @property
    def scrape_targets(self) -> Path:
        """Addresses of the processes' metrics, as Prometheus' file-based service discovery reads them."""
        return self.root / "prometheus-targets.json"

    @property
    def private_key(self) -> Path:
        """The key the gateway signs tokens with."""
        return self.root / "keys" / PRIVATE_KEY_FILE

    @property
    def public_key(self) -> Path:
        """The key every service verifies tokens with."""
        return self.root / "keys" / PUBLIC_KEY_FILE

    @property
    def service_token(self) -> Path:
        """Token of the processes' calls on their own behalf."""
        return self.root / "keys" / "service-token"

    @property
    def credentials(self) -> Path:
        """How the first administrator logs in, mode 0600."""
        return self.root / "credentials.json"

    @property
    def demo(self) -> Path:
        """State of the demo data: when it was anchored and whether all of it is in."""
        return self.root / "demo.json"

    def prepare(self) -> None:
        """Makes folders and keys that are missing, and a fresh service token."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.redis, self.logs):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)  # Redis writes what people ask and are answered, readable by everybody
        if not self.private_key.exists():
            generate_keys(self.private_key.parent)
        token = TokenSigner.from_file(self.private_key).sign_service("local", workspace_id=WORKSPACE)
        write_private(self.service_token, token)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps the folder for this process as long as the block or the process lasts. Raises LaunchError where another
        one has it: two would write the same files, and the one that ends first takes the other's Postgres along.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                told = f"Earshot runs over {self.root} already: stop it, or choose another folder with EARSHOT_HOME=…"
                raise LaunchError(told) from None
            yield

    def read_credentials(self, url: str) -> Credentials:
        """The administrator's credentials for this address; makes a password when there is none yet."""
        password = secrets.token_urlsafe(12)
        if self.credentials.exists():
            password = json.loads(self.credentials.read_text(encoding="utf-8"))["password"]
        credentials = Credentials(url=url, username=ADMIN, password=password)
        fields = {"url": credentials.url, "username": credentials.username, "password": credentials.password}
        write_private(self.credentials, json.dumps(fields) + "\n")
        return credentials

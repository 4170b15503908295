"""What the tests need to know of docker-compose.yml, with its variables filled in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
TLS_FILE = ROOT / "deploy" / "compose" / "tls.yml"

# ${NAME}, ${NAME:-default}, ${NAME:?message}: the forms the file uses.
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<text>[^}]*))?\}")


class MissingVariableError(Exception):
    """A variable without which compose refuses the file; the text is what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One service of the file."""

    name: str
    fields: Mapping[str, Any]

    @property
    def target(self) -> str:
        """Target of the Dockerfile; empty for an image of somebody else."""
        return str(self.fields.get("build", {}).get("target", ""))

    @property
    def command(self) -> list[str]:
        """The command as a list."""
        return list(self.fields["command"])

    @property
    def environment(self) -> dict[str, str]:
        """What the file says; the image's ENV lies beneath it. Compose fills in after parsing: empty stays text."""
        return {name: "" if value is None else str(value) for name, value in self.fields.get("environment", {}).items()}

    @property
    def health_command(self) -> list[str]:
        """The check's command without its leading CMD; empty for a job."""
        return list(self.fields.get("healthcheck", {}).get("test", []))[1:]

    @property
    def needs(self) -> Mapping[str, str]:
        """Name → condition of what must be there before it starts."""
        return {name: after["condition"] for name, after in self.fields.get("depends_on", {}).items()}


def variables() -> set[str]:
    """Every variable the file asks its reader for."""
    return {match["name"] for match in _VARIABLE.finditer(FILE.read_text(encoding="utf-8"))}


def read_compose(given: Mapping[str, str]) -> dict[str, Any]:
    """The file with these variables. Raises MissingVariableError."""

    def value(match: re.Match[str]) -> str:
        found = given.get(match["name"], "")
        if found or match["kind"] == "-":
            return found or match["text"]
        raise MissingVariableError(f"{match['name']} {match['text']}")

    text: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(value, FILE.read_text(encoding="utf-8")))
    return text


def containers(given: Mapping[str, str], *, profile: str | None = None) -> dict[str, Container]:
    """The services that always run, or those of one profile, by name."""
    return {
        name: Container(name=name, fields=fields)
        for name, fields in read_compose(given)["services"].items()
        if fields.get("profiles") == ([profile] if profile else None)
    }


def over_tls(every: Mapping[str, Container]) -> dict[str, Container]:
    """The services with what the file for TLS adds to their environments, as compose merges two files."""
    added = yaml.safe_load(TLS_FILE.read_text(encoding="utf-8"))["services"]
    return {name: _with(container, added.get(name, {}).get("environment", {})) for name, container in every.items()}


def _with(container: Container, environment: Mapping[str, str]) -> Container:
    fields = {**container.fields, "environment": {**container.environment, **environment}}
    return Container(name=container.name, fields=fields)


def in_order(every: Mapping[str, Container]) -> Iterator[Container]:
    """Each service after those it needs. KeyError where it needs one that is not there, RecursionError on a ring."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[Container]:
        for needed in every[name].needs:
            yield from visit(needed)
        if name not in done:
            done.add(name)
            yield every[name]

    for name in every:
        yield from visit(name)

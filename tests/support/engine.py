"""A container engine's command line: `docker`, or `podman`, which understands the same."""

import asyncio
import json
import os
from dataclasses import dataclass, field
from typing import Any

from tests.support.command_line import Finished
from tests.support.dockerfile import ROOT

GIVEN_ENGINE = "CONTAINER_ENGINE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The engine that CONTAINER_ENGINE names, `docker` by default."""

    command: str = field(default_factory=lambda: os.environ.get(GIVEN_ENGINE) or "docker")

    def image(self, target: str) -> str:
        """What an image of ours is called while it is checked."""
        return f"localhost/earshot-{target}:check"

    async def build(self, target: str) -> None:
        """Builds a target of the Dockerfile; AssertionError with the engine's words when that fails."""
        # OCI's own format has no place for HEALTHCHECK.
        form = ["--format", "docker"] if self.command == "podman" else []
        built = await self.run("build", *form, "--target", target, "--tag", self.image(target), str(ROOT))
        assert built.code == 0, built.err or built.out

    async def inspected(self, target: str) -> dict[str, Any]:
        """What the engine says of an image."""
        said = await self.run("image", "inspect", self.image(target))
        assert said.code == 0, said.err
        (image,) = json.loads(said.out)
        return dict(image)

    async def run(self, *arguments: str, stdin: str = "") -> Finished:
        """One call of the engine."""
        process = await asyncio.create_subprocess_exec(
            self.command,
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate(stdin.encode())
        return Finished(code=process.returncode or 0, out=out.decode(), err=err.decode())

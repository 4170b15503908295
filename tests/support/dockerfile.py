"""What the tests need to know of the Dockerfile: its stages, what ENV tells a target, what is copied into it."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
APP = PurePosixPath("/app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One COPY; `stage` is empty where it copies from the build's own folder."""

    stage: str
    sources: tuple[str, ...]
    destination: str


@dataclass(slots=True, kw_only=True)
class Stage:
    """One FROM and what follows it."""

    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def of(self, *keywords: str) -> list[str]:
        """Arguments of the instructions with these keywords, in order."""
        return [rest for keyword, rest in self.instructions if keyword in keywords]

    def copies(self) -> list[Copy]:
        """Its COPY instructions."""
        return [_copy(rest) for rest in self.of("COPY")]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """All stages by name."""

    stages: dict[str, Stage]

    def chain(self, target: str) -> list[Stage]:
        """The stage and those it is made from, the first one first."""
        stage = self.stages[target]
        return [*(self.chain(stage.base) if stage.base in self.stages else []), stage]

    def environment(self, target: str) -> dict[str, str]:
        """What ENV says in the image."""
        pairs = (pair for stage in self.chain(target) for rest in stage.of("ENV") for pair in shlex.split(rest))
        return dict(pair.split("=", 1) for pair in pairs)

    def last(self, target: str, keyword: str) -> str:
        """The argument of the last such instruction; IndexError where there is none."""
        return [rest for stage in self.chain(target) for rest in stage.of(keyword)][-1]

    def command(self, target: str) -> list[str]:
        """CMD as a list."""
        return _words(self.last(target, "CMD"))

    def health_command(self, target: str) -> list[str]:
        """The command of HEALTHCHECK as a list."""
        return _words(self.last(target, "HEALTHCHECK").partition(" CMD ")[2])

    def lay_out(self, target: str, folder: Path) -> None:
        """Copies into `folder` what the image has in /app. The page is taken from the build in this checkout."""
        ignore = DockerIgnore.read()
        for copy in (copy for stage in self.chain(target) for copy in stage.copies()):
            destination = APP / copy.destination
            if not copy.stage:
                _copy_sources(copy, folder / destination.relative_to(APP), ignore)
            elif destination.is_relative_to(APP):
                page = ROOT / "gateway" / "web" / PurePosixPath(copy.sources[0]).relative_to("/page")
                shutil.copytree(page, folder / destination.relative_to(APP))


@dataclass(frozen=True, slots=True)
class DockerIgnore:
    """The patterns in their order: the last one that matches a path or a folder above it decides."""

    patterns: tuple[tuple[re.Pattern[str], bool], ...]

    @classmethod
    def read(cls) -> "DockerIgnore":
        """The file of this checkout."""
        lines = (line.strip() for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
        return cls(tuple((_pattern(line.lstrip("!")), line[0] == "!") for line in lines if line and line[0] != "#"))

    def keeps(self, path: PurePosixPath) -> bool:
        """Whether a build sees the file; the path is relative to the checkout."""
        places = [place.as_posix() for place in (path, *path.parents)]
        verdicts = [kept for pattern, kept in self.patterns if any(pattern.fullmatch(place) for place in places)]
        return verdicts[-1] if verdicts else True


def read_dockerfile() -> Dockerfile:
    """The file of this checkout."""
    stages: dict[str, Stage] = {}
    for keyword, rest in _instructions((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        if keyword == "FROM":
            base, _, name = rest.split()
            current = stages[name] = Stage(name=name, base=base)
        elif keyword != "ARG":
            current.instructions.append((keyword, rest))
    return Dockerfile(stages)


def sources(copy: Copy) -> Iterator[Path]:
    """The files and folders of this checkout that a COPY names; a name without wildcard may be missing."""
    for source in copy.sources:
        yield from sorted(ROOT.glob(source)) if "*" in source else [ROOT / source]


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        keyword, _, rest = line.strip().partition(" ")
        yield keyword, rest.strip()


def _copy(rest: str) -> Copy:
    words = rest.split()
    stage = next((word.removeprefix("--from=") for word in words if word.startswith("--from=")), "")
    *names, destination = [word for word in words if not word.startswith("--")]
    return Copy(stage=stage, sources=tuple(names), destination=destination)


def _words(rest: str) -> list[str]:
    words: list[str] = json.loads(rest)
    return words


def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", text)
    return re.compile("".join({"**/": "(?:.*/)?", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))


def _copy_sources(copy: Copy, destination: Path, ignore: DockerIgnore) -> None:
    for source in sources(copy):
        into = destination if source.is_dir() or not copy.destination.endswith("/") else destination / source.name
        for path in source.rglob("*") if source.is_dir() else [source]:
            if path.is_file() and ignore.keeps(PurePosixPath(path.relative_to(ROOT))):
                target = into / path.relative_to(source) if source.is_dir() else into
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)

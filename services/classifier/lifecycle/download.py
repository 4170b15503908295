"""Fetches a model artefact by URL and SHA-256 into a cache folder: once, whole, and never anything else (C22).

What broke off goes on where it stopped. The archive is checked before it is unpacked, and unpacked beside its place and
moved there, so that the folder named by the sum is always complete.
"""

import asyncio
import fcntl
import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2
import structlog

from services.classifier.lifecycle.unpack import unpack
from services.classifier.model_source import ModelSource, is_allowed
from services.classifier.scoring.artefact import ArtefactError

_logger = structlog.get_logger("earshot.classifier")

_SILENCE_SECONDS: Final = 30.0
_MOST_REDIRECTS: Final = 5
_FROM: Final = re.compile(r"bytes (\d+)-")


async def fetched_model(source: ModelSource) -> Path:
    """The folder of the unpacked artefact, fetched if it is not there. Raises ArtefactError; a later call goes on."""
    folder = source.cache / source.sha256
    if folder.is_dir():
        return folder
    try:
        source.cache.mkdir(parents=True, exist_ok=True)
        with _alone(source):
            if not folder.is_dir():
                await _fetch(source, folder)
    except OSError as error:
        raise ArtefactError(f"{source.name} cannot be kept in {source.cache}: {error}") from error
    return folder


@contextmanager
def _alone(source: ModelSource) -> Iterator[None]:
    """Replicas may share a cache: one of them fetches, the others look again later."""
    with (source.cache / f"{source.sha256}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArtefactError(f"{source.name} is being fetched into {source.cache} by another process.") from error
        yield


async def _fetch(source: ModelSource, folder: Path) -> None:
    part = source.cache / f"{source.sha256}.part"
    if await asyncio.to_thread(_sum, part) != source.sha256:
        _logger.info("fetching the model", source=source.name)
        await _download(source, part)
        found = await asyncio.to_thread(_sum, part)
        if found != source.sha256:
            _discard(part)
            raise ArtefactError(
                f"{source.name} is not the archive asked for: its SHA-256 is {found}, not {source.sha256}. Nothing of "
                "it is kept. Correct EARSHOT_CLASSIFIER_MODEL_SHA256 or the URL."
            )
    await asyncio.to_thread(_put, part, folder, source.max_bytes)
    _discard(part)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _discard(path: Path) -> None:
    path.unlink(missing_ok=True)


def _sum(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(archive: Path, folder: Path, max_bytes: int) -> None:
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        unpack(archive, beside, max_bytes=max_bytes)
        beside.replace(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


async def _download(source: ModelSource, part: Path) -> None:
    """Writes the archive to `part`, going on behind what is there. Raises ArtefactError."""

    async def check(request: httpx2.Request) -> None:
        if not is_allowed(str(request.url), allow_http=source.allow_http):
            raise ArtefactError(
                f"{source.name} leads to {request.url.scheme}://{request.url.host}, which is not https."
            )

    had = _size(part)
    wanted = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
    try:
        async with (
            httpx2.AsyncClient(
                timeout=_SILENCE_SECONDS,
                follow_redirects=True,
                max_redirects=_MOST_REDIRECTS,
                event_hooks={"request": [check]},
            ) as client,
            client.stream("GET", source.url, headers=wanted) as response,
        ):
            await _write(source, response, part, had)
    except httpx2.HTTPError as error:
        kept = _size(part)
        raise ArtefactError(
            f"{source.name} could not be fetched ({type(error).__name__}: {error}); {kept:,} bytes of it are kept."
        ) from error


async def _write(source: ModelSource, response: httpx2.Response, part: Path, had: int) -> None:
    if response.status_code not in {httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT}:
        if response.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE:
            _discard(part)  # what is kept is longer than the file
        raise ArtefactError(f"{source.name} could not be fetched: the server answers {response.status_code}.")
    goes_on = response.status_code == httpx2.codes.PARTIAL_CONTENT and _begins_at(response.headers) == had
    if response.status_code == httpx2.codes.PARTIAL_CONTENT and not goes_on:
        _discard(part)
        raise ArtefactError(f"{source.name} could not be fetched: the server sent another part than asked for.")
    size = had if goes_on else 0
    with part.open("ab" if goes_on else "wb") as file:
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > source.max_bytes:
                _discard(part)
                raise ArtefactError(
                    f"{source.name} has more than {source.max_bytes:,} bytes. EARSHOT_CLASSIFIER_MODEL_MAX_MB says how "
                    "many it may have."
                )
            file.write(chunk)


def _begins_at(headers: Mapping[str, str]) -> int:
    found = _FROM.match(headers.get("content-range", ""))
    return int(found.group(1)) if found else -1

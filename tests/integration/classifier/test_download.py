"""A model by URL and SHA-256, from a real HTTP server: once, whole, resumed, and refused by name (C22)."""

import asyncio
import fcntl
from pathlib import Path

import pytest

from services.classifier.lifecycle import model_host
from services.classifier.lifecycle.download import fetched_model
from services.classifier.model_source import ModelSource
from services.classifier.scoring.artefact import ArtefactError, load_artefact
from services.classifier.settings import DEFAULT_MODEL
from tests.integration.classifier.test_model_files import SERVING, becomes, problem_logged
from tests.support.archives import ArchiveServer, archive_server, sha256, tarred, zipped
from tests.support.classifier import Start

FILES = {"model/manifest.json": b"{}", "model/model.onnx": bytes(range(256)) * 4_000}
ARCHIVE = tarred(FILES)


def source_of(
    server: ArchiveServer, cache: Path, *, content: bytes = ARCHIVE, max_bytes: int = 10_000_000
) -> ModelSource:
    return ModelSource(url=server.url, sha256=sha256(content), cache=cache, max_bytes=max_bytes)


def content_of(folder: Path) -> dict[str, bytes]:
    return {f"model/{path.name}": path.read_bytes() for path in folder.iterdir()}


def leftovers(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("content", [ARCHIVE, zipped(FILES), tarred({"model.onnx": b"1"})], ids=["tar", "zip", "flat"])
async def test_an_archive_is_fetched_once(tmp_path: Path, content: bytes) -> None:
    async with archive_server(content) as server:
        source = source_of(server, tmp_path / "deep" / "cache", content=content)
        folder = await fetched_model(source)
        assert await fetched_model(source) == folder
        assert server.asked_from == [0]
        if len(list(folder.iterdir())) > 1:
            assert content_of(folder) == FILES
        assert leftovers(source.cache) == [sha256(content)]


@pytest.mark.parametrize("knows_ranges", [True, False])
async def test_what_broke_off_goes_on(tmp_path: Path, knows_ranges: bool) -> None:
    async with archive_server(ARCHIVE) as server:
        server.knows_ranges = knows_ranges
        server.break_off_after = [3_000, 500]
        source = source_of(server, tmp_path)
        with pytest.raises(ArtefactError, match=r"models/model.tar.gz could not be fetched .*3,000 bytes"):
            await fetched_model(source)
        with pytest.raises(ArtefactError, match="3,500 bytes" if knows_ranges else "500 bytes"):
            await fetched_model(source)
        assert content_of(await fetched_model(source)) == FILES
        assert server.asked_from == ([0, 3_000, 3_500] if knows_ranges else [0, 3_000, 500])


async def test_what_was_whole_when_the_process_died_is_not_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / f"{sha256(ARCHIVE)}.part").write_bytes(ARCHIVE)
    async with archive_server(ARCHIVE) as server:
        assert content_of(await fetched_model(source_of(server, tmp_path))) == FILES
        assert not server.asked_from


async def test_another_archive_is_refused_with_both_sums_and_nothing_stays(tmp_path: Path) -> None:
    async with archive_server(tarred({"model.onnx": b"evil"})) as server:
        with pytest.raises(ArtefactError) as caught:
            await fetched_model(source_of(server, tmp_path))
        assert sha256(ARCHIVE) in str(caught.value)
        assert sha256(server.content) in str(caught.value)
        assert "secret" not in str(caught.value)
        assert not leftovers(tmp_path)
        server.content = ARCHIVE
        assert content_of(await fetched_model(source_of(server, tmp_path))) == FILES


async def test_a_beginning_that_does_not_fit_is_thrown_away(tmp_path: Path) -> None:
    part = tmp_path / f"{sha256(ARCHIVE)}.part"
    async with archive_server(ARCHIVE) as server:
        for wrong in (b"x" * 10, b"x" * (len(ARCHIVE) + 10)):
            part.write_bytes(wrong)
            with pytest.raises(ArtefactError):
                await fetched_model(source_of(server, tmp_path))
            assert content_of(await fetched_model(source_of(server, tmp_path))) == FILES
            for path in (tmp_path / sha256(ARCHIVE)).iterdir():
                path.unlink()
            (tmp_path / sha256(ARCHIVE)).rmdir()


async def test_what_is_too_large_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    bomb = tarred({"model.onnx": b"\0" * 3_000_000})
    async with archive_server(bomb) as server:
        with pytest.raises(ArtefactError, match="has more than 1,000 bytes"):
            await fetched_model(source_of(server, tmp_path, content=bomb, max_bytes=1_000))
        with pytest.raises(ArtefactError, match="unpacks to more than 2,000,000 bytes"):
            await fetched_model(source_of(server, tmp_path, content=bomb, max_bytes=2_000_000))
        assert leftovers(tmp_path) == [f"{sha256(bomb)}.part"]


async def test_a_server_that_refuses_is_named_and_keeps_the_beginning(tmp_path: Path) -> None:
    async with archive_server(ARCHIVE) as server:
        server.break_off_after = [3_000]
        source = source_of(server, tmp_path)
        with pytest.raises(ArtefactError):
            await fetched_model(source)
        server.status = 503
        with pytest.raises(ArtefactError, match=r"127.0.0.1:\d+/models/model.tar.gz .*answers 503"):
            await fetched_model(source)
        server.status = 200
        await fetched_model(source)
        assert server.asked_from == [0, 3_000, 3_000]


async def test_a_redirect_must_not_leave_https(tmp_path: Path) -> None:
    async with archive_server(ARCHIVE) as server:
        server.redirect = "http://models.example/model.tar.gz"
        with pytest.raises(ArtefactError, match=r"leads to http://models.example, which is not https"):
            await fetched_model(source_of(server, tmp_path))
        assert server.asked_from == [0]


async def test_one_process_fetches_at_a_time(tmp_path: Path) -> None:
    async with archive_server(ARCHIVE) as server:
        with (tmp_path / f"{sha256(ARCHIVE)}.lock").open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(ArtefactError, match="by another process"):
                await fetched_model(source_of(server, tmp_path))
        first, second = await asyncio.gather(
            fetched_model(source_of(server, tmp_path)),
            fetched_model(source_of(server, tmp_path)),
            return_exceptions=True,
        )
        assert first == tmp_path / sha256(ARCHIVE)
        assert isinstance(second, ArtefactError)


async def test_a_fetched_model_serves_after_a_beginning_that_failed(
    start_classifier: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_host, "_RETRY_SECONDS", 0.05)
    whole = tarred({f"earshot/{path.name}": path.read_bytes() for path in DEFAULT_MODEL.iterdir()})
    async with archive_server(whole) as server:
        server.break_off_after = [1_000_000]
        async with start_classifier(
            wait=False,
            classifier_model_url=server.url,
            classifier_model_sha256=sha256(whole),
            classifier_model_cache=tmp_path,
        ) as running:
            await problem_logged(capfd, "1,000,000 bytes of it are kept")
            await becomes(running, SERVING)
            assert (await running.classify("hello")).model.version == load_artefact(DEFAULT_MODEL).version
        assert server.asked_from == [0, 1_000_000]

"""Archives that would write elsewhere, hold links or lie about themselves are refused, and the entry is named."""

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from services.classifier.lifecycle.unpack import unpack
from services.classifier.model_source import ModelSource, is_allowed
from services.classifier.scoring.artefact import ArtefactError
from tests.support.archives import tarred, zipped


def refused(content: bytes, folder: Path) -> str:
    """The refusal; nothing lies outside the folder."""
    archive, inside = folder / "a.part", folder / "inside"
    archive.write_bytes(content)
    inside.mkdir()
    with pytest.raises(ArtefactError) as caught:
        unpack(archive, inside, max_bytes=1_000_000)
    assert sorted(path.name for path in folder.iterdir()) == ["a.part", "inside"]
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["../evil", "/etc/evil", "a/../../evil", "a/b/c.onnx", "..", ".hidden", "a\\..\\evil", "C:evil", "a\nb", "x" * 129],
)
@pytest.mark.parametrize("pack", [tarred, zipped])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str, pack: object) -> None:
    assert callable(pack)
    assert "one folder with different plain names" in refused(pack({name: b"x"}), tmp_path)


def test_files_of_two_folders_and_the_same_file_twice_are_refused(tmp_path: Path) -> None:
    assert "b/y" in refused(tarred({"a/x": b"", "b/y": b""}), tmp_path)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("model.onnx")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    assert "model.onnx" in refused(buffer.getvalue(), tmp_path)


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("model.onnx")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert "is a link" in refused(buffer.getvalue(), tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", tarred({"model.onnx": b"x" * 9_999})[:60], zipped({})],
    ids=["nothing", "text", "broken tar", "empty zip"],  # an archive holds the time it was made at
)
def test_what_is_no_archive_or_an_empty_one_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "a.part" in refused(content, tmp_path)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    assert "more than 64 files" in refused(tarred({f"f{n}": b"" for n in range(65)}), tmp_path)


@pytest.mark.parametrize(
    ("url", "allow_http", "allowed"),
    [
        ("https://models.example/m.zip", False, True),
        ("http://models.example/m.zip", False, False),
        ("http://models.example/m.zip", True, True),
        ("http://127.0.0.1:8000/m.zip", False, True),
        ("http://[::1]/m.zip", False, True),
        ("http://localhost/m.zip", False, True),
        ("http://localhost.evil.example/m.zip", False, False),
        ("file:///etc/passwd", True, False),
        ("https:///m.zip", False, False),
        ("m.zip", True, False),
    ],
)
def test_https_or_this_machine(url: str, allow_http: bool, allowed: bool) -> None:
    assert is_allowed(url, allow_http=allow_http) == allowed


def test_a_source_is_named_with_its_port_and_without_what_is_secret(tmp_path: Path) -> None:
    url = "https://ada:secret@models.example:8443/m.tar.gz?X-Signature=abc#x"
    source = ModelSource(url=url, sha256="0" * 64, cache=tmp_path, max_bytes=1)
    assert source.name == "https://models.example:8443/m.tar.gz"

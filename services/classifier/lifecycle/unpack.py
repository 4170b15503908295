"""Unpacks the archive of a model artefact: plain files into one folder, nothing else, never more than agreed.

`tarfile`'s data filter refuses what leads outside, but unpacks links and knows no limits.
"""

import lzma
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from services.classifier.scoring.artefact import ArtefactError

_MOST_FILES: Final = 64
_CHUNK_BYTES: Final = 1 << 20
_NAME: Final = re.compile(r"\w[\w.+-]{0,127}")
_ENCRYPTED: Final = 0x1
_BROKEN: Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a compression that this Python does not know
)


def unpack(archive: Path, folder: Path, *, max_bytes: int) -> None:
    """Writes the files of a .zip or (compressed) .tar to `folder`; they may lie in one common folder of the archive.

    Raises ArtefactError naming the archive and the entry that is wrong, OSError when the disk is full.
    """
    names: set[PurePosixPath] = set()
    left = max_bytes
    try:
        for entry, content in _zipped(archive) if zipfile.is_zipfile(archive) else _tarred(archive):
            names.add(_checked(archive, entry, names))
            left -= _copied(content, folder / PurePosixPath(entry).name, left)
            if left < 0:
                raise _refused(archive, f"unpacks to more than {max_bytes:,} bytes")
    except _BROKEN as error:
        raise _refused(archive, f"cannot be unpacked: {error}") from error
    if not names:
        raise _refused(archive, "holds no file")


def _zipped(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & _ENCRYPTED:
                raise _refused(archive, f"holds {info.filename!r}, which is encrypted")
            if stat.S_ISLNK(info.external_attr >> 16):
                raise _refused(archive, f"holds {info.filename!r}, which is a link")
            with opened.open(info) as content:
                yield info.filename, content


def _tarred(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive, "r:*") as opened:
        for member in opened:
            if member.isdir():
                continue
            content = opened.extractfile(member) if member.isfile() else None
            if content is None:
                raise _refused(archive, f"holds {member.name!r}, which is no plain file")
            yield member.name, content


def _checked(archive: Path, entry: str, before: set[PurePosixPath]) -> PurePosixPath:
    """The entry's path, if it is a new file of the same folder as those before it."""
    path = PurePosixPath(entry)
    fits = (
        not path.is_absolute()
        and ".." not in path.parts
        and len(path.parts) in {1, 2}
        and all(_NAME.fullmatch(part) for part in path.parts)
        and all(other.parent == path.parent for other in before)
    )
    if not fits or path in before:
        raise _refused(archive, f"holds {entry[:200]!r}, where one folder with different plain names is expected")
    if len(before) == _MOST_FILES:
        raise _refused(archive, f"holds more than {_MOST_FILES} files")
    return path


def _copied(content: IO[bytes], target: Path, limit: int) -> int:
    """Bytes written: all of them, or the first few over the limit."""
    written = 0
    with target.open("xb") as file:
        while written <= limit and (chunk := content.read(_CHUNK_BYTES)):
            written += file.write(chunk)
    return written


def _refused(archive: Path, problem: str) -> ArtefactError:
    return ArtefactError(f"The archive {archive} {problem}. It is not used.")

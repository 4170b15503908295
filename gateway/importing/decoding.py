"""From the bytes of an upload to its lines, or why it is no text at all."""

import io
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import IO, Final

from gateway.importing.records import MAX_LINE_CHARACTERS, BadFileError

_SAVE_AS_CSV: Final = "save it as CSV (UTF-8) and try again"
_UNPACK: Final = "unpack it and try again"
_NO_TEXTS: Final = {
    b"PK\x03\x04": f"is an Excel workbook or a zip archive: {_SAVE_AS_CSV}",
    b"\xd0\xcf\x11\xe0": f"is an Excel workbook: {_SAVE_AS_CSV}",
    b"PAR1": "is a Parquet file: export it as CSV or JSON lines and try again",
    b"\x1f\x8b": f"is compressed by gzip: {_UNPACK}",
    b"BZh": f"is compressed by bzip2: {_UNPACK}",
    b"\x28\xb5\x2f\xfd": f"is compressed by Zstandard: {_UNPACK}",
}
"""How files begin that are often named like a text, and what to do about them."""


class BoundedLines(io.TextIOWrapper):
    """Lines of which none takes more memory than a row may: a longer one comes one character over MAX_LINE_CHARACTERS,
    by which its reader knows it, and without its rest.
    """

    def __next__(self) -> str:  # type: ignore[override]  # as typeshed has it for TextIOWrapper itself
        """The next line with its end."""
        line = self.readline(MAX_LINE_CHARACTERS + 1)
        if not line:
            raise StopIteration
        if len(line) > MAX_LINE_CHARACTERS:
            rest = line
            while rest and not rest.endswith(("\n", "\r")):
                rest = self.readline(MAX_LINE_CHARACTERS)
        return line


def lines_of(file: IO[bytes]) -> BoundedLines:
    """The lines of a file with their ends, a byte order mark left out. Raises BadFileError for what is no text.

    UTF-16 is read where its mark says so, as Excel's "Unicode text" does. All else is read as UTF-8; what is not is
    marked by lone surrogates, for its own row to answer for.
    """
    head = file.read(4)
    file.seek(0)
    for beginning, problem in _NO_TEXTS.items():
        if head.startswith(beginning):
            raise BadFileError(f"the file {problem}")
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return BoundedLines(file, encoding="utf-16", errors="replace", newline="")
    return BoundedLines(file, encoding="utf-8-sig", errors="surrogateescape", newline="")

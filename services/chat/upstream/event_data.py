"""The data of server-sent events, out of the bytes of an upstream as they arrive. Pure.

By the HTML standard's section "Server-sent events", less what no upstream of OpenAI's protocol uses: names, ids and
retry times are passed over. It works on whole blocks, since everything that arrived together is wanted together; the
openai SDK's decoder hands every line through four generators, which costs more than reading the JSON in it.
"""

import re
from typing import Final

LONGEST_EVENT_BYTES: Final = 4_000_000
"""An event that is not over by then is no chunk of an answer."""

_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class EventData:
    """Takes the bytes of one stream, cut anywhere. Not for concurrent use."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._begun = False

    def feed(self, block: bytes) -> list[str]:
        """The data of every event that is complete now. ValueError for bytes that are not UTF-8, or without an end."""
        text = self._rest + block
        # The other half of a line's end may come with the next block.
        held = b"\r" if text.endswith(b"\r") else b""
        lines = _LINE_END.split(text.removesuffix(held))
        self._rest = lines.pop() + held
        if len(self._rest) + sum(map(len, self._data)) > LONGEST_EVENT_BYTES:
            raise ValueError("an event without an end")
        return [data for line in lines if (data := self._take(line)) is not None]

    def _take(self, line: bytes) -> str | None:
        if not self._begun:
            self._begun, line = True, line.removeprefix(_BYTE_ORDER_MARK)
        if line.startswith(b"data:"):
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
        elif line == b"data":
            self._data.append(b"")
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            return data.decode()
        return None

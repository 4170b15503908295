"""Which tests go to one worker of pytest-xdist together."""

from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/browser/"


class FilesAndBrowser(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file is one piece, as with `--dist loadfile`; those of the browser are one: one Chromium, one inbox."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else str(super()._split_scope(nodeid))

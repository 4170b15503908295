"""How tests are shared out: the browser's go to one worker, every other file is a piece of its own."""

import pytest

from tests.support.scheduling import FilesAndBrowser


@pytest.mark.parametrize(
    ("test", "piece"),
    [
        ("tests/browser/test_page.py::test_one[a::b]", "tests/browser/"),
        ("tests/browser/test_views.py::test_two", "tests/browser/"),
        ("tests/unit/store/test_filters.py::test_three", "tests/unit/store/test_filters.py"),
    ],
)
def test_pieces(test: str, piece: str) -> None:
    assert FilesAndBrowser.__new__(FilesAndBrowser)._split_scope(test) == piece

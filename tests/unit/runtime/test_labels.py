"""The label vocabulary: every label has words for readers."""

import re

from services.runtime.labels import CATEGORIES, INTENTS, LABEL_TITLES


def test_every_label_has_a_title_that_reads_as_words() -> None:
    assert set(LABEL_TITLES) == {*INTENTS, *CATEGORIES}
    for title in LABEL_TITLES.values():
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", title.alone)
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", title.before_noun)


def test_no_two_labels_share_a_title() -> None:
    for names in (INTENTS, CATEGORIES):
        assert len({LABEL_TITLES[name].alone for name in names}) == len(names)

"""Requests to the classifier, read and checked."""

import pytest

from earshot.classifier.v1 import classifier_pb2
from services.classifier.contract.convert import MAX_LANGUAGES, read_classify_request
from services.runtime.errors import ErrorReason, InvalidInputError


def languages_of(*codes: str) -> frozenset[str]:
    return read_classify_request(classifier_pb2.ClassifyRequest(texts=["a"], languages=codes))[0].languages


def test_of_a_code_the_language_counts() -> None:
    assert languages_of() == frozenset()
    assert languages_of("en", "EN", "en-GB", "pt-br", "zh-Hant-TW", "und") == {"en", "pt", "zh", "und"}


@pytest.mark.parametrize("code", ["", "e", "english", "en_GB", "en-", " en", "*", "en\x00"])
def test_what_is_no_code_is_named(code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        languages_of("fr", code)
    assert caught.value.violations[0].field == "languages[1]"


def test_languages_are_few() -> None:
    assert languages_of(*["en"] * MAX_LANGUAGES) == {"en"}
    with pytest.raises(InvalidInputError) as caught:
        languages_of(*["en"] * (MAX_LANGUAGES + 1))
    assert (caught.value.reason, caught.value.violations[0].field) == (ErrorReason.BAD_LIMIT, "languages")

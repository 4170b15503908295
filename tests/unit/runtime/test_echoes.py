"""What upstreams quote of a request does not reach the log."""

from hypothesis import given
from hypothesis import strategies as st

from services.runtime.echoes import without_echo

SYSTEM = {"role": "system", "content": "The canary of the system prompt is called Koko."}
ASKED = {"role": "user", "content": "why was the withdrawal of\nanna@example.com refused?"}


def test_a_refusal_is_kept_and_what_it_quotes_is_not() -> None:
    refusal = {"detail": [{"type": "missing", "loc": ["body", "seed"], "input": {"messages": [SYSTEM, ASKED]}}]}
    kept = without_echo(f"Error code: 422 - {refusal}", [SYSTEM, ASKED])
    assert "'loc': ['body', 'seed']" in kept
    assert not any(word in kept for word in ("canary", "Koko", "withdrawal", "anna", "refused"))


def test_what_quotes_nothing_stays_as_it_is_and_is_cut() -> None:
    told = "Error code: 404 - {'error': {'message': 'The model `gpt-x` does not exist'}}"
    assert without_echo(told, [SYSTEM, ASKED, {"role": "assistant", "content": None}]) == told
    assert without_echo("x" * 600, []) == "x" * 500


WORDS = st.characters(exclude_characters="…")


@given(st.text(WORDS, max_size=40), st.text(WORDS, min_size=16, max_size=100), st.text(WORDS, max_size=40))
def test_no_quotation_is_left(before: str, said: str, after: str) -> None:
    assert said not in without_echo(before + said + after, [{"role": "user", "content": said}])

"""What a message means after others: a fragment takes the nearest need, an end or an acknowledgement takes none."""

from collections.abc import Sequence

import pytest

from services.classifier.labelling import context
from services.classifier.scoring.engine import Engine
from services.classifier.scoring.prediction import Prediction
from services.classifier.scoring.predictor import Predictor

WAITS = "my withdrawal is pending since Monday"
LOCKED_OUT = "I can't log in, it says wrong password"

NEARER_NEED: list[tuple[Sequence[str], str, set[str]]] = [
    (["my deposit went through but slow", "when will my verification be done"], "well?", {"verification"}),
    (["did my deposit of 100 arrive? I see it now", "the live roulette is lagging"], "still", {"game_technical"}),
    (["did my deposit arrive? yes i see it", "how do I verify my account?"], "what do you need", {"verification"}),
    (["I deposit every week with you", "today I can't get past the login page"], "same error", {"login_failed"}),
    (["withdrawal to my bank takes how long?", "I also cannot log in"], "since yesterday", {"login_failed"}),
    (["where can i upload my id", "by the way my deposit is in, thanks"], "so where", {"verification"}),
    ([WAITS, "hello", "anyone?"], "still nothing", {"withdrawal_delayed"}),
    (["my withdrawal is pending 5 days and I can't log in"], "both still", {"withdrawal_delayed", "login_failed"}),
    (["hello", "I want to close my account"], "today please", {"account_closure"}),
    (["book of ra froze on my phone"], "same thing on the laptop", {"game_technical"}),
]
ANY_TOPIC: list[tuple[Sequence[str], str, set[str]]] = [
    (["I uploaded my passport two days ago"], "how long does it take?", {"verification"}),
    (["what is the minimum withdrawal?"], "and the maximum?", {"withdrawal_info"}),
    (["what is the minimum deposit?"], "and the maximum?", {"deposit_info"}),
    (["my account is under review since friday"], "for how many days?", {"account_locked"}),
    (["how do I deposit?"], "how do I withdraw?", {"withdrawal_info"}),
    ([WAITS], "are you there?", {"human_agent"}),
    ([WAITS], "the slot froze too", {"game_technical"}),
]
NOT_YET: list[tuple[Sequence[str], str, set[str]]] = [
    (["my payout was returned"], "not sorted yet", {"withdrawal_rejected"}),
    (["my deposit is missing"], "it has not arrived", {"deposit_not_credited"}),
    ([LOCKED_OUT], "doesnt work now either", {"login_failed"}),
    ([WAITS], "ok but how long?", {"withdrawal_delayed"}),
]
ENDED: list[tuple[Sequence[str], str, set[str]]] = [
    ([before], text, {"smalltalk"})
    for before, text in [
        (WAITS, "ok i will wait"),
        (WAITS, "ok thank you, will wait"),
        (WAITS, "okay will try that"),
        (WAITS, "fine, i'll check later"),
        (WAITS, "understood"),
        (WAITS, "i see"),
        (WAITS, "it came!"),
        (WAITS, "never mind"),
        (LOCKED_OUT, "works again"),
        (LOCKED_OUT, "i am in now"),
        ("my bonus is missing", "ok found it"),
    ]
]


def labels(engine: Engine, predictor: Predictor, previous: Sequence[str], text: str) -> set[str]:
    def read(texts: Sequence[str]) -> list[Prediction]:
        return predictor.predict(engine.tokenize(texts))[0]

    alone = read([text])[0]
    if context.needs_context(text, alone):
        alone = context.taken_from(alone, read(context.with_context(text, previous))) or alone
    return {name for name, _ in alone.intents}


@pytest.mark.parametrize(("previous", "text", "right"), [*NEARER_NEED, *ANY_TOPIC, *NOT_YET, *ENDED])
def test_a_message_means_what_the_one_before_it_makes_of_it(
    engine: Engine, predictor: Predictor, previous: Sequence[str], text: str, right: set[str]
) -> None:
    assert labels(engine, predictor, previous, text) == right

"""What is done with a text that the model abstains on: steps in the order the operator chose. Pure.

A step is asked only while the text is in doubt, and leaves its name in the answer. `review` leaves the text to people:
the answer stays the fallback, which the store's review queue takes first, and what later steps say only joins the
prediction set.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

from services.classifier.scoring.doubt import prediction_set
from services.classifier.scoring.prediction import Answer, Scored
from services.classifier.text.reading import read_of

BackEnd: TypeAlias = Literal["model", "cascade", "llm"]
"""Who labels: the model; the model, and the language model where it abstains; or the language model always."""

DoubtStep: TypeAlias = Literal["rules", "llm", "review"]

MODEL: Final = "model"
RULES: Final = "rules"
LLM: Final = "llm"
REVIEW: Final = "review"
NOBODY: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class LowConfidence:
    """What the operator chose."""

    back_end: BackEnd = MODEL
    steps: tuple[DoubtStep, ...] = (REVIEW,)
    """Each at most once; `review` is always among them."""
    word_rules: Mapping[str, str] = field(default_factory=dict)
    """Intents by word or phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One text's answer and how it came about."""

    text: str
    answer: Answer
    before: tuple[str, ...] = ()
    """What a fragment was read behind."""
    steps: tuple[str, ...] = (MODEL,)
    answered_by: str = MODEL
    unsupported_language: bool = False
    candidate: str = ""
    candidates: tuple[Scored, ...] = ()

    @property
    def in_doubt(self) -> bool:
        """Whether nobody is sure of an intent so far."""
        return self.answer.prediction.abstained


def settled(one: Labelled, names: Collection[str], intents: Sequence[str], *, by: str) -> Labelled:
    """The text with `names` for its intents, each with the model's own probability (`intents` names its outputs)."""
    prediction = one.answer.prediction
    own = dict(zip(intents, prediction.probabilities, strict=True))
    chosen = tuple(sorted(((name, own[name]) for name in names), key=lambda item: (-item[1], item[0])))
    widened = prediction_set(dict(prediction.prediction_set) | dict(chosen), chosen, 0.0)
    steps = (*one.steps, by)
    if REVIEW in one.steps:
        seen = replace(prediction, prediction_set=widened)
        return replace(one, answer=replace(one.answer, prediction=seen), steps=steps)
    found = replace(prediction, intents=chosen, abstained=False, prediction_set=widened)
    return replace(one, answer=replace(one.answer, prediction=found), steps=steps, answered_by=by)


def left_to_people(one: Labelled) -> Labelled:
    """A text that is still in doubt, marked for review."""
    return replace(one, steps=(*one.steps, REVIEW)) if one.in_doubt else one


class WordRules:
    """The operator's own words for intents, for texts that the model is not sure of. The first that occurs decides."""

    def __init__(self, intent_of: Mapping[str, str]) -> None:
        """Phrases are met as whole words, whatever their case and the spaces between them."""
        self._rules = [(phrase, _pattern(phrase), intent) for phrase, intent in intent_of.items()]

    def applied(self, one: Labelled, intents: Sequence[str]) -> Labelled:
        """A text in doubt after the rules; `rules` of its prediction names the phrase that decided."""
        if not one.in_doubt:
            return one
        folded = read_of(one.text).casefold()
        for phrase, pattern, intent in self._rules:
            if pattern.search(folded):
                prediction = one.answer.prediction
                named = replace(prediction, rules=(*prediction.rules, f"words:{phrase}"))
                return settled(replace(one, answer=replace(one.answer, prediction=named)), [intent], intents, by=RULES)
        return replace(one, steps=(*one.steps, RULES))


def _pattern(phrase: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, phrase.casefold().split()))
    return re.compile(rf"(?<!\w){words}(?!\w)")

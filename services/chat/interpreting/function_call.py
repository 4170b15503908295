"""The closed schema in which a language model may say what is asked, and the check of what it says. Pure.

There is no date in it. The model quotes the words that name a period; a quote that is not in the question is refused.
So is a channel that neither the lexicon nor the question knows: it would be counted, as none.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.chat.lexicon.channels import SOURCE_WORDS
from services.chat.question import Dimension, Filters, LabelFilter, Measure, Order
from services.runtime.labels import CATEGORIES, INTENTS, SENTIMENTS

NAME: Final = "ask_statistics"

_MAX_VALUES: Final = 30
_MAX_QUOTE: Final = 200
_SOURCES: Final = tuple(name for names in SOURCE_WORDS for name in names)
_SAID_OF_SOURCES: Final = frozenset(word for words in SOURCE_WORDS.values() for word in words.split(", "))
_SOURCE: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}")


class BadCallError(Exception):
    """The model's arguments do not fit; the text tells it why."""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Values(_Closed):
    """A condition on one field."""

    any_of: tuple[str, ...] = Field(default=(), max_length=_MAX_VALUES)
    none_of: tuple[str, ...] = Field(default=(), max_length=_MAX_VALUES)
    all_of: tuple[str, ...] = Field(default=(), max_length=_MAX_VALUES)


class FilterChoice(_Closed):
    """Which messages count."""

    categories: Values = Values()
    intents: Values = Values()
    sources: Values = Values()
    sentiments: Values = Values()
    languages: Values = Values()


class Call(_Closed):
    """One call of the function, as the model may make it."""

    measure: Measure = Measure.MESSAGE_COUNT
    filters: FilterChoice = FilterChoice()
    share_of: FilterChoice | None = None
    group_by: tuple[Dimension, ...] = Field(default=(), max_length=3)
    order: Order = Order.VALUE_DESC
    limit: int = Field(default=0, ge=0, le=1_000)
    period_quote: str = Field(default="", max_length=_MAX_QUOTE)
    earlier_period_quote: str = Field(default="", max_length=_MAX_QUOTE)
    keeps_period: bool = False


def parse_call(arguments: str, question: str, *, sources: Collection[str] = ()) -> Call:
    """The model's arguments, checked; `sources` are those in force. BadCallError says what is wrong with them."""
    try:
        call = Call.model_validate_json(arguments)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise BadCallError(faults) from None
    for quote in (call.period_quote, call.earlier_period_quote):
        if _folded(quote) not in _folded(question):
            raise BadCallError(f"period: {quote!r} is not in the question; quote its own words or leave it empty")
    for choice in filter(None, (call.filters, call.share_of)):
        _check_labels(choice)
        _check_sources(choice, question, sources)
        _check_languages(choice)
    return call


def to_filters(choice: FilterChoice) -> Filters:
    """The choice as filters of a question."""
    return Filters(
        categories=_filter(choice.categories),
        intents=_filter(choice.intents),
        sources=_filter(choice.sources),
        sentiments=_filter(choice.sentiments),
        languages=_filter(choice.languages),
    )


def function() -> dict[str, object]:
    """The function as OpenAI's protocol describes it (JSON Schema)."""
    filters = {
        "categories": _values_schema(CATEGORIES),
        "intents": _values_schema(INTENTS),
        "sources": {**_values_schema(()), "description": f"Channels: {', '.join(_SOURCES)}, or as the question says."},
        "sentiments": _values_schema(SENTIMENTS),
        "languages": {**_values_schema(()), "description": "Codes in lower case, such as en or pt-br."},
    }
    choice = _object(filters)
    quote = {"type": "string", "description": "The question's own words for the period, copied exactly; or empty."}
    return {
        "name": NAME,
        "description": "Asks for exact statistics about customers' messages.",
        "parameters": _object(
            {
                "measure": {"type": "string", "enum": [measure.value for measure in Measure]},
                "filters": choice,
                "share_of": {**choice, "description": "For a share only: the messages it is a share of."},
                "group_by": _enums([dimension.value for dimension in Dimension], most=3),
                "order": {"type": "string", "enum": [order.value for order in Order]},
                "limit": {"type": "integer", "minimum": 0, "maximum": 1000},
                "period_quote": quote,
                "earlier_period_quote": {**quote, "description": "Words for an earlier period to compare with."},
                "keeps_period": {"type": "boolean", "description": "True: the period of the question before stays."},
            }
        ),
    }


def _check_labels(choice: FilterChoice) -> None:
    known = {"categories": CATEGORIES, "intents": INTENTS, "sentiments": SENTIMENTS}
    for field, names in known.items():
        values: Values = getattr(choice, field)
        unknown = set(_named(values)).difference(names)
        if unknown:
            raise BadCallError(f"{field}: {', '.join(sorted(unknown))} is not known; choose from {', '.join(names)}")


def _check_sources(choice: FilterChoice, question: str, in_force: Collection[str]) -> None:
    words = set(re.findall(r"[a-z0-9_-]+", question.casefold()))
    for name in _named(choice.sources):
        is_written = name in words and name not in _SAID_OF_SOURCES and _SOURCE.fullmatch(name)
        if not (name in _SOURCES or name in in_force or is_written):
            known = ", ".join(_SOURCES)
            raise BadCallError(f"sources: {name[:64]!r} is not known; choose from {known}, or what the question writes")


def _check_languages(choice: FilterChoice) -> None:
    for code in _named(choice.languages):
        if _LANGUAGE.fullmatch(code) is None:
            raise BadCallError(f"languages: {code[:64]!r} is no code in lower case, such as en or pt-br")


def _named(values: Values) -> Iterator[str]:
    yield from (*values.any_of, *values.none_of, *values.all_of)


def _filter(values: Values) -> LabelFilter:
    return LabelFilter(any_of=values.any_of, none_of=values.none_of, all_of=values.all_of)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _object(properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def _values_schema(names: Sequence[str]) -> dict[str, object]:
    return _object({part: _enums(names, most=_MAX_VALUES) for part in ("any_of", "none_of", "all_of")})


def _enums(names: Sequence[str], *, most: int) -> dict[str, object]:
    items: dict[str, object] = {"type": "string", "enum": list(names)} if names else {"type": "string"}
    return {"type": "array", "items": items, "maxItems": most}

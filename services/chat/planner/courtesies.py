"""Greetings and thanks around a question, which say nothing of messages: "good afternoon, …", "…, thank you". Pure."""

import re
from typing import Final

_TO: Final = r"(?: (?:to )?(?:all|team|everyone|everybody|folks|guys|there|you|again|earshot))*"
_HELLO: Final = r"(?:hi|hello|hey|hiya|dear)(?: there)?"
_GOOD: Final = r"good (?:morning|afternoon|evening|night|day)"
_PART: Final = r"(?:morning|afternoon|evening)"
_WISH: Final = (
    r"(?:and )?(?:have|wish(?:ing)?(?: you)?|enjoy) (?:(?:an?|the|your) )?(?:(?:very )?(?:good|nice|great|lovely) )?"
    r"(?:rest of (?:the|your) )?(?:day|morning|afternoon|evening|night|weekend|one)"
)
_THANKS: Final = (
    r"(?:many )?(?:thanks?(?: (?:you|u))?|thx|cheers)"
    r"(?: (?:so much|very much|a lot|a bunch|in advance|again|kindly|for (?:your|the|all your) (?:help|time|support)))*"
)
_FINE: Final = r"(?:ok|okay|great|cool|perfect|nice|super|good|awesome|bye)"
_ENOUGH: Final = (
    r"(?:that is (?:all|it|enough|everything)(?: (?:for now|for today|i need(?:ed)?))?|all good|no more questions)"
)
_ASKS: Final = (
    r"(?:how|what|which|when|who|why|can|could|now|please|show|give|tell|list|compare|is|are|was|were|did|do)"
)

_BEFORE: Final = re.compile(
    rf"^(?:(?:{_HELLO}{_TO}|{_GOOD}{_TO}|{_PART}{_TO}(?= [,!:.-])|{_PART} (?:all|team|everyone|folks|guys|there)"
    rf"|{_THANKS}(?= (?:[,!.;]|{_ASKS}\b)))(?: [,!:.-])*(?: |$))+"
)
_NO_END: Final = r"(?<! said)(?<! say)(?<! says)(?<! saying)(?<! a)(?<! the)(?<! of)(?<! for)(?<! with)(?<! about)"
_NO_LINK: Final = r"(?<! and)(?<! or)(?<! vs)(?<! versus)(?<! not)(?<! than)(?<! word)(?<! just)(?<! only)(?<! no)"
_AFTER: Final = re.compile(
    rf"(?:(?: (?:,|\.|!|-|\?|please))+(?: and| or| but)?|(?<=\S){_NO_END}{_NO_LINK})"
    rf" (?:{_THANKS}|{_GOOD}|{_WISH})(?: [,!.])*$"
)


def without_courtesies(text: str) -> str:
    """A canonical text without the greeting and thanks at its ends; empty where there is nothing else."""
    previous = ""
    while text != previous:
        previous, text = text, _AFTER.sub("", _BEFORE.sub("", text))
    return "" if is_thanks(text) or re.fullmatch(_WISH, text) else text


def is_thanks(text: str) -> bool:
    """Whether a canonical text is nothing but thanks."""
    return bool(
        re.fullmatch(rf"(?:(?:{_FINE}|,) )*{_THANKS}(?:(?: ,| \.| !)* (?:{_FINE}|{_ENOUGH}))*(?: [,!.?])*", text)
    )

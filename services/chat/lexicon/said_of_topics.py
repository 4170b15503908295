"""What people say of topics and channels in words of their own: (phrase, what it becomes). Data."""

from typing import Final

from services.chat.lexicon.said_of_times import WEEKDAYS

_NETWORK: Final = r"(?:viber|facebook|instagram|insta|twitter|telegram|tg|whatsapp|discord|slack|messenger)(?: bot)?"
_WHO: Final = r"(?:user|customer|player|client|member)"
_OURS: Final = r"(?:our|the|official|support|company|corporate|business|main)"
_THEIRS: Final = r"(?:(?:their|the|my|his|her|an?|our) )?"
_ID_OF: Final = "user customer player client member message ticket conversation session external account transaction"
_NOT_ID_OF: Final = "".join(rf"(?<!{word} )" for word in _ID_OF.split())
_PAPERS: Final = (
    r"(?:id )?documents?|(?:id )?documentation|papers|paperwork|kyc(?: documents?)?|(?:id )?verification|passports?"
    r"|selfies?|proofs? of \w+|identification"
)
_LACK: Final = (
    r"(?:missing|lacking|(?:the )?lack of|(?:the )?want of|incomplete|invalid|unreadable|outdated|insufficient|absent)"
)
_HELD: Final = (
    r"rejected|refused|declined|cancelled|canceled|denied|returned|blocked|locked|suspended|frozen|delayed|held(?: up)?"
    r"|held back|stuck|pending|on hold|stopped|turned down"
)
_ID: Final = (
    rf"{_NOT_ID_OF}(?:photo )?ids?(?: cards?)?(?! (?:of|number|is|documents?|checks?|verification|¤\S+|\d\S*))",
    "id document",
)
_HELD_FOR: Final = (
    rf"({_HELD}) (?:for|over|on|through)(?: (?:the|their|an?|reasons? of|grounds of))*(?= (?:{_PAPERS})(?!\S))",
    r"\1 because of",
)
_THANKS: Final = (
    r"(how many|number of|count(?: of)?|(?:share|percentage|percent|examples?) of|any) thank(?:s| you s|yous?)",
    r"\1 praise",
)
_WALLET: Final = (
    rf"(?:top up|topped up|topping up|load|loaded|loading|fund|funded|funding) {_THEIRS}(?:wallet|balance|account)s?",
    "top up",
)
_CARD: Final = r"(?:(?:credit|debit|bank) )?cards?(?: payments?)?"
_REFUSED: Final = r"(?:declined?|rejected|refused|failed|not accepted|not working)"
_NIGHT: Final = (
    rf"(?:(?:during|in|on|for) )?(?:the )?night (?:from|of|between) {WEEKDAYS} (?:to|and|on|-) (?:the )?({WEEKDAYS})",
    r"on \1 between 0:00 and 6:00",
)
_CHAT: Final = r"(?:chats?|conversations?|chat (?:history|log)s?|history|threads?|dialog(?:ue)?s?|correspondence)"
_CHAT_OF: Final = (
    rf"(?:the )?(?:(?:whole|full|entire) )?{_CHAT}(?= (?:of|from|with|by) (?:the )?{_WHO} ¤)",
    "messages",
)
TOPICS: Final = (
    (r"(\d+) percent(?= (?:(?:welcome|deposit|match|reload|1st) ){0,2}bonus(?:es)?)", r"\1"),
    (
        r"(?:with|having|without|containing|have|has) (?:no|an?|any) (?:(?:real|actual|clear|proper) )*requests?",
        "in small talk",
    ),
    _NIGHT,
    _CHAT_OF,
    _ID,
    _THANKS,
    _WALLET,
    (rf"{_CARD} (?:(?:is|are|was|were|got|being|been|get|gets|keeps?) )*{_REFUSED}", "failed deposit"),
    (rf"{_REFUSED} {_CARD}", "failed deposit"),
    (rf"{_LACK} (?:(?:the|their|an?|any|some|of) )*(?:{_PAPERS})", "documents"),
    (rf"({_PAPERS}) (?:reasons?|grounds)", r"\1"),
    _HELD_FOR,
    (rf"(?<!their )(?<!his )(?<!my )({_NETWORK}) (?:accounts?|profiles?|handles?)", r"\1"),
    (rf"({_OURS}) (email|mail|phone|web|chat) accounts?", r"\1 \2"),
)
"""A name of ours on a network is a channel, not an account; what is held for papers is held because of them; a card
is declined where a deposit fails.
"""

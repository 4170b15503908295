"""What people type on a phone: words cut short, without their vowels or their spaces, figures for words. Data and pure.

A short form that is a word of its own ("comp", "cat", "2") is one only where its neighbours say so.
"""

import re
from typing import Final

from services.chat.lexicon.numerals import MONTH_NAME

_CONTRACTIONS: Final[dict[str, str]] = {
    "can not": "can't cannot cant",
    "will not": "won't wont",
    "shall not": "shan't",
    "what is": "what's whats whts wots wats",
    "how is": "how's hows hws",
    "who is": "who's whos",
    "that is": "that's thats",
    "it is": "it's",
    "there is": "there's theres",
    "where is": "where's wheres",
    "let us": "let's lets",
    "do not": "dont",
    "did not": "didnt",
    "does not": "doesnt",
    "is not": "isnt",
    "are not": "arent",
    "was not": "wasnt",
    "were not": "werent",
    "has not": "hasnt",
    "have not": "havent",
    "could not": "couldnt",
    "today": "todays",
    "yesterday": "yesterdays",
    "give me": "gimme",
    "including": "incl",
    "o'clock": "o'clock",
    "halloween": "hallowe'en",
}
_SHORT: Final[dict[str, str]] = {
    "negative": "neg",
    "positive": "pos",
    "count": "cnt",
    "unique": "uniq unq unik uniqe uniqu",
    "difference": "delta gap diff",
    "percent": "pct perc",
    "average": "avg avrg",
    "total": "ttl totl",
    "number": "nr num",
    "numbers": "nums",
    "the": "teh hte da",
    "and": "adn nd n",
    "this": "thsi htis tis ths",
    "that": "taht dat",
    "excluding": "excl",
    "except": "xcept excpt",
    "with": "wit wid wiht",
    "have": "hav hv",
    "get": "gt",
    "more": "mor moar",
    "most": "mst",
    "than": "thn den",
    "over": "ovr",
    "were": "wer wr",
    "been": "bn",
    "some": "sm",
    "every": "evry evrey",
    "down": "dwn",
    "high": "hgh",
    "why": "wy",
    "who": "hu",
    "much": "mch",
    "other": "othr",
    "same": "sme",
    "first": "1rst frst",
    "top": "tp",
    "talk": "tlk",
    "want": "wnt",
    "right now": "rn atm",
    "until": "til",
    "midnight": "midnite",
    "night": "nite",
    "what": "wut wat wot wht waht",
    "when": "whn wen",
    "which": "wich whch",
    "how": "hw hwo",
    "many": "mny mnay",
    "any": "ne",
    "show": "shw",
    "give": "giv",
    "could": "cud",
    "would": "wud",
    "from": "frm",
    "about": "abt bout",
    "between": "btwn betw",
    "since": "sinc",
    "through": "thru",
    "before": "b4",
    "because": "bc cuz coz cos bcoz bcos becos becuz",
    "vs": "v",
    "compare": "cmp cmpr cmpare",
    "are": "r",
    "you": "u",
    "your": "ur",
    "please": "asap pls plz plse",
    "thanks": "thks thnx thanx tnx tks ty",
    "doing": "doin",
    "going": "goin",
    "getting": "gettin",
    "coming": "comin",
    "last": "lst las lsat",
    "last week": "lw",
    "last month": "lm",
    "last year": "ly",
    "previous": "prv prev",
    "next": "nxt",
    "current": "curr",
    "days": "dys dayz",
    "hour": "hr h",
    "hours": "hrs",
    "minutes": "min mins",
    "day": "d dy",
    "week": "wek weak wk weke",
    "weeks": "weaks wks",
    "month": "mnth mont mouth mth mo",
    "months": "mnths mouths mths mos",
    "quarter": "qtr",
    "quarters": "qtrs",
    "year": "yr y",
    "years": "yrs",
    "weekly": "wkly",
    "daily": "dly",
    "monthly": "mthly mnthly",
    "hourly": "hrly",
    "weekend": "wknd wkend",
    "weekends": "wknds wkends",
    "weekday": "wkday",
    "weekdays": "wkdays",
    "yesterday": "yday ystd yst yest ystday yesday",
    "today": "tday tdy",
    "tomorrow": "tmrw tmr",
    "tonight": "tonite",
    "morning": "morn",
    "wednesday": "wensday wednsday",
    "messages": "msgs mssgs msgz",
    "message": "mssg",
    "withdrawal": "wd wdl wdrl wdrawl wdrawal withdrawl",
    "withdrawals": "wds wdrls wdrawls wdrawals withdrawls",
    "deposit": "dep depo",
    "deposits": "deps depos",
    "bonus": "bns",
    "bonuses": "bonusses bonusess",
    "account": "acc acct",
    "accounts": "accs accts",
    "verification": "verif",
    "password": "pwd pw",
    "problem": "prob",
    "problems": "probs",
    "telegram": "telegramm telegrams",
    "channel": "chan",
    "channels": "chans",
    "people": "ppl peeps",
    "user": "usr",
    "users": "usrs",
    "customer": "cust",
    "customers": "custs",
    "complaint": "compl",
    "complaints": "compls",
}
"""What is meant, and how it is typed."""
CONTRACTIONS: Final = {typed: meant for meant, forms in _CONTRACTIONS.items() for typed in forms.split()}
SHORTHAND: Final = {typed: meant for meant, forms in _SHORT.items() for typed in forms.split()}
_PERIOD: Final = r"(?:hours?|days?|weeks?|months?|quarters?|years?|weekends?|nights?|wk|mth|yr)"
_ROW: Final = r"(?:hour|day|week|month|weekday|channel|language|category|source|topic|user|customer)"
_GLUED: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(last|lst|this|ths|past|previous|prev|next|whole)(\d{{0,3}}{_PERIOD})\b",
        rf"\b(\d{{1,3}})({_PERIOD})\b",
        r"\b(last|past|top|first|bottom)(\d{1,3})\b",
        rf"\b(per|by|each|every)({_ROW})\b",
        r"\b(how)(many|much|often)\b",
        r"\b(show|give|tell)(me|us)\b",
        r"\b(since|until|before|after|on)(yesterday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    )
)
_ONE: Final = re.compile(r"\b(any|some|every|no)1\b")
_ROWS_OF: Final = r"(top|main|worst|biggest|best|by|per|each|which|what|by the|busiest|of) (\d{1,3} )?"
_TOPIC: Final = (
    r"deposits?|withdrawals?|bonus(?:es)?|complaints?|verification|telegram|livechat|email|german|english|russian"
)
_TIME: Final = rf"last|this|the|today|yesterday|past|{MONTH_NAME}"
_LISTED: Final = (
    r"(reasons?|causes?|messages?|msg|complaints?|numbers?|counts?|trends?|examples?|stats|share|data|overview|summary"
    r"|report|same|thanks|weekdays?|days?|hours?|channels?|languages?|topics?|categor(?:y|ies)|totals?)"
)
_NO_TWO: Final = r"(?! (?:(?:last|previous|past|these|those|full) )?(?:\d|of\b|[a-z]+(?<!u)s\b))"
"""Not before what may be counted: "compare 2 channels"."""
_WEEKDAY: Final = r"(?:mon|tues?|weds?|wednes|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
_CHANNEL: Final = r"(via|on|over|through|by|per|from|vs|versus|and|or)"
_CODES: Final = (
    ("de", "german"), ("en", "english"), ("ru", "russian"), ("fr", "french"), ("es", "spanish"), ("sl", "slovene"),
    ("hr", "croatian"), ("sr", "serbian"), ("pl", "polish"), ("tr", "turkish"), ("cs", "czech"), ("hu", "hungarian"),
)  # fmt: skip
_NOTHING_OF_IT: Final = rf"(?: ?$| [?,]| (?:and|or|vs|versus|by|on|messages?|complaints?|{_TIME})(?: |$))"
IN_PLACE: Final = (
    (r"w / (?:day|dl|drl|drawa?l|drwl)", "withdrawal"),
    (r"w / (?:ds|dls|drls|drawa?ls|drwls)", "withdrawals"),
    (r"^((?:(?:and|but|so|ok|pls|please) )*)comp(?= )", r"\1compare"),
    (rf"{_ROWS_OF}cats?(?= |$)", r"\1 \2category"),
    (rf"(compared?|relative|close|back|go|going|went|up|due|related|want|need|like) 2{_NO_TWO}", r"\1 to"),
    (r"((?:this|last|current) (?:day|week|month|quarter|year)|today) 2(?= (?:last|previous|the|this) )", r"\1 to"),
    (rf"({_WEEKDAY}) 2(?= {_WEEKDAY}(?: |$))", r"\1 to"),
    (rf"^((?:(?:and|but|so|now|same|what about|how about) )*)4(?= (?:{_TOPIC}|{_TIME})(?: |$))", r"\1for"),
    (rf"((?:yesterday|today|this|last|{_WEEKDAY}))(?: (?:in the|at))? eve(?= |$)", r"\1 evening"),
    (rf"{_LISTED} 4(?= (?:{_TOPIC}|{_TIME}|contact\w*)(?: |$))", r"\1 for"),
    (r"^((?:(?:and|but|so) )*)year(?= (?:so|are|did|do|does|is|was|were|we|the|there|many) )", r"\1why"),
    (rf"{_CHANNEL} fb(?: messenger)?", r"\1 facebook"),
    (rf"{_CHANNEL} ig", r"\1 instagram"),
    (rf"{_CHANNEL} wa", r"\1 whatsapp"),
    (r"(via|on|over|through) x", r"\1 twitter"),
    *((rf"(in|only|just|lang|language|vs|and) {code}(?={_NOTHING_OF_IT})", rf"\1 {name}") for code, name in _CODES),
    (r"(see|show|give|get|read)( me| us)? sum(?= )", r"\1\2 some"),
    (r"^((?:(?:and|but|so) )*)year(?= \?|$)", r"\1why"),
    (r"#(?: of)?(?= [a-z])|no(?: \.)? of(?= \S)", "number of"),
    (r"(\d+) exs?(?: \.)?(?= of| from| about|$)", r"\1 examples"),
    (r"(\d{1,2}[/.]\d{1,2}\.?) 2(?= \d{1,2}[/.]\d{1,2})", r"\1 to"),
    (r"p / (hour|day|week|month|channel|language|category)", r"per \1"),
    (r"(vs|versus|than|compared to) before(?= ?$| [?])", r"\1 the period before"),
    (rf"fr(?= (?:{_TIME}|\d))", "for"),
    (r"(messages|complaints|deposits|withdrawals|users|customers) / (hour|day|week|month)", r"\1 per \2"),
)  # fmt: skip
"""Short forms that are words of their own, by what stands beside them; the text is canonical but for these."""


def unglued(text: str) -> str:
    """`text`, in lower case, with the spaces that were left out: "lastweek", "top5", "last7days"."""
    text = _ONE.sub(r"\1one", text)
    for pattern in _GLUED:
        text = pattern.sub(r"\1 \2", text)
    return text

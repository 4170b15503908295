"""What people say in words of their own for what the planner reads: (phrase, what it becomes). Data.

The phrases are patterns over whole tokens of canonical text, tried in their order.
"""

from typing import Final

from services.chat.lexicon.said_of_denials import DENIALS
from services.chat.lexicon.said_of_moods import CROWD, MOODS
from services.chat.lexicon.said_of_times import COMPARISONS, LAST_SPAN, LONE_SPAN, OTHER_PARTS, SET_AGAINST, WEEKDAYS
from services.chat.lexicon.said_of_topics import TOPICS

_BE: Final = r"(?:(?:do|does|did|is|are|was|were|has|have|had|be|being|been|still) )*"
_THROUGH: Final = (
    (rf"{_BE}not (?:go|going|went|gone) through", "failed"),
    (rf"{_BE}not (?:come|coming|came) through", "not arrived"),
    (r"(go|goes|went|gone|going|come|comes|came|coming|get|gets|got|getting) through(?= \S)", r"\1"),
)
"""Money that goes through on a day is no period through that day."""

_DO: Final = r"(?:is|was|were|are|has|have|does|did)"
_ALARMING: Final = r"(?:on fire|burning|alarming|critical|worrying|notable|remarkable|out of line)"
_USED: Final = r"(?:used|mentioned|said|written|appear|appeared|occur|occurred|come up|came up)"
_ASKED_OTHERWISE: Final = (
    (
        (
            r"(?:(?:do|have) you (?:have |got )?|got )?(?:any|an|no) (?:idea|clue)(?: (?:about|of|on))?"
            r"(?= (?:how|what|which|why|when|if|whether) )"
        ),
        "",
    ),
    (
        (
            r"(?:(?:just|only|an?|one|1) )*(?:quick|small|short|last|more) (?:question|one|thing|check)(?: for you)?"
            r"(?= [-,:.!]| (?:how|what|which|why|when|can|could) )"
        ),
        "",
    ),
    (rf"(anything|something) (?:\w+ )?{_ALARMING}", "anything unusual"),
    (r"what (?:did|have) i miss(?:ed)?", "what happened"),
    (
        r"(?:should|do|must) (?:i|we) (?:(?:be|need|have|to) )*(?:worry|worried|concerned|alarmed)(?: about)?",
        "anything unusual about",
    ),
    (
        r"(?:(?:any|the|how many|number of|count) )*mentions? of(?: (?:the|a|an|word|words|term|phrase))*(?= \S)",
        "how many messages mention",
    ),
    (
        rf"how (?:often|many times) {_DO} (?:the )?(?:exact )?(?:word|term|phrase)s? (\S+)(?: been)? {_USED}",
        r"how many messages mention the word \1",
    ),
    (
        (
            r"(?:strip|filter|tak|cut|weed|screen|throw)(?:e|t|p)?(?:ing)? out(?: (?:all|any|the|of))*(?= \S)"
            r"(?! (?:filters?|grouping|split|channels?|sources?|topics?|categor\w+|periods?|dates?|comparison))"
        ),
        "excluding",
    ),
    (r"^((?:(?:and|but|now|please) )*)(?:leave|take) out(?= \S)", r"\1excluding"),
    (r"(?:leaving|setting|putting) ((?:\S+ ){1,4}?)aside", r"excluding \1"),
    (
        (
            rf"(?:is|are|was|were) {WEEKDAYS} (?:(?:really|usually|always|still|also|normally|typically|in fact) )*"
            r"(?:(?:the|our|my|a) )?(busiest|quietest|worst|best|slowest|calmest|peak)(?: (?:day|weekday|one))?"
        ),
        r"which weekday is the \1",
    ),
    (r"(?:what is|anything|something) new(?= (?:today|yesterday|this|since|in|on|the|last)| \?|$)", "what changed"),
    (
        (
            r"(?:by )?(?:how many|what|how much) percent(?= (?:did|do|does|has|have|is|are|was|were)\b.*"
            r"\b(?:drop|dropped"
            r"|fall|fell|fallen|rise|rose|risen|grow|grew|grown|increased?|decreased?|declined?|changed?|jump(?:ed)?|up"
            r"|down)\b)"
        ),
        "by how much",
    ),
    (
        (
            r"(?:anything|something|what) (?:(?:i|we) (?:should|need to|have to)|should (?:i|we))"
            r" (?:worry|know|be worried|be concerned|look|focus|pay attention|watch)(?: (?:about|at|into|on|to))?"
            r"(?: (?:first|1st|next|now))?"
        ),
        "anything unusual",
    ),
    (
        (
            r"how (?:often|many times) (?:is|are|was|were|has|have|did|do|does)"
            r" (?:(?:people|customers|players|users|they|anyone|somebody|someone) )?(?:the (?:word|term) )?"
            r"(\S+)(?: been| get| got)? mentioned"
        ),
        r"how many messages mention \1",
    ),
    (
        r"how (?:often|many times) (?:do|did|does|have|has) (\S+) mention(?:ed)?(?= \S)",
        "how many messages mention",
    ),
    (
        (
            r"where (?:do|did|does|are|is|were) (?:(?:most|all)(?: of)? )?"
            r"(?!(?:the |our )?(?:this|that|these|those|it|they|numbers?|figures?|data|result)\b)"
            rf"(?:the |our )?(?!(?:\w+ )?{CROWD} com)(?P<sent>.+?) com(?:e|ing) from"
        ),
        r"\g<sent> by channel",
    ),
    (
        (
            r"((?:most common|most frequent|busiest|biggest|top|main) languages?)"
            r" (?:after|behind|next to|apart from) (\S+)"
        ),
        r"\1 excluding \2",
    ),
    (r"uniques|unique (?:visitors|contacts|writers|senders)", "unique customers"),
    (
        (
            r"(how many (?:(?!how many |and |, )\S+ ){1,6}?)(?:, )?and how many(?= )"
            rf"(?! (?:of|were|are|was|is|came|did|do|wrote|(?:\S+ )?(?:{CROWD}|people|messages|tickets|them))\b)"
        ),
        r"\1vs",
    ),
)

SAID_OTHERWISE: Final[tuple[tuple[str, str], ...]] = (
    *DENIALS,
    *TOPICS,
    *COMPARISONS,
    *MOODS,
    *OTHER_PARTS,
    *_THROUGH,
    *SET_AGAINST,
    *_ASKED_OTHERWISE,
    LONE_SPAN,
    LAST_SPAN,
)

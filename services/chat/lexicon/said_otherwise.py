"""What people say in words of their own for what the planner reads: (phrase, what it becomes). Data.

The phrases are patterns over whole tokens of canonical text, tried in their order.
"""

from typing import Final

from services.chat.lexicon.listing import listed

_AGAINST: Final = r"(?:vs|versus|against|or|compared? (?:to|with)|to|with)"
_SPAN: Final = r"(day|week|month|quarter|year)"
_ALL: Final = r"(?:(?:all|total|the total|every|everything|overall|other)\b|messages(?= |$)|§)"
_NAMED_CROWD: Final = r"((?:(?:the|our|most|all|my) )*(?:people|customers?|users?|players?|clients?|everyone|members?))"
_CROWD: Final = _NAMED_CROWD.replace("everyone", "everyone|they")
_MOST: Final = r"(?: (?:the )?most)?"
_MOOD: Final = r"(sentiment|mood)s?"
_ANNOYS: Final = (
    r"(?:annoy|bother|frustrate|upset|irritate|anger|hurt|infuriate|disappoint|enrage|piss)(?:s|es|ed|d|ing)?(?: off)?"
)
_CONTENT: Final = r"(?:happy|satisfied|pleased|content|unhappy|dissatisfied)"

_COMPARISONS: Final = (
    (
        r"compare ((?:(?!(?:to|with|and|against|vs|versus) )\S+ )+?)to(?= )(?!.* (?:with|against|vs|versus) )",
        r"compare \1with",
    ),
    (rf"ratio (?:of|between) ((?:\S+ ){{1,4}}?)(?:to|and|vs|versus|:|/)(?= \S)(?! {_ALL})", r"\1vs"),
    (r"(\S+) (?:to|vs|versus|/|:) (\S+) ratio", r"\1 vs \2"),
    (rf"^(?:(?:and|the|what is|as a) )*ratio (?:to|vs|versus|against|with)(?= \S)(?! {_ALL})", "vs"),
    (rf"weekdays? {_AGAINST} (?:the )?weekends?|weekends? {_AGAINST} (?:the )?weekdays?", "weekdays vs weekends"),
    (
        (
            rf"{_SPAN} to (?:date|now) {_AGAINST}"
            r" (?:(?:the )?(?:last|previous|prior) \1(?: to (?:date|now))?|the \1 before)"
        ),
        r"this \1 vs last \1",
    ),
    (r"w / w", "week on week"),
    (r"yesterday (?:at )?(?:the |this )?same time|(?:at )?(?:the )?same time yesterday", "same time a day earlier"),
    (r"m / m", "month on month"),
    (rf"(last|previous) {_SPAN} (?:at |on )?(?:the )?same (time|day|period)", r"same \3 \1 \2"),
    (
        (
            r"(and|vs|versus|what about|how about|compared? (?:with|to))"
            r" (?:the )?(?:last|previous|prior)(?: one)?(?= \?|$)"
        ),
        r"\1 the one before",
    ),
)
"""A "to" between two things that are compared is no range from one to the other; a ratio is told by both its sides."""

_MOODS: Final = (
    (
        rf"what (?:do|does|did) {_CROWD} (?:\w+ )?(?:love|like|praise|enjoy|appreciate){_MOST} about us",
        "top reasons for praise",
    ),
    (rf"what (?:do|does|did) {_CROWD} (?:\w+ )?(?:hate|dislike){_MOST} about us", "top reasons for complaints"),
    (
        rf"(?:(?:average|mean|overall|general|net|typical|avg|customer) )+{_MOOD}(?: (?:score|level|index|rating)s?)?",
        "what is the sentiment",
    ),
    (rf"{_MOOD} (?:score|level|index|rating)s?", "what is the sentiment"),
    (rf"^(?:(?:show|give|tell) (?:me )?)?(?:the )?{_MOOD}(?! \S*trend)", "what is the sentiment"),
    (
        rf"what (?:do|does|did) {_CROWD} (?:\w+ )?(?:love|like|praise|enjoy|appreciate){_MOST}(?! about)",
        "top reasons for praise",
    ),
    (rf"what (?:are|were) {_CROWD} (?:thanking|praising) us for", "top reasons for praise"),
    (rf"what (?:\w+ )?{_ANNOYS} {_CROWD}{_MOST}", "top reasons for complaints"),
    (
        rf"what (?:makes?|made|keeps?|kept) {_CROWD} (?:\w+ )?(?:happy|happier|satisfied|glad|smile)",
        "top reasons for praise",
    ),
    (
        rf"what (?:makes?|made) {_CROWD} (?:\w+ )?(?:angry|angrier|unhappy|mad|upset|furious|complain)",
        "top reasons for complaints",
    ),
    (rf"what (?:do|does|did) {_CROWD} (?:hate|dislike){_MOST}(?! about)", "top reasons for complaints"),
    (
        (
            rf"what (?:are|were|is) {_CROWD} (?:\w+ )?(?:unhappy|dissatisfied|upset|annoyed|frustrated)"
            r" (?:about|with|by|at)"
        ),
        "top reasons for complaints",
    ),
    (rf"(?:are|were) {_NAMED_CROWD} (?:\w+ )?{_CONTENT}(?: (?:with|about))?(?! (?:than|or))", r"how do \1 feel about"),
    (rf"(?:do|does|did) {_CROWD} (?:\w+ )?(?:like|love|enjoy|hate|dislike)", r"how do \1 feel about"),
    (r"(?:(?:main|biggest|top|worst|key|major) )?pain points?", "biggest problems"),
    (
        r"(?:the )?(?:most negative|worst|nastiest|harshest|rudest|most critical) (messages?|feedback|comments?)",
        r"negative \1",
    ),
    (r"(?:the )?(?:most positive|best|nicest|kindest) (messages?|feedback|comments?)", r"positive \1"),
)
"""There is no score of a mood, only how many messages are of which, and what praise and complaints are about."""

_BE: Final = r"(?:(?:do|does|did|is|are|was|were|has|have|had|be|being|been|still) )*"
_THROUGH: Final = (
    (rf"{_BE}not (?:go|going|went|gone) through", "failed"),
    (rf"{_BE}not (?:come|coming|came) through", "not arrived"),
    (r"(go|goes|went|gone|going|come|comes|came|coming|get|gets|got|getting) through(?= \S)", r"\1"),
)
"""Money that goes through on a day is no period through that day."""

_HALF: Final = r"(1st|2nd) half"
_WEEKDAYS: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_MOVING: Final = r"((?:chang|differ|grow|grew|risen|fallen|dropp|improv|worsen)\w*)"
_MOST_OF_ALL: Final = r"(?: (?:the )?(?:most|fastest|least))?"
_OTHER_PARTS: Final = (
    (
        (
            rf"{_HALF} of ((?:(?:last|this) )?\S+) ({_AGAINST}|and) (?:the )?(1st|2nd)(?: half| one)?"
            r"(?= \?|$)"
        ),
        r"\1 half of \2 \3 \4 half of \2",
    ),
    (r"(?:later|latter) half", "2nd half"),
    (r"same (?:point|stage|moment)(?: in time)?", "same time"),
    (rf"{_MOVING}{_MOST_OF_ALL} since last (week|month|quarter|year)", r"\1 this \2 vs last \2"),
    (rf"{_MOVING}{_MOST_OF_ALL} since yesterday", r"\1 today vs yesterday"),
)
"""The half beside another one is of the same month; what changed since a period is set against it."""

_ASKED_OTHERWISE: Final = (
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
            rf"(?:is|are|was|were) {_WEEKDAYS} (?:(?:really|usually|always|still|also|normally|typically|in fact) )*"
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
            r" (?:worry|know|be worried|be concerned)(?: about)?"
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
            rf"(?:the |our )?(?!(?:\w+ )?{_CROWD} com)(?P<sent>.+?) com(?:e|ing) from"
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
            rf"(?! (?:of|were|are|was|is|came|did|do|wrote|(?:\S+ )?(?:{_CROWD}|people|messages|tickets|them))\b)"
        ),
        r"\1vs",
    ),
)

_MOVED: Final = (
    r"(grew|grow|grows|growing|rose|rises?|rising|increas\w+|dropp?\w*|f[ea]ll\w*|declin\w+|decreas\w+|improved|worsened"
    r"|changed|(?:went|going|gone|is|was|are) (?:up|down))"
)
_TIMELESS: Final = (
    r"(?!(?:last|this|past|previous|since|between|from|in|for|over|during|chang\w*|grow\w*|trend\w*|differ\w*) )\S+"
)
_SHORT: Final = r"(?:\S+ ){1,3}?(?:(?:really|still|also|always) )?"
_STEPWISE: Final = r"(day|week) (?:on|over) \2(?: (?:comparison|figures?|numbers?))?"
_UNITS: Final = r"(?:hour|day|week|month)s?"
_PARTS: Final = r"(?:overnight|(?:(?:in|at|during|over) )?(?:the )?(?:nights?|evenings?|mornings?|afternoons?))"
_FEASTS: Final = r"(?:halloween|christmas|xmas|easter|valentines?|thanksgiving)"
_SET_AGAINST: Final = (
    (rf"(?:which|what) (?:(?:kind|type|sort)s? of )?(?:issue|problem|concern)s? {_MOVED}", r"what \1"),
    (rf"^((?:{_TIMELESS} )*)wow(?= \?|$)", r"\1week on week"),
    (rf"^((?:{_TIMELESS} )*){_STEPWISE}(?= \?|$)", r"\1this \2 vs last \2"),
    (rf"^()(day|week) (?:on|over) \2((?: {_TIMELESS})+)$", r"\3 this \2 vs last \2"),
    (
        (
            rf"(last|past|rolling|trailing) (\d+) ({_UNITS}) ({_AGAINST})"
            rf" (?:the )?(?:prior|previous|preceding|earlier)(?: \2)?(?! \d)(?! {_UNITS})"
        ),
        r"\1 \2 \3 \4 previous \2 \3",
    ),
    (
        rf"^((?!and |what |how about |vs |compare|now |same )(?:{_TIMELESS} )+)(?:year (?:on|over) year|yoy)(?= \?|$)",
        r"\1this year vs last year",
    ),
    (rf"^(?:year (?:on|over) year|yoy)((?: {_TIMELESS})+)$", r"\1 this year vs last year"),
    (rf"(?:on )?(?:an?|the|our) (typical|average|usual|regular) ({_WEEKDAYS[:-2]})", r"on \2s \1"),
    (
        rf"^((?:\S+ )*(?:average|avg|typical(?:ly)?|usual(?:ly)?|normal(?:ly)?) (?:\S+ )*on) an? ({_WEEKDAYS[:-2]})",
        r"\1 \2s",
    ),
    (r"(deposit|payment|withdrawal|payout) declines", r"failed \1s"),
    (rf"(?:the )?({_FEASTS}) (promo(?:tion)?|campaign|offer|bonus|tournament)s?(?! in)", r"\2 mentioning the word \1"),
    (
        (
            r"(?:is|are|was|were) (?:it|this|that|they|these|those)(?: \w+)? more (?:often|common|frequent)"
            r" (?:on|via|in|over) (?:telegram|live ?chat|e ?mail|whatsapp)(?= \?|$)"
        ),
        "by channel",
    ),
    (rf"btwn|btw(?= (?:the )?(?:\d|{_WEEKDAYS}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))", "between"),
    (
        r"when did (?:the |our )?(.+?) peak(?=(?: (?:in|on|last|this|during)\b.*)?(?: \?)*$)",
        r"which day had the most \1",
    ),
    (
        (
            rf"(?:is|was) (?!it |this |that |{_WEEKDAYS}){_SHORT}(?:the|our|my)"
            r" (busiest|quietest|worst|best|slowest|calmest|peak) (day|week|month)\b"
        ),
        r"which \2 is the \1",
    ),
    (r"(difference|change) (?:in|of) ((?:[^\W\d]+ ){1,3}?)between(?= \S+ and \S+(?: \?)*$)", r"\2 difference between"),
    (r"same(?: again| thing| question)?(?: ,)? but (?:for|with)(?= \S)", "same for"),
    (rf"{_PARTS} \( (?:from )?(\d\S* (?:to|-|until|and) \d\S*) \)", r"from \1"),
)
"""What is set against the time before it without a word that says so, and the hours of a night in brackets."""

_LONE_SPAN: Final = (
    r"^(\d{1,3} (?:hour|day|week|month)s?)(?= [^\W\d]|$)(?! (?:ago|before|after|or|in|from|earlier|later)\b)",
    r"last \1",
)
"""A span without a lead: "30d complaints", "complaints 30 days"."""

_LED: Final = listed(
    "last past previous recent next in for over within than every of the these those first by to and or per prior -"
)
_LAST_SPAN: Final = (
    "".join(rf"(?<!{word} )" for word in _LED) + r"(?<=[^\W\d] )(\d{1,3} (?:hours|days|weeks|months))(?= ?$| [?])",
    r"last \1",
)
SAID_OTHERWISE: Final[tuple[tuple[str, str], ...]] = (
    *_COMPARISONS,
    *_MOODS,
    *_OTHER_PARTS,
    *_THROUGH,
    *_SET_AGAINST,
    *_ASKED_OTHERWISE,
    _LONE_SPAN,
    _LAST_SPAN,
)

"""What people say of periods and comparisons in words of their own: (phrase, what it becomes). Data."""

from typing import Final

from services.chat.lexicon.listing import listed

AGAINST: Final = r"(?:vs|versus|against|or|compared? (?:to|with)|to|with)"
_WRITTEN: Final = r"(?:messages|complaints|tickets|deposits?|withdrawals?|bonus|login|verification|kyc|data)"
_SPAN: Final = r"(day|week|month|quarter|year)"
_ALL: Final = r"(?:(?:all|total|the total|every|everything|overall|other)\b|messages(?= |$)|§)"
WEEKDAYS: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"

_MONTHS: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*"
_OVER: Final = r"(?:(?:in|for|over|from) )?(?:the )?"
_VS: Final = r"(?:vs|versus|against|compared? (?:to|with))"
_NAMED: Final = rf"q[1-4]|h[12]|{_MONTHS}"
_WEEKDAY: Final = r"(?:mon|tues?|weds?|wednes|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
COMPARISONS: Final = (
    *(
        (rf"(?:(?:last|previous|prior)(?: {unit})?|{unit} before) {unit[0]}td", f"last {unit}")
        for unit in ("year", "quarter", "month", "week")
    ),
    (
        r"(complaints?|praise|deposits?|withdrawals?|bonus(?:es)?) per (complaint|deposit|withdrawal|bonus|login)",
        r"\1 vs \2",
    ),
    (rf"({_NAMED}) {_VS} ({_NAMED}) (?:of )?(last|this|the previous) year", r"\1 \3 year vs \2 \3 year"),
    (rf"({_WEEKDAY}) {_VS} ({_WEEKDAY}) (?:of )?(last|this|the previous) week", r"\1 \3 week vs \2 \3 week"),
    (rf"this hour {_VS} (?:the )?last hour", "this hour vs the hour before"),
    (r"from (?:the )?(?:beginning|start) (?:to|until|till) (?:the )?end of(?= \S)", "in"),
    (r"wow(?! [,!])", "week on week"),
    (r"mom", "month on month"),
    (rf"^(?:yoy|year (?:on|over) year) ({_MONTHS}|q[1-4])", r"year on year for \1"),
    (r"(?:up|through) (?:to|until|till) and including|until and including|to and including", "until"),
    (
        r"top (\d+) (per|(?:for|on|in|of) each) (channel|source|language|month|week|day|weekday)s?",
        r"top \1 topics \2 \3",
    ),
    (r"half a year of(?= \S)", "last 6 months"),
    (
        r"(?:last|past|previous) 2 (day|week|month|quarter|year)s (?:compared|in comparison|side by side)",
        r"last \1 vs the \1 before",
    ),
    (
        rf"compare ((?:\S+ ){{0,4}}?){_OVER}(?:last|past|previous) 2 (day|week|month|quarter|year)s(?! of)",
        r"compare \1last \2 vs the \2 before",
    ),
    (rf"(?<!last )(?<!past )(?<!first )(\d+) (day|week|month)s of(?= {_WRITTEN})", r"last \1 \2s"),
    (
        r"compare ((?:(?!(?:to|with|and|against|vs|versus) )\S+ )+?)to(?= )(?!.* (?:with|against|vs|versus) )",
        r"compare \1with",
    ),
    (rf"ratio (?:of|between) ((?:\S+ ){{1,4}}?)(?:to|and|vs|versus|:|/)(?= \S)(?! {_ALL})", r"\1vs"),
    (r"(\S+) (?:to|vs|versus|/|:) (\S+) ratio", r"\1 vs \2"),
    (rf"^(?:(?:and|the|what is|as a) )*ratio (?:to|vs|versus|against|with)(?= \S)(?! {_ALL})", "vs"),
    (rf"weekdays? {AGAINST} (?:the )?weekends?|weekends? {AGAINST} (?:the )?weekdays?", "weekdays vs weekends"),
    (
        (
            rf"{_SPAN} to (?:date|now) {AGAINST}"
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

_HALF: Final = r"(1st|2nd) half"
_NTH: Final = r"1st|2nd|3rd|4th|last"
_MANY: Final = r"many|much|messages|complaints|tickets|deposits|withdrawals|people|users|customers|\d+"
_MOVING: Final = r"((?:chang|differ|grow|grew|risen|fallen|dropp|improv|worsen)\w*)"
_MOST_OF_ALL: Final = r"(?: (?:the )?(?:most|fastest|least))?"
_MOVEMENT: Final = r"(changes?|differences?|increases?|decreases?|growth|drops?|rises?)"
OTHER_PARTS: Final = (
    (
        (
            rf"({_MANY}) an? (hour|day|week|month)"
            r"(?= ?$| [?,]| (?:do|did|does|in|on|last|this|since|over|for|from|about|via|were|are|was|by|came|come) )"
        ),
        r"\1 per \2",
    ),
    (
        (
            rf"(?:the )?({_NTH})(?: (half|week))? ({AGAINST}|and) (?:the )?({_NTH}) (half|week) of"
            r" ((?:(?:last|this) )?\S+)"
        ),
        r"\1 \5 of \6 \3 \4 \5 of \6",
    ),
    (r"(?:the|that|its) (week|month|quarter|year) (?:as a whole|in full|in its entirety)", r"the whole \1"),
    (
        (
            rf"{_HALF} of ((?:(?:last|this) )?\S+) ({AGAINST}|and) (?:the )?(1st|2nd)(?: half| one)?"
            r"(?= \?|$)"
        ),
        r"\1 half of \2 \3 \4 half of \2",
    ),
    (r"(?:later|latter) half", "2nd half"),
    (r"same (?:point|stage|moment)(?: in time)?", "same time"),
    (rf"{_MOVING}{_MOST_OF_ALL} since last (week|month|quarter|year)", r"\1 this \2 vs last \2"),
    (rf"{_MOVING}{_MOST_OF_ALL} since yesterday", r"\1 today vs yesterday"),
    (rf"{_MOVEMENT} (?:in|of) ((?:\S+ ){{1,4}}?)since yesterday", r"\1 in \2today vs yesterday"),
    (rf"{_MOVEMENT} (?:in|of) ((?:\S+ ){{1,4}}?)since last (week|month|quarter|year)", r"\1 in \2this \3 vs last \3"),
)
"""The half beside another one is of the same month; what changed since a period is set against it."""

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
_ON_ONE_DAY: Final = rf"(?:today|yesterday|this (?:morning|afternoon|evening)|last night|{WEEKDAYS})"
_PEAK: Final = r"(?:the |our )?(?:peaks?|high(?:est)? point|maximum|busiest (?:time|moment))(?: (?:of|in|for|with))?"
_NORMAL: Final = r"(?:typical|average|usual|regular|normal|ordinary)"
_MOVES: Final = r"(?:chang|grow|grew|increas|decreas|differ|rise|rose|drop|fall|fell)"
_THAN: Final = r"(?:compared? (?:to|with)|than|vs|versus|against)"
_BEFORE_DAYS: Final = r"(?= (?:on|last|this|yesterday|today)|$| \?)"
_NO_SPAN: Final = r"(?<!last )(?<!past )(?<!next )(?<!previous )"
_PARTED: Final = r"(and|to|-|until|till)"
_TODAY: Final = (
    r"(?:excluding|excl|not including|not incl|without|except(?: for)?|not counting|minus|leaving out)"
    r" (?:today|this {}|the (?:current|running|present) {})"
)
SET_AGAINST: Final = (
    *(
        (rf"(last|past|previous) (\d+) ({unit})s? (?:, )?{_TODAY.format(unit, unit)}", r"last \2 full \3s")
        for unit in ("day", "week", "month")
    ),
    (
        rf"((?:on )?(?P<day>{WEEKDAYS})(?: \S+)*?) {_THAN} (?:(?:on|an?|the|our|any|other) )*{_NORMAL} (?P=day)s?",
        r"\1 than usual",
    ),
    (
        rf"({_MOVES}\w*\b(?: \S+)*?) (?:in|as an?) percent(?:age)?(?: (?:terms|points?))?",
        r"\1",
    ),
    (rf"(\d{{1,2}}) {_PARTED} (\d{{1,2}}) (?:o'clock )?(?:in the (?:afternoon|evening)|at night)", r"\1pm \2 \3pm"),
    (rf"(\d{{1,2}}) {_PARTED} (\d{{1,2}}) (?:o'clock )?in the morning", r"\1am \2 \3am"),
    (
        rf"{_NO_SPAN}(?:from )?(\d{{1,2}}) (?:-|to) (\d{{1,2}}) (?:hours?|o'clock){_BEFORE_DAYS}",
        r"between \1:00 and \2:00",
    ),
    (r"(?:(?:at|around|about) )?(\d{1,2}) (?:o'clock )?in the (?:afternoon|evening)", r"at \1pm"),
    (
        r"(?:in )?(?:the )?(?:run up|runup|lead up|leading up|build up) to",
        "ahead of",
    ),
    (rf"(?:which|what) (?:(?:kind|type|sort)s? of )?(?:issue|problem|concern)s? {_MOVED}", r"what \1"),
    (rf"^((?:{_TIMELESS} )*)wow(?= \?|$)", r"\1week on week"),
    (rf"^((?:{_TIMELESS} )*){_STEPWISE}(?= \?|$)", r"\1this \2 vs last \2"),
    (rf"^()(day|week) (?:on|over) \2((?: {_TIMELESS})+)$", r"\3 this \2 vs last \2"),
    (
        (
            rf"(last|past|rolling|trailing) (\d+) ({_UNITS}) ({AGAINST})"
            rf" (?:the )?(?:prior|previous|preceding|earlier)(?: \2)?(?! \d)(?! {_UNITS})"
        ),
        r"\1 \2 \3 \4 previous \2 \3",
    ),
    (
        rf"^((?!and |what |how about |vs |compare|now |same )(?:{_TIMELESS} )+)(?:year (?:on|over) year|yoy)(?= \?|$)",
        r"\1this year vs last year",
    ),
    (rf"^(?:year (?:on|over) year|yoy)((?: {_TIMELESS})+)$", r"\1 this year vs last year"),
    (rf"(?:on )?(?:an?|the|our) (typical|average|usual|regular) ({WEEKDAYS[:-2]})", r"on \2s \1"),
    (
        rf"^((?:\S+ )*(?:average|avg|typical(?:ly)?|usual(?:ly)?|normal(?:ly)?) (?:\S+ )*on) an? ({WEEKDAYS[:-2]})",
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
    (rf"btwn|btw(?= (?:the )?(?:\d|{WEEKDAYS}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))", "between"),
    (
        r"when did (?:the |our )?(.+?) peak(?=(?: (?:in|on|last|this|during)\b.*)?(?: \?)*$)",
        r"which day had the most \1",
    ),
    (
        rf"when (?:was|were) {_PEAK}(?= .*\b{_ON_ONE_DAY}\b)",
        "which hour had the most",
    ),
    (rf"when (?:was|were) {_PEAK}", "which day had the most"),
    (
        (
            rf"(?:is|was) (?!it |this |that |{WEEKDAYS}){_SHORT}(?:the|our|my)"
            r" (busiest|quietest|worst|best|slowest|calmest|peak) (day|week|month)\b"
        ),
        r"which \2 is the \1",
    ),
    (r"(difference|change) (?:in|of) ((?:[^\W\d]+ ){1,3}?)between(?= \S+ and \S+(?: \?)*$)", r"\2 difference between"),
    (r"same(?: again| thing| question)?(?: ,)? but (?:for|with)(?= \S)", "same for"),
    (rf"{_PARTS} \( (?:from )?(\d\S* (?:to|-|until|and) \d\S*) \)", r"from \1"),
)
"""What is set against the time before it without a word that says so, and the hours of a night in brackets."""

LONE_SPAN: Final = (
    r"^(\d{1,3} (?:hour|day|week|month)s?)(?= [^\W\d]|$)(?! (?:ago|before|after|or|in|from|earlier|later)\b)",
    r"last \1",
)
"""A span without a lead: "30d complaints", "complaints 30 days"."""

_LED: Final = listed(
    "which what last past previous recent next in for over within than every of the these those first by to and or per"
    " prior -"
)
LAST_SPAN: Final = (
    "".join(rf"(?<!{word} )" for word in _LED) + r"(?<=[^\W\d] )(\d{1,3} (?:hours?|days|weeks|months))(?= ?$| [?])",
    r"last \1",
)

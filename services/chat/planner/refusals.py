"""Questions the store cannot answer, or may not: money, staff, games by name, forecasts, people behind the messages."""

import re
from typing import Final

from services.chat.planner.read import SOMEBODY

_AMOUNTS: Final = (
    r"\b(?:revenue|profits?|turnover|ggr|ngr|earnings?|income|margin|losses|jackpot size|net gaming"
    r"|gross gaming|budget|salar(?:y|ies))\b"
    r"|\bhow much (?:money|cash|euros?|dollars?|was|were|is|are|have|has|do|does|did)\b(?!.*\b(?:ris"
    r"|ros|increas|gr[eo]w|grow|chang|drop|fell|fall|decreas|differ|traffic|go up|went up|gone up|down"
    r"|jump|compar)\w*)"
    r"|\bhow much\b.*\b(?:deposited|withdr[ae]w[n]?|paid out|won|win|lost|lose|spen[dt]|wager(?:ed)?|bet)\b"
    r"|[€$£]|\b(?:euros?|eur|usd|dollars?|pounds|gbp|btc price)\b"
    r"|\b(?:total|average|mean|median|sum|highest|largest|biggest"
    r"|typical)(?: of)?(?: the)?(?: \w+)? (?:deposit|withdrawal|payout|bet|stake|win|bonus|cashout"
    r"|payment) (?:amount|size|value|sum)s?\b"
    r"|\b(?:amount|value|sum|size)s? (?:of (?:all |the )?)?(?:deposit|withdrawal|payout|pay out|bet"
    r"|stake|win|bonus|payment)(?:s|es|ed)?\b"
    r"|\b(?:deposit|withdrawal|payout|bet|stake|bonus|payment) (?:amount|value|size)s?\b|\b(?:amount"
    r"|money) (?:deposited|withdrawn|paid|won|lost|of money)\b"
    r"|\b(?:average|mean|total|biggest|largest|highest) (?:deposit|withdrawal|payout|stake|bet"
    r"|win) (?:made|per|in|by|we|last|this|value)?\b(?!.*\bmessages?\b)(?!.*\bper day\b)"
    r"|\b(?:conversion rate|churn|lifetime value|ltv|arpu|retention|market share|stock price"
    r"|share price|exchange rate)\b"
    r"|\bcosts? (?:us|of|per|the)\b|\bmoney (?:did|do|have|has|was|were|is|we|in total|came|left|lost|made)\b"
)
_STAFF: Final = (
    r"\b(?:which|what|best|worst|top|fastest|slowest|each|every|per|by|our|the"
    r"|who) (?:\d+ )?(?:support )?(?:agents?|operators?|employees?|staff|colleagues?|managers?"
    r"|team members?|supporters)\b"
    r"|\bagents? (?:performance|productivity|ranking|workload|rating|score|perform|replied|repl(?:y"
    r"|ies)|answer(?:ed|s)?|handle[ds]?|clos(?:ed?|es)|solved?|resolved?|are|is|did|do|has|have|was"
    r"|were|responded|name)\b"
    r"|\b(?:response|resolution|reply|handling|waiting|wait|answer|first response|first reply|queue) times?\b"
    r"|\b(?:csat|nps|sla|fcr|customer satisfaction score|satisfaction score|handle time|aht)\b"
    r"|\bhow (?:fast|quickly|long|soon) (?:do|does|did|until|before|is|was|are|were) (?:we|our|the"
    r"|support|an?|agents?|it|customers?|people|players?|users?)\b"
    r"|\b(?:performance|productivity) of (?:the |our )?(?:agents?|team|staff|support|operators?|\w+)\b"
    r"|\b(?:team|staff|support) (?:performance|productivity|quality)\b"
    r"|\bagent \w+ (?:handle|answer|solve|close|reply|respond|send|work|process|deal|perform|write|resolve)\w*\b"
    r"|\b(?:handled|answered|solved|resolved|closed|processed) by (?!category|topic|hour|day|week"
    r"|month|weekday|channel|source|language|intent|status)\w+"
)
_GAMES: Final = (
    r"\b(?:book of (?:dead|ra|\w+)|starburst|gates of olympus|sweet bonanza|aviator|big bass"
    r"|crazy time|gonzos?(?: quest)?|mega moolah|wolf gold"
    r"|dead or alive|reactoonz|bonanza|monopoly live|lightning roulette|sugar rush|fire joker|plinko"
    r"|razor shark|jammin jars|money train"
    r"|sizzling hot|dog house|legacy of dead|fruit party|buffalo king|immortal romance|thunderstruck"
    r"|cleopatra|mega joker|spaceman|jetx"
    r"|roulette|blackjack|baccarat|poker|bingo|keno|craps|texas holdem)\b"
    r"|\b(?:which|what|by|per|each|top|best|worst|most popular|every|single|favou?rite"
    r"|popular) (?:\d+ )?(?:slot |casino )?(?:games?|slots?|slot machines?|providers?|titles?|sports?"
    r"|teams?|matche?s?)\b(?! (?:problems?|issues?|messages?|complaints?|questions?|trouble"
    r"|crash(?:es)?))"
    r"|\b(?:game|slot) (?:called|named|titled|provider|title)\b"
)
_OUTSIDE: Final = (
    r"\b(?:weather|rain|sunny|temperature|snow)\b|\b(?:joke|poem|song|recipe|story|essay|haiku|riddle|lyrics|movie)\b"
    r"|\b(?:capital|president|population|prime minister|king|queen) of\b|\b(?:stock market|bitcoin"
    r"|crypto price|world cup|champions league|football match|match score|lottery)\b"
    r"|\bwho (?:won|will win|invented|wrote|is the)\b|\btranslate\b|\b(?:python|javascript|sql|html"
    r"|regex) (?:code|script|query|function)\b|\bwrite (?:me )?(?:a|an|some|code)\b"
    r"|\b(?:competitors?|competition|other casinos?|server load|cpu|uptime|latency|website traffic"
    r"|page views?|visitors?|registrations?|sign ?ups?|new players|active players|players online)\b"
    r"|\b(?:news headlines?|latest news|horoscope|time zone of|meaning of life|what time is it|what day is it)\b"
    r"|\b(?:by|per|which|what|each|every|from which|in which) (?:countr(?:y|ies)|cit(?:y|ies)|regions?"
    r"|ages?|age groups?|gender|device|browser|operating system|os|vip level|currenc(?:y|ies)"
    r"|affiliate|campaign)\b"
    r"|\b(?:male|female|men|women|under 30|over \d+ years|years old|iphone|android|ios|mobile users)\b"
)
_FORECAST: Final = (
    r"\b(?:forecast|predict(?:ion|ed|s)?|projection|extrapolate|prognosis)\b"
    r"|\b(?:will|shall|going to) (?!you\b)|\bare we likely\b|\blikely to (?:be|get|have|see|rise"
    r"|fall)\b|\bexpect(?:ed)? (?:to|next|in|for|tomorrow|§)\b|\b(?:do|should|can) we expect\b"
)
_PERSONAL: Final = (
    r"\bwho (?:are|is|was|were|complain(?:ed|s)?|sent|wrote|write|writes|asked|deposited|withdrew"
    r"|contacted|has|have|had|said|exactly|did|does|among|reported|in particular|keeps?|of)\b"
    r"|\b(?:which|what|list|name|identify|show|give|tell|find|get) (?:me |us )?(?:the |all |all the "
    r"|every |those |specific |individual |top \d+ |\d+ |a list of )?(?:unique |angry |unhappy "
    r"|angriest )?(?:users?|customers?|players?|people|person|clients?|members?)(?! (?:write|complain"
    r"|ask|say|said|want|contact|messages?|complaints?|problems?|count|numbers?|are (?:saying|asking"
    r"|writing|complaining)|talk|mention|feel|think|report|did|do|on|in|by|per|reach|reached|wrote"
    r"|s))\b"
    r"|\b(?:names?|identit(?:y|ies)|emails?|email addresse?s?|e mails?|phone numbers?"
    r"|telephone numbers?|home addresse?s?|addresse?s?|birthdays?|dates? of birth|passports?|ibans?"
    r"|ids?|user ids?|contact details|personal (?:data|details|information)|card numbers?"
    r"|bank (?:details|accounts?)|ip addresse?s?|usernames?) (?:of|for|from|belonging to) (?:the "
    r"|this |that |all |our |every |each |any |those |these )?(?:\w+ )?(?:users?|customers?|players?"
    r"|people|person|clients?|members?|sender|author|complainers?|\w*\d\w*|who|everyone|everybody"
    r"|depositors?)\b"
    r"|\b(?:users?|customers?|players?|clients?|members?|person|his|her|their"
    r"|sender) (?:\w*\d\w* )?(?:names?|email addresse?s?|emails?|phone numbers?|phones?"
    r"|home addresse?s?|dates? of birth|birthdays?|card numbers?|passwords?|ip addresse?s?"
    r"|personal (?:data|details|information)|contact details|identit(?:y|ies)|ibans?|passport numbers?"
    r"|bank details)\b"
    r"|\b(?:card numbers?|credit card|cvv|dates? of birth|social security|personal (?:data|details"
    r"|information)|contact details|bank details)\b"
    r"|\bwhere (?:does|do) (?:user|customer|player|they|he|she)\b.*\blive\b|\b(?:users?|customers?"
    r"|players?) (?:with )?the most (?:complaints|messages|deposits|withdrawals)\b"
    r"|\bmost (?:active|frequent|vocal|annoying|loyal) (?:users?|customers?|players?|senders?"
    r"|people)\b|\b(?:by|per|each|every) (?:user|customer|player|person|client|sender)\b"
)
_COUNTED: Final = re.compile(r"\b(?:how many|number of|count)\b")
_PERSON_CHANGES: Final = re.compile(r"\b(?:change|changing|changed|update|updating|updated)\b")

_REASONS: Final = (
    (re.compile(_PERSONAL), "That would show personal data of customers; I only count and quote what was written."),
    (re.compile(_FORECAST), "I cannot look ahead: the store holds only messages that were already written."),
    (re.compile(_STAFF), "The store holds customers' messages, not the work or the times of the support team."),
    (re.compile(_GAMES), "Messages are not labelled by the name of a game, so I cannot count them by it."),
    (re.compile(_AMOUNTS), "The store holds messages, not money: there are no amounts to add up."),
    (re.compile(_OUTSIDE), "That is not in the store: it holds customers' messages, their labels and their times."),
)


def refused(text: str) -> str:
    """Why the question cannot be answered, in one sentence; empty where it can."""
    spoken = text.replace(SOMEBODY, "user 0")
    return next((reason for pattern, reason in _REASONS if _holds(pattern, spoken)), "")


def _holds(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.search(text)
    if found is None:
        return False
    personal = pattern.pattern == _PERSONAL
    return not (personal and (_COUNTED.search(text) or _PERSON_CHANGES.search(text)) and not _grouped(found[0]))


def _grouped(phrase: str) -> bool:
    return phrase.startswith(("by ", "per ", "each ", "every "))

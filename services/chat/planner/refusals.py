"""Questions the store cannot answer, or may not: money, staff, games by name, forecasts, people behind the messages."""

import re
from typing import Final

from services.chat.lexicon.kept import WHO
from services.chat.planner.money import MONEY
from services.chat.planner.patterns import PEOPLE, WRITTEN, spoken
from services.chat.planner.users import SOMEBODY

_STAFF_NOUN: Final = r"(?:agents?|operators?|employees?|staff|colleagues?|managers?|team members?|supporters)"
_RATED: Final = r"(?:which|what|best|worst|top|fastest|slowest|each|every|per|by|our|who is (?:the|our) best)"
_NOT_PEOPLE: Final = r"(?!category|topic|hour|day|week|month|channel|source|language)"
_WORKED: Final = r"(?:answer|handle|solve|close|resolve|reply|respond|process)(?:e?d|s|ing)?"
_STAFF: Final = spoken(
    rf"{_RATED} (?:\d+ )?(?:support )?{_STAFF_NOUN}",
    rf"agents? (?:\w+ )?(?:performance|productivity|ranking|workload|rating|score|{_WORKED})",
    rf"(?:did|does|do|has|have) (?!¤)\w+ {_WORKED}",
    r"(?:response|resolution|reply|handling|waiting|wait|answer|queue) times?",
    rf"(?:rank|rate|compare|score|judge) (?:the |our )?(?:support )?(?:team|{_STAFF_NOUN})",
    r"who (?:handle[sd]?|answer(?:s|ed)?|solve[sd]?|resolve[sd]?|close[sd]|process(?:es|ed)?|replie[sd]|deals with"
    r"|is (?:handling|answering|responsible))",
    r"(?:did|do|have) we (?:\w+ )?(?:send|sent|write|wrote|written)(?! (?:more|fewer))",
    r"(?:did|do|have) we (?:\w+ )?(?:miss|ignore|overlook)(?:ed)?|missed (?:messages|chats|tickets|calls)",
    r"auto ?(?:repl(?:y|ies|ied)|responses?|responded|answer(?:s|ed)?)|automatic (?:repl(?:y|ies)|responses?|answers?)",
    r"csat|nps|sla|fcr|aht|satisfaction score|handle time",
    r"un ?(?:answered|replied)|without (?:an? |any )?(?:reply|replies|response|answer)s?",
    r"(?:got|get|gets|received|had|have|has) (?:(?:an?|any|no|their|our) )?(?:quick |fast |1st )?"
    r"(?:repl(?:y|ies)|responses?|answers?)",
    rf"(?:from|by|sent by|written by|do|does|did) (?:(?:the|our|support|customers?|vs|versus|and|or) )*{_STAFF_NOUN}",
    rf"{_STAFF_NOUN} (?:send|sends|sent|write|writes|wrote|repl(?:y|ied)|answer(?:ed)?)",
    r"(?:not|never) (?:(?:yet|been) )*(?:answered|replied)(?! (?:my|the|your) question)",
    r"(?:wait(?:s|ed|ing)?|pending|awaiting)(?: for)? (?:(?:an?|our|the|your|any|some) )*"
    r"(?:repl(?:y|ies)|responses?|answers?)",
    r"how (?:fast|quickly|long|soon) (?:do|does|did|until|before|is|was|are|were|will|would)",
    rf"(?:performance|productivity|quality) of (?:(?:the|our) )?(?:{_STAFF_NOUN}|team|support)",
    r"(?:team|staff|support) (?:performance|productivity|quality)",
    rf"(?:handled|answered|solved|resolved|closed|processed) by {_NOT_PEOPLE}\w+",
)
_GAMES: Final = spoken(
    r"book of (?:dead|ra|\w+)|starburst|gates of olympus|sweet bonanza|bonanza|aviator|big bass|crazy time",
    r"mega moolah|gonzos?(?: quest)?|wolf gold|dead or alive|reactoonz|monopoly live|sugar rush|fire joker|plinko",
    r"razor shark|jammin jars|money train|sizzling hot|dog house|legacy of dead|fruit party|buffalo king|thunderstruck",
    r"immortal romance|cleopatra|mega joker|spaceman|jetx",
    r"roulette|blackjack|baccarat|poker|bingo|keno|craps|texas holdem",
    r"(?:which|what|by|per|each|top|best|worst|every|single|favou?rite|popular|about) (?:\d+ )?(?:slot |casino )?"
    r"(?:games?|slots?|slot machines?|providers?|titles?|sports?|teams?|matches)(?<!about games)(?<!about slots)"
    r"(?<!about sports)(?<!about teams)"
    r"(?! (?:problems?|issues?|messages?|complaints?|questions?|trouble|crash(?:es)?|fairness|results?|disputes?))",
    r"(?:which|what) (?:slot |casino )?(?:games?|slots?|titles?|providers?)"
    r"(?! (?:problem|issue|complaint|question|message|dispute|result|fairness|categor)) (?:\w+ ){0,2}?"
    r"(?:most|least|worst|best|often)",
    r"(?:game|slot) (?:called|named|titled|providers?|titles?)",
)
_COUNTRIES: Final = (
    r"(?:germany|austria|switzerland|slovenia|croatia|serbia|bosnia|italy|france|spain|portugal|poland|hungary|romania"
    r"|bulgaria|greece|turkey|russia|ukraine|sweden|norway|finland|denmark|netherlands|belgium|ireland|england|scotland"
    r"|uk|united kingdom|britain|usa|us|united states|america|canada|brazil|mexico|india|china|japan|australia|malta"
    r"|cyprus|estonia|latvia|lithuania|slovakia|czech republic|czechia|europe|asia|africa)"
)
_OUTSIDE: Final = spoken(
    r"^(?:is|was) (?:the |our )?(?:telegram|live ?chat|e ?mail|whatsapp|web|app|site|website|server|system|page|chat"
    r"|bot|casino) (?:down|up|working|broken|offline|online)",
    r"^how (?:do|can|could) (?:i|we) (?:reset|change|log|sign|deposit|withdraw|delete|close|verify|use|install|invite"
    r"|connect|set|add|share|configure|open|upload|download|create)",
    r"weather|rain|sunny|temperature|snow",
    r"jokes?|poem|song|recipe|story|essay|haiku|riddle|lyrics|movie|horoscope",
    r"(?:capital|president|population|prime minister|king|queen|meaning|time zone) of",
    r"stock (?:market|price)|bitcoin price|crypto price|world cup|champions league|football match|lottery",
    r"news headlines",
    r"who (?:won|will win|invented|is the)",
    r"translate",
    r"(?:python|javascript|sql|html|regex) (?:code|script|query|function)",
    r"competitors?|competition|other casinos|server load|cpu|uptime|latency|website traffic|page views",
    r"registrations|sign ?ups|new players|active players|players online",
    r"what (?:time|day) is it",
    r"\d+ (?:characters|letters|words)",
    r"how old|(?:average|mean|median) age|ages? of",
    r"(?<!blocked )(?<!restricted )(?:by|per|which|what|each|every) (?:countr(?:y|ies)|cit(?:y|ies)|regions?|ages?"
    r"|age groups?|gender|device|browser|os|operating system|vip level|currenc(?:y|ies)|affiliate|campaign)",
    r"(?:by|per) (?:(?:payment|deposit|withdrawal|payout) )?(?:methods?|providers?|cards?)(?= ?$| [?,§])",
    r"male|female|men|women|iphone|android|ios|(?:on|from|via|using|through) (?:an? |the )?"
    r"(?:mobile|desktop|tablet|laptop)|mobile (?:users|customers|players)",
    rf"vip {PEOPLE}",
    rf"where (?:do|did|are) (?:(?:the|our|most|these|all) )*(?:\w+ )?{PEOPLE} (?:come |coming )?from",
    r"(?:from|by|of|how many) (?:(?:the|our|all) )*vips",
    r"(?<!ask )(?<!asks )(?<!asked )(?<!asking )(?<!requests )(?:for|from|of|by|among) (?:(?:the|our|all) )*vips?"
    r"(?= ?$| [?,§])",
    rf"(?:in|from|for|within) (?:the )?{_COUNTRIES}",
)
_FORECAST: Final = spoken(
    r"forecast|predict(?:ion|ed|s)?|projection|extrapolate|prognosis",
    r"(?:will|shall|going to)(?! you\b)",
    r"likely to (?:be|get|have|see|rise|fall)",
    r"expect(?:ed)?(?= |$)(?! (?:answer|result))",
)
_DATA: Final = (
    r"(?:(?:full |real |first |last )?names?|identit(?:y|ies)|e ?mails?(?: addresse?s?)?|(?:tele)?phone(?: number)?s?"
    r"|(?:home )?addresse?s?|birthdays?|dates? of birth|passports?(?: numbers?)?|ibans?|(?:user )?ids?|contact details"
    r"|personal (?:data|details|information)|(?:card|account) numbers?|bank (?:details|accounts?)|ip addresse?s?"
    r"|usernames?|passwords?)"
)
_NOT_OF_A_CROWD: Final = "".join(
    rf"(?<!\b{crowd} )"
    for crowd in (
        "people",
        "customers",
        "players",
        "users",
        "clients",
        "members",
        "everyone",
        "somebody",
        "someone",
        "anybody",
        "anyone",
    )
)
"""In "customers who complained" a number is asked for, not names."""
_SINGLED: Final = (
    r"(?:(?:of|the|all|our|every|those|specific|individual|unique|angry|unhappy|angriest|top|a list of|\d+) )*"
)
_PERSONAL: Final = spoken(
    rf"{_NOT_OF_A_CROWD}who (?:(?:are|is|was|were)(?! (?:more |less )?(?:angr|unhapp|happ|furious|negative|positive))"
    r"|complain(?:ed|s)?|sent|wrote|writes?|asked|deposited|withdrew|contacted|has|have|had|said"
    r"|exactly|did|does|among|reported|keeps?|of)",
    rf"(?:which|list|name|identify) {_SINGLED}{PEOPLE}(?! (?:by|per|count|write|complain about))",
    rf"(?:show|give|tell|find|get)(?: me| us)? {_SINGLED}{PEOPLE} (?:who|that|with|which|whose)",
    rf"{_DATA} (?:of|for|from|belonging to) {_SINGLED}(?:\w+ )?(?:{PEOPLE}|sender|author|everyone|everybody|who)",
    rf"(?:{PEOPLE}|his|her|their|sender) (?:\w*\d\w* )?{_DATA}",
    r"(?:what is|what are|give me|show me|tell me|find|need|want|get me) (?:\w+ ){0,3}?"
    r"(?:email address|phone number|home address|address|date of birth|card number|iban|contact details)(?:e?s)?",
    r"card numbers?|credit card|cvv|dates? of birth|social security|contact details",
    r"personal (?:data|details|information)",
    rf"where (?:does|do) (?:(?:our|the|most|all|these) )*(?:{PEOPLE}|they|he|she)\b.*\b(?:live|reside|sit)",
    r"^(?:is|was) user 0\b(?! (?:\w+ )?(?:writ|complain|contact|ask|messag|mention|report|among|one of|angr"
    r"|happ|unhapp))",
    r"(?:where|which country|what country) (?:is|was|does) user 0",
    rf"{PEOPLE} (?:with )?the most (?:complaints|messages|deposits|withdrawals)",
    rf"most (?:active|frequent|vocal|annoying|loyal) {PEOPLE}",
    rf"top (?:\d+ )?{PEOPLE}",
    rf"(?:which|what) {PEOPLE} .*\b(?:most|least)(?: often)?(?= ?$| [?,§])",
    rf"(?:list|names?) of {_SINGLED}{PEOPLE}",
)
_BY_PERSON: Final = spoken(r"(?:by|per|each|every) (?:user|customer|player|person|client|sender|member)(?! 0\b)")
_CONTACTED: Final = (
    r"(?:wrote|writ\w+|contact\w*|complain\w*|ask\w*|messag\w+|report\w*|reach\w* (?:us|out)|came back|got in touch)"
)
_COUNTED: Final = spoken(
    r"how many",
    r"percent(?:age)?|share|proportion",
    r"(?<!phone )(?<!card )(?<!passport )(?<!account )number of",
    r"count",
)
_HANDLED: Final = spoken(r"chang(?:e|es|ing|ed)", r"updat(?:e|es|ing|ed)", r"messages? about", r"complaints? about")

_NO_MONEY: Final = "The store holds messages, not money: there are no amounts to add up."
_NO_PEOPLE: Final = "That would show personal data of customers; I only count and quote what was written."
_OFTEN: Final = spoken(
    rf"{_CONTACTED} (?:\w+ ){{0,3}}?(?:more than (?:once|twice|\d+ times)|at least (?:twice|\d+ times)|twice|\d+ times"
    r"|(?:several|multiple|many) times|repeatedly|again and again|over and over|only once|just once|exactly once)",
    rf"(?:repeat|recurring|returning|first[- ]time|1st time|one ?time|new) {PEOPLE}",
    r"repeat (?:contacts?|callers?|complainers?|writers?|contact rate)",
    rf"(?:average|mean|median|typical)\b.*\b(?:per|by each|for each) {PEOPLE}",
    rf"(?:messages?|complaints?|contacts?|tickets?|times) (?:per|by each|for each) {PEOPLE}",
    rf"per {PEOPLE}\b.*\b(?:average|mean|median)",
    r"\w+ (?:1st|§\d+) time(?! (?:deposit|bonus))",
)
_MANIFOLD: Final = spoken(
    r"(?:had|have|has|with|about|of) (?:more than (?:1|one)|several|multiple|many|at least 2"
    r"|2 or more|only (?:1|one)|just (?:1|one)|exactly (?:1|one))"
    r" (?:different )?(?:topics?|categor(?:y|ies)|labels?|intents?)",
    r"(?:in|on|about|via|over) (?:more than (?:1|one)|several|multiple|at least 2|2 or more|2|both) (?:different )?"
    r"(?:languages?|channels?|topics?|categor(?:y|ies)|things)",
)
_OUTCOME: Final = (
    r"(?:open|closed|resolved|unresolved|solved|unsolved|settled|unsettled|handled|unhandled|dealt with|escalated"
    r"|assigned|unassigned|reassigned|reopened|forwarded|overdue|outstanding)"
)
_WRITTEN_THINGS: Final = rf"(?:{WRITTEN}|chats?|conversations?|cases?)"
_BECAME: Final = spoken(
    rf"(?:how many|{_WRITTEN_THINGS}|they|of them)(?: (?:that|which))?"
    r" (?:is|are|was|were|got|remain|stay|(?:have|has|had) been)"
    rf"(?: (?:not|still|already|yet|now|currently|never|being))* {_OUTCOME}(?! accounts?\b)",
    rf"(?:unresolved|unsolved|escalated|unassigned|reassigned|reopened|overdue|resolved) {_WRITTEN_THINGS}",
    r"(?:open|closed) (?:tickets?|cases?)",
    r"(?:the |our )?backlog|(?:waiting|support|ticket) queue",
)
_INCIDENT_STATES: Final = spoken(
    rf"{_OUTCOME} (?:\w+ )?incidents?",
    rf"incidents? (?:(?:that|which) )?(?:are|is|was|were|have been)(?: (?:still|not|already|now))* {_OUTCOME}",
)
_SIDE_BY_SIDE: Final = spoken(
    r"user 0 (?:and )?(?:vs|versus|against|than|compared (?:with|to|against))(?: the)?"
    rf" {WHO}"
)
_MISTAKEN: Final = spoken(
    r"(?:labelled|labeled|classified|tagged|categori[sz]ed) (?:\w+ )?"
    r"(?:wrong|wrongly|incorrectly|falsely|badly|correctly|right)",
    r"(?:wrongly|incorrectly|falsely|badly|correctly) (?:labelled|labeled|classified|tagged|categori[sz]ed)",
    r"(?:wrong|incorrect|false) (?:labels?|classifications?|categor(?:y|ies))",
    r"mis ?(?:labelled|labeled|classified|tagged|categori[sz]ed)",
)
_UNSUPPORTED: Final = spoken(
    r"(?:unsupported|unaccepted) languages?",
    r"languages? (?:that |which )?(?:(?:we|you|it|they|are|is) )*(?:do |does )?not (?:support|accept|understand)\w*",
)
_DURATION: Final = spoken(
    r"(?:pending|waiting|delayed|stuck|held(?: up)?|on hold|locked|blocked|late|overdue|unpaid|outstanding)"
    r"(?: (?:for|since|by))? (?:more than|over|longer than|at least|less than|under|up to) (?:\d+|an?|1|one|several)"
    r" (?:hour|day|week|month|business day|working day)s?",
)
_REASONS: Final = (
    (_DURATION, "How long something has lasted is not told; messages are counted by what they are about and when."),
    (_UNSUPPORTED, "Messages in languages that are not accepted are not counted apart; rows by language show each."),
    (_MISTAKEN, "How often labels are wrong is found by reviewing them; messages do not tell."),
    (_BECAME, "I count what customers wrote; what became of it is not counted here. Tickets have a list of their own."),
    (_INCIDENT_STATES, "Incidents are told by many at about the same time; they are neither open nor closed."),
    (_SIDE_BY_SIDE, "Customers are not told side by side; please ask about one at a time."),
    (_MANIFOLD, "How many topics, languages or channels a message or a customer has is not told."),
    (_OFTEN, "People are counted once each; how often each of them wrote is not told."),
    (_BY_PERSON, _NO_PEOPLE),
    (_STAFF, "The store holds customers' messages, not the work or the times of the support team."),
    (_PERSONAL, _NO_PEOPLE),
    (_FORECAST, "I cannot look ahead: the store holds only messages that were already written."),
    (_GAMES, "Messages are not labelled by the name of a game, so I cannot count them by it."),
    (MONEY, _NO_MONEY),
    (_OUTSIDE, "That is not in the store: it holds customers' messages, their labels and their times."),
)


def refused(text: str) -> str:
    """Why the question cannot be answered, in one sentence; empty where it can.

    Counting messages about personal data, or about changing it, is no request for it.
    """
    said = text.replace(SOMEBODY, "user 0")
    counted = bool(_COUNTED.search(said) or _HANDLED.search(said))
    if re.search(r"[€$£]", said):
        return _NO_MONEY
    return next(
        (reason for pattern, reason in _REASONS if pattern.search(said) and not (pattern is _PERSONAL and counted)), ""
    )

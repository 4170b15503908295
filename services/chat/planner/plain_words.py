"""Words that are no topic and restrict nothing, by where they stand in a question. Pure."""

from typing import Final

from services.chat.lexicon.listing import word_set
from services.chat.lexicon.plain_english import base_forms
from services.chat.lexicon.spelling import known

NO_TOPIC: Final = word_set(
    "it that this them those these us you me anything something everything nothing what which who whom how why when"
    " all half whom things stuff ones one each every messages yesterday average now both either same most mostly mainly"
    " usually often more less percentages percentage percent shares share counts numbers totals"
)
"""Words behind "about" that name no topic."""

HARMLESS: Final = word_set(
    "request requests many much most more less fewer fewest least all any some few several various certain such"
    " same similar other another different distinct separate unique individual single whole entire total overall"
    " combined average mean median typical usual common frequent general regular main major minor biggest largest"
    " big large small smallest highest lowest top worst best popular prevalent prominent bad good serious severe"
    " real actual true key first last next previous past prior earlier recent latest newest oldest new old current"
    " present today yesterday daily weekly monthly hourly yearly annual quarterly incoming inbound received written"
    " stored labelled labeled classified processed unlabelled unlabeled unclassified unprocessed uncategorized"
    " uncategorised customer user player client people support service inbox the these those this that their our"
    " your his her its what which whose each every both either neither only just also even still now then here there"
    " not non but and nor without with within about for from than like as related regarding concerning excluding"
    " including except versus between among across per were was are did does have had has will would could should"
    " can may might must been being get got came come show give list find count counts compare read see tell quote"
    " display fetch print name sample example drove driving caused causing behind number numbers percent percentage"
    " share them they ones persons someone anyone everyone nobody none incidents outages spikes times hours days"
    " weeks months years minutes categories category topics topic labels label channels sources languages intents"
    " reasons things kinds types sorts mostly mainly usually often exactly roughly approximately ahead around over"
    " under almost nearly really actually currently already ever never include exclude drop remove add keep filter"
    " restrict limit ignore skip forget hide want need please wants confidence certainty quarter quarters fortnight"
    " fortnights weekend weekends weekday weekdays anybody everybody part parts how"
)
"""Words before "messages" or behind "how many" that restrict nothing, or whose restriction is read elsewhere."""

LEADS: Final = word_set(
    "tell requested wanted needed wrote contacted asking having making getting seeing doing talking facing"
    " reporting mentioning complaining complain complained writing using compared compare comparing against contrast"
    " versus normal usual busy busier busiest quiet quieter calm calmer high higher worse better feature product"
    " speaking speakers about around until since during their your what where when which whole come past well okay"
    " also then made make makes more again overview summary summarise summarize happening happened going went look"
    " looks looking like still messages message trend trends development volume traffic activity noise buzz compares"
    " difference different change changed growth changes please thanks report zoom swap replace switch exchange raw"
    " hello dear team into plus purely specific massive huge analyse analyze analysis monitor check review track"
    " update insight insights statistics stats figures data highlight highlights headlines tldr recap rundown"
    " dashboard grew grow grows fell moved movers random full chart graph plot breakdown split distribution detail"
    " details result results said say felt feel sounded sound mix"
)
"""Words that lead up to a topic or a period and say nothing of their own."""

COME_IN: Final = word_set(
    "sent posted submitted made raised registered reported logged filed lodged registered recorded created opened"
    " started begun given asked told said shared mailed typed arrived arriving come coming occurred occurring"
    " happened happening appeared appearing gone going asking telling saying talking speaking writing complaining"
    " reporting mentioning mentioned containing naming linked connected tied due tagged marked counted seen rising"
    " increasing growing trending falling dropping declining decreasing spiking peaking surging rose risen increased"
    " grown dropped fallen declined decreased doubled double tripled climbing higher lower affecting affected facing"
    " developed evolved faced concerning involving concerned hitting bothering too so very well back up down out"
)
"""What is said of messages without restricting them: that they came, about what, and how their number goes."""

TALKED_OF: Final = word_set(
    "mentioned asked reported raised discussed there sent coming rising falling increasing decreasing growing dropping"
    " trending going up down higher lower requested filed lodged registered submitted logged noticed seen spotted"
)
"""What is said of a topic without restricting it."""

NO_EVENT: Final = word_set(
    "then that this them these those now today yesterday midnight noon day days night nights week weeks weekend"
    " weekends whole entire course full length month months quarter year years hour hours morning mornings afternoon"
    " evening minute minutes time times period periods date dates and the what which when who how all each every both"
    " either many much opening business office working closing peak half start beginning end middle last first next"
    " previous same or in by was were is are of with from it too"
)
"""Words behind "since" or "during" that name no event."""

PASSED_OVER: Final = HARMLESS | LEADS | COME_IN | TALKED_OF | NO_TOPIC
"""All that may stand before a topic and is no kind of it."""


_SHORTEST_BASE: Final = 3


def is_unheard_of(word: str) -> bool:
    """Whether neither the lexicon's vocabulary nor the words that are passed over have any form of the word."""
    bases = {base for base in base_forms(word) if base == word or len(base) >= _SHORTEST_BASE}
    return not bases & (PASSED_OVER | NO_EVENT) and not any(map(known, bases))

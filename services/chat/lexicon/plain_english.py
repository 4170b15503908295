"""Plain English beside the vocabulary: words that say nothing of messages, and words that tell of things. Data."""

from typing import Final

from services.chat.lexicon.entry import stem
from services.chat.lexicon.listing import word_set

TELLS_NOTHING: Final = word_set(
    "abnormal absolute accordingly accurate accusation actual additional admin advance adverse advise affect afresh"
    " afterwards ahead alike alive allegation alphabet alphabetical altogether amazing amongst ancient anew angle"
    " annual anyhow apparent appreciate approximate arise arose arrange ascending aside aspect assign assistant assume"
    " attitude averaged avoid aware awesome background backwards bar bare barely based basic basis beforehand behave"
    " belong benchmark beside besides bigger bleak blew blow blown board boss break broad buddy bulk bump bunch burst"
    " calculate calmest capacity careful catch catchup caught cease ceo certain certainly characterise characterize"
    " cheers chief choice chronic chronological chunk ciao classifier clock clue coarse colleague collect column"
    " combine commence comment communicate comparable comparative compose composition compute concise configure"
    " confirm considerable consist consistent constant constraint continual continuous contribute copy correlate"
    " correspond creep cross crowd crucial cumulate cumulatively dan darling decent deck define definite definition"
    " degree denote dent departed deploy descending describe design detect deteriorate determine developer deviation"
    " didnt dig dimension direct direction disappoint discard dislike disregard distribute ditch dive divide doesnt"
    " dominant dominate dont downswing downtrend downward dramatic drastic drift dwindle ease effect effective"
    " elaborate elapsed element elevate elsewhere emerge emphasise encounter enjoy enter entirety erase erupt especial"
    " essential establish estimate eventual everyday evidence evident evol evolution examine exceed exception"
    " exceptional excerpt excess excessive excite execute existing expand experience explanation explode expose extend"
    " extract extraordinary extreme faller fare feel finer flag float flow fluctuation fluctuations forth fraction"
    " frame fully funny furthermore gather gimme gist glance glimpse glitchy goal gonna gotta gotten grab gradual"
    " grant granular grid halfway handful handy hang hardly harsh hasnt havent headcount heart heatmap hence hereby"
    " highlight hint honest hopeful hover huge identical illustrate immediate immense impact imply importance"
    " impression inclusive independent index indicate indicator influence initial insert inspect instance instruct"
    " intensify interesting internal interpretation interval invent investigate irregularity irrespective isnt itemise"
    " itemize joint jump keyword kick knock laid layer leaderboard leadership leap led lemme likewise linear literal"
    " locate lovely lump madam majority manager marked massive master matrix meantime meanwhile measure meeting memo"
    " mere merely merge mess mild million minded minimal minority mister moderate modest momentum moreover mount"
    " multiply mutual namely narrow nasty necessary negligible nevertheless noisy nonetheless notable noticeable"
    " nowadays numerous observe obvious occasional occupy odd oddly omit ongoing onward onwards operate optimal"
    " ordinary original originate outcome outlier outlook outnumber output outweigh overlook overly overnight override"
    " overtake overtook overwrite pace pal partial pass passage peculiar peek perform periodic permit persist"
    " perspective pile plenty plummet pop portion pose potential pour precise predominant predominate presentation"
    " prevalent primary probability probable proceed progress prominent proportional proportionally pulse quantify"
    " quarterly quotation ramp rapid rare raw react readable realise realize rebound recall recency reckon recognise"
    " recognize recommend recommendation recover reduce refer regardless relevant reliable rely remainder remark"
    " remind rename reply represent respective restart revolve rhythm riser rocket roll root rough sanity sank"
    " satisfying scarce scarcely scope scratch section seldom select sensible series sharp shed shoot shortlist shrank"
    " shrink singular sink sir skim skyrocket slide slight slim slip slope slump smile snapshot soft sole solid"
    " somehow spill spread spring stable stack stagnate stakeholder standpoint steep stem stood strain stress strict"
    " strike string strip strong struck subside substantial successive suffer suit summon super superb surface surpass"
    " surprise surprising sway swell swing tab tabular tackle tail takeaway tangible temporary tendency terrible"
    " thereby therefore thread thrive throw tick tilt timeframe tiny tip tough trace tracker trail trailing trajectory"
    " tranche transpire tremendous trending trendline trickle triple truncate trust truth typical ultimate unclear"
    " underlying underneath understanding understood undo unexpected unfold unfortunate universal upswing uptick"
    " uptrend usable utilise utter vague valid valuable variance variation variety vast verbatim viewer viewpoint"
    " virtual visualise visualize vital voice wane wanna warn wave weigh weird werent whereas wherever whichever"
    " window wipe worry worthwhile yield"
)
"""Common words of questions that are in no phrase of the lexicon and restrict nothing; verbs in their base form."""

TELLS_OF_THINGS: Final = word_set(
    "alert bank bitcoin bot browser cable chargeback child children competitor crypto debit desktop device friend"
    " internet invoice kid loan location mastercard neteller news parent paypal policy promise quality receipt refund"
    " registration revolut screen sepa server signup skrill soccer spam speed sport spouse tax taxes upload video visa"
    " wallet wife worker"
    " api card cash chip city coke county creditor database earnings eastern euro family farm food foot freebie gender"
    " girl gold income injury king lake law letter machine mall mobile mother novel officer patient price"
    " president push religion rent ruble russia salary shoe shop shopping skin snow song street texas trading train"
    " travel translation tree trip turnover usd war water weed wine winner winnings woman"
)
"""Plain words, no misspellings of a topic, that tell which of it is meant."""

_ENDINGS: Final = (
    ("ied", "y"),
    ("iest", "y"),
    ("ier", "y"),
    ("ily", "y"),
    *((ending, rest) for ending in ("ing", "in", "ed", "est", "er", "ly", "d") for rest in ("", "e")),
)


def base_forms(word: str) -> frozenset[str]:
    """The word, its singular, and what it may be a form of: "dipped" of "dip", "steadily" of "steady"."""
    bases = {word, stem(word)}
    for ending, rest in _ENDINGS:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            bases |= {base + rest, base[:-1] if base[-2:-1] == base[-1:] else base}
    return frozenset(bases)

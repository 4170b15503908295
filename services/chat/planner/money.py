"""Questions about money, which messages do not hold. Pure."""

from typing import Final

from services.chat.planner.patterns import spoken

_PAID: Final = (
    r"(?:deposits?|withdrawals?|payouts?|pay outs?|bets?|stakes?|wins?|bonus(?:es)?|payments?|jackpots?|cashouts?)"
)
_SIZE: Final = r"(?:amount|value|sum|size)s?"
_ENDS: Final = r"(?= ?$| [?,§]| (?:made|of|by|ever|we|in|on|per player|per user)\b)"
_MORE: Final = (
    r"(?:ris|ros|increas|gr[eo]w|chang|drop|fell|fall|decreas|differ|traffic|up\b|down\b|jump|compar|more|fewer|less)"
)
MONEY: Final = spoken(
    r"revenue",
    r"profits?",
    r"turnover(?! requirement)",
    r"ggr",
    r"ngr",
    r"earnings?",
    r"income",
    r"salar(?:y|ies)",
    r"arpu|ltv|churn|retention|conversion rate|lifetime value|market share|exchange rate",
    rf"how much (?:money|cash|was|were|is|are|have|has|do|does|did)\b(?!.*{_MORE})",
    r"how much\b.*\b(?:deposited|withdr[ae]wn?|paid out|won|win|lost|lose|spen[dt]|wager(?:ed)?|earn(?:ed)?)",
    r"(?:how many |\d+ ?)(?:euros?|dollars?|pounds)",
    r"euros?|eur|usd|gbp|dollars",
    rf"(?:total|average|mean|median|highest|largest|biggest|typical)(?: (?:of|the))* {_PAID} {_SIZE}",
    rf"{_SIZE} (?:of (?:all |the )?)?(?:{_PAID}|deposited|withdrawn|paid|won|lost|money)",
    rf"{_PAID} {_SIZE}",
    r"money (?:deposited|withdrawn|paid|won|lost|made|did|do|have|has|was|were|in total)",
    r"(?:biggest|largest|highest|total|average) (?:wins?|jackpots?|stakes?|bets?)" + _ENDS,
    r"(?:biggest|largest|highest|average) (?:deposit|withdrawal|payout|cashout)" + _ENDS,
    r"costs? (?:us|of|per)",
    r"balances? (?:of|for|does) (?:(?:the|our|a|this|that) )*(?:user|customer|player|client|member)",
    r"user 0 balance",
)

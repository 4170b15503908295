"""The label vocabulary: 26 intents, their categories, and every roll-up scheme, in one table.

A message may carry several intents; categories are always derived from the intents by these tables and are never
trained or stored apart. The label guide that says when each label holds is docs/labels.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

CATEGORY_OF_INTENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bonus_missing": "bonus",
        "bonus_terms": "bonus",
        "bonus_request": "bonus",
        "deposit_failed": "deposit",
        "deposit_not_credited": "deposit",
        "deposit_info": "deposit",
        "withdrawal_delayed": "withdraw",
        "withdrawal_rejected": "withdraw",
        "withdrawal_info": "withdraw",
        "game_technical": "game_issue",
        "game_result": "game_issue",
        "game_fairness": "game_issue",
        "login_failed": "login_account",
        "account_locked": "login_account",
        "verification": "login_account",
        "account_change": "login_account",
        "account_closure": "login_account",
        "geo_blocked": "geo_restriction",
        "complaint": "anger_feedback",
        "praise": "anger_feedback",
        "suggestion": "anger_feedback",
        "app_technical": "other",
        "security_report": "other",
        "human_agent": "other",
        "smalltalk": "other",
        "other": "other",
    }
)

INTENTS: Final[tuple[str, ...]] = tuple(CATEGORY_OF_INTENT)
CATEGORIES: Final[tuple[str, ...]] = tuple(dict.fromkeys(CATEGORY_OF_INTENT.values()))


@dataclass(frozen=True, slots=True)
class LabelTitle:
    """A label in words: `alone` as a heading or in a list, `before_noun` as in "12 withdrawal messages"."""

    alone: str
    before_noun: str


LABEL_TITLES: Final[Mapping[str, LabelTitle]] = MappingProxyType(
    {
        "bonus": LabelTitle("bonuses", "bonus"),
        "bonus_missing": LabelTitle("missing bonuses", "missing bonus"),
        "bonus_terms": LabelTitle("bonus terms", "bonus terms"),
        "bonus_request": LabelTitle("bonus requests", "bonus request"),
        "deposit": LabelTitle("deposits", "deposit"),
        "deposit_failed": LabelTitle("failed deposits", "failed deposit"),
        "deposit_not_credited": LabelTitle("uncredited deposits", "uncredited deposit"),
        "deposit_info": LabelTitle("deposit questions", "deposit question"),
        "withdraw": LabelTitle("withdrawals", "withdrawal"),
        "withdrawal_delayed": LabelTitle("delayed withdrawals", "delayed withdrawal"),
        "withdrawal_rejected": LabelTitle("rejected withdrawals", "rejected withdrawal"),
        "withdrawal_info": LabelTitle("withdrawal questions", "withdrawal question"),
        "game_issue": LabelTitle("game issues", "game issue"),
        "game_technical": LabelTitle("technical game issues", "technical game issue"),
        "game_result": LabelTitle("disputed game results", "disputed game result"),
        "game_fairness": LabelTitle("game fairness", "game fairness"),
        "login_account": LabelTitle("login and account", "login and account"),
        "login_failed": LabelTitle("failed logins", "failed login"),
        "account_locked": LabelTitle("locked accounts", "locked account"),
        "verification": LabelTitle("verification", "verification"),
        "account_change": LabelTitle("account changes", "account change"),
        "account_closure": LabelTitle("account closures", "account closure"),
        "geo_restriction": LabelTitle("geo restrictions", "geo restriction"),
        "geo_blocked": LabelTitle("blocked countries", "blocked country"),
        "anger_feedback": LabelTitle("anger and feedback", "anger and feedback"),
        "complaint": LabelTitle("complaints", "complaint"),
        "praise": LabelTitle("praise", "praise"),
        "suggestion": LabelTitle("suggestions", "suggestion"),
        "app_technical": LabelTitle("technical app issues", "technical app issue"),
        "security_report": LabelTitle("security reports", "security report"),
        "human_agent": LabelTitle("requests for an agent", "agent request"),
        "smalltalk": LabelTitle("small talk", "small talk"),
        "other": LabelTitle("other topics", "other"),
    }
)
"""Intents and categories by name, as people read them."""

SENTIMENTS: Final[tuple[str, ...]] = ("negative", "neutral", "positive")

FALLBACK_INTENT: Final = "other"
"""The intent of a message for which the model is not sure of any label; its result is marked `abstained`."""

STANDALONE_INTENTS: Final[frozenset[str]] = frozenset({"smalltalk", "human_agent", "other"})
"""Intents that never stand beside another one (rule 5 of the label guide)."""

SMALLTALK_INTENT: Final = "smalltalk"
BLANK_INTENT: Final = SMALLTALK_INTENT
BLANK_SENTIMENT: Final = "neutral"
"""What a text with nothing to read is labelled with."""

UNDETERMINED_LANGUAGE: Final = "und"
"""BCP-47 code of a text that gives nothing to judge its language by."""

KNOWN_SOURCES: Final[tuple[str, ...]] = ("livechat", "telegram", "email", "web", "phone", "import")
"""Sources the product knows by name; any other lower-case name is accepted as well."""

DEFAULT_SCHEME: Final = "category"

_TECHNICAL = frozenset({"game_technical", "app_technical", "login_failed", "geo_blocked"})
_BILLING_CATEGORIES = frozenset({"bonus", "deposit", "withdraw"})
_FEEDBACK5 = {
    "login_account": "login_issues",
    "deposit": "deposit_issues",
    "withdraw": "deposit_issues",
    "bonus": "bonus_questions",
    "geo_restriction": "geo_restriction",
}


def _classic7(intent: str) -> str:
    category = CATEGORY_OF_INTENT[intent]
    return "other" if category == "geo_restriction" else category


def _feedback5(intent: str) -> str:
    return _FEEDBACK5.get(CATEGORY_OF_INTENT[intent], "general_feedback")


def _helpdesk3(intent: str) -> str:
    if intent in _TECHNICAL:
        return "technical"
    billing = intent == "game_result" or CATEGORY_OF_INTENT[intent] in _BILLING_CATEGORIES
    return "billing" if billing else "general"


SCHEMES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        DEFAULT_SCHEME: CATEGORY_OF_INTENT,
        "classic7": MappingProxyType({intent: _classic7(intent) for intent in INTENTS}),
        "feedback5": MappingProxyType({intent: _feedback5(intent) for intent in INTENTS}),
        "helpdesk3": MappingProxyType({intent: _helpdesk3(intent) for intent in INTENTS}),
    }
)
"""scheme name → (intent → label of that scheme)."""


def roll_up(intents: Iterable[str], scheme: str = DEFAULT_SCHEME) -> list[str]:
    """Labels of `scheme` that hold for `intents`, each once, in the order of the first intent that brings it.

    Raises KeyError for an unknown scheme or intent.
    """
    table = SCHEMES[scheme]
    return list(dict.fromkeys(table[intent] for intent in intents))


def roll_up_scored(scores: Sequence[tuple[str, float]], scheme: str = DEFAULT_SCHEME) -> list[tuple[str, float]]:
    """Like `roll_up` for (intent, probability) pairs: a label's probability is that of its most probable intent.

    Most probable first; ties keep the order given.
    """
    table = SCHEMES[scheme]
    best: dict[str, float] = {}
    for intent, probability in scores:
        label = table[intent]
        best[label] = max(best.get(label, 0.0), probability)
    return sorted(best.items(), key=lambda item: -item[1])

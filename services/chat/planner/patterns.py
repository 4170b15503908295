"""Patterns over canonical text, one phrase a line."""

import re
from typing import Final

PEOPLE: Final = (
    r"(?:people|persons?|users?|customers?|players?|members?|clients?|folks?|punters?|guests?|gamblers?|individuals?"
    r"|visitors?|bettors?)"
)
MESSAGES: Final = r"(?:messages?|msgs?|tickets?|texts?|posts?|conversations?|cases?|mentions?|contacts?|chats?)"
UTTERANCES: Final = (
    r"(?:messages?|msgs?|tickets?|texts?|posts?|conversations?|complaints?|praises?|suggestions?|feedback|questions?"
    r"|requests?|compliments?|reports?|rants?|comments?|ideas|replies)"
)
WRITTEN: Final = (
    r"(?:requests?|questions?|messages?|tickets?|complaints?|issues?|problems?|enquir(?:y|ies)|inquir(?:y|ies)"
    r"|quer(?:y|ies))"
)
"""Behind another noun, what came in about it: "refund requests"."""
MOOD_WORDS: Final = (
    r"(?:angry|unhappy|happy|negative|positive|furious|frustrated|satisfied|dissatisfied|upset|annoyed|mad|sad)"
)
COMPARED_MOODS: Final = r"(?:angrier|unhappier|happier|sadder|grumpier|madder)"


def spoken(*phrases: str) -> re.Pattern[str]:
    """Any of the phrases, each a pattern of whole words."""
    return re.compile(rf"\b(?:{'|'.join(phrases)})(?!\w)")


def anywhere(*phrases: str) -> re.Pattern[str]:
    """Any of the phrases, each with borders of its own."""
    return re.compile("|".join(phrases))

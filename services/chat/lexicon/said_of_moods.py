"""What people say of moods in words of their own: (phrase, what it becomes). Data."""

from typing import Final

_NAMED_CROWD: Final = r"((?:(?:the|our|most|all|my) )*(?:people|customers?|users?|players?|clients?|everyone|members?))"
CROWD: Final = _NAMED_CROWD.replace("everyone", "everyone|they")
_MOST: Final = r"(?: (?:the )?most)?"
_MOOD: Final = r"(sentiment|mood)s?"
_ANNOYS: Final = (
    r"(?:annoy|bother|frustrate|upset|irritate|anger|hurt|infuriate|disappoint|enrage|piss)(?:s|es|ed|d|ing)?(?: off)?"
)
_CONTENT: Final = r"(?:happy|satisfied|pleased|content|unhappy|dissatisfied)"

_NICER: Final = r"(?:nicer|friendlier|politer|kinder|more (?:polite|friendly|grateful|thankful|pleasant))"
_RUDER: Final = r"(?:ruder|nastier|meaner|harsher|more (?:rude|aggressive|hostile|abusive|impolite|toxic))"
_PLURAL: Final = r"(people|customers|users|players|clients|members)"
_ANGRY: Final = r"(?:angry|angrier|unhappy|mad|upset|furious|complain|dissatisfied)"
_WHOSE: Final = r"((?:(?!people|customers?|users?|players?|clients?|everyone|members?|the |our |most |all )\w+ ){1,2})"
MOODS: Final = (
    (rf"what (?:do|does|did) {_NAMED_CROWD} (?:\w+ )?think (?:about|of)", r"how do \1 feel about"),
    (
        r"(?:what (?:is|are|was|were) )?(?:(?:the|any|customer|user|player|public|general) )*opinions? (?:on|about|of)",
        "how do people feel about",
    ),
    (
        rf"what (?:makes?|made|keeps?) (?:the |our )?{_WHOSE}{_PLURAL} (?:\w+ )?{_ANGRY}",
        r"top reasons for complaints from \1\2",
    ),
    (r"worst (?:sentiment|mood|tone)", "most negative sentiment"),
    (r"best (?:sentiment|mood|tone)", "most positive sentiment"),
    (_NICER, "happier"),
    (_RUDER, "angrier"),
    (
        rf"what (?:do|does|did) {CROWD} (?:\w+ )?(?:love|like|praise|enjoy|appreciate){_MOST} about us",
        "top reasons for praise",
    ),
    (rf"what (?:do|does|did) {CROWD} (?:\w+ )?(?:hate|dislike){_MOST} about us", "top reasons for complaints"),
    (
        rf"(?:(?:average|mean|overall|general|net|typical|avg|customer) )+{_MOOD}(?: (?:score|level|index|rating)s?)?",
        "what is the sentiment",
    ),
    (rf"{_MOOD} (?:score|level|index|rating)s?", "what is the sentiment"),
    (rf"^(?:(?:show|give|tell) (?:me )?)?(?:the )?{_MOOD}(?! \S*trend)", "what is the sentiment"),
    (
        rf"what (?:do|does|did) {CROWD} (?:\w+ )?(?:love|like|praise|enjoy|appreciate){_MOST}(?! about)",
        "top reasons for praise",
    ),
    (rf"what (?:are|were) {CROWD} (?:thanking|praising) us for", "top reasons for praise"),
    (rf"what (?:\w+ )?{_ANNOYS} {CROWD}{_MOST}", "top reasons for complaints"),
    (
        rf"what (?:makes?|made|keeps?|kept) {CROWD} (?:\w+ )?(?:happy|happier|satisfied|glad|smile)",
        "top reasons for praise",
    ),
    (
        rf"what (?:makes?|made) {CROWD} (?:\w+ )?(?:angry|angrier|unhappy|mad|upset|furious|complain)",
        "top reasons for complaints",
    ),
    (rf"what (?:do|does|did) {CROWD} (?:hate|dislike){_MOST}(?! about)", "top reasons for complaints"),
    (
        (
            rf"what (?:are|were|is) {CROWD} (?:\w+ )?(?:unhappy|dissatisfied|upset|annoyed|frustrated)"
            r" (?:about|with|by|at)"
        ),
        "top reasons for complaints",
    ),
    (rf"(?:are|were) {_NAMED_CROWD} (?:\w+ )?{_CONTENT}(?: (?:with|about))?(?! (?:than|or))", r"how do \1 feel about"),
    (rf"(?:do|does|did) {CROWD} (?:\w+ )?(?:like|love|enjoy|hate|dislike)", r"how do \1 feel about"),
    (r"(?:(?:main|biggest|top|worst|key|major) )?pain points?", "biggest problems"),
    (
        r"(?:the )?(?:most negative|worst|nastiest|harshest|rudest|most critical) (messages?|feedback|comments?)",
        r"negative \1",
    ),
    (r"(?:the )?(?:most positive|best|nicest|kindest) (messages?|feedback|comments?)", r"positive \1"),
)
"""There is no score of a mood, only how many messages are of which, and what praise and complaints are about."""

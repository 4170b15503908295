"""A change told in parts."""

from services.chat.findings import ChangePart, ChangeParts, Writers
from services.chat.narration.change import tell_change

_USERS = (
    "80 customers wrote, 60 of them new, 17.5 messages each on average; "
    "before, 1 customer wrote, 1 of them new, 200 messages each on average."
)
_NOW, _BEFORE = Writers(messages=1400, people=80, new=60), Writers(messages=200, people=1, new=1)
_NOBODY = Writers(messages=0, people=0, new=0)


def part(change: int, category: str = "", source: str = "", sentiment: str = "", language: str = "") -> ChangePart:
    return ChangePart(category=category, source=source, sentiment=sentiment, language=language, change=change)


def test_parts_are_named_and_signed() -> None:
    found = ChangeParts(
        change=1200,
        parts=(
            part(1300, "deposit", "livechat", "negative", "de"),
            part(-150, "", "email"),
            part(0, "bonus", "web", "neutral", "en"),
            part(50),
        ),
        now=_NOW,
        before=_BEFORE,
    )
    told = tell_change(found)
    assert told.splitlines() == [
        "The change of +1,200 adds up from these parts:",
        "- Deposits, live chat, negative, German: +1,300",
        "- Without a category, e-mail: −150",
        "- Everything else: +50",
        "",
        _USERS,
    ]


def test_where_nothing_moved_nothing_is_told() -> None:
    assert tell_change(ChangeParts(change=0, parts=(), now=_NOW, before=_NOW)) == ""


def test_before_the_first_message_nobody_wrote() -> None:
    found = ChangeParts(change=1400, parts=(part(1400, "deposit", "web"),), now=_NOW, before=_NOBODY)
    assert tell_change(found).endswith("17.5 messages each on average; before, no customer wrote.")

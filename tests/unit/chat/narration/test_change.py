"""A change told in parts."""

from services.chat.findings import ChangePart, ChangeParts
from services.chat.narration.change import tell_change

_USERS = (
    "Seen by customers, +900 comes from the number of new ones, −20 from the number of returning ones, "
    "and +320 from how much each of them wrote."
)


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
        by_new=900,
        by_returning=-20,
        by_activity=320,
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
    assert tell_change(ChangeParts(change=0, parts=(), by_new=0, by_returning=0, by_activity=0)) == ""

"""How a change is told in parts that add up to it. Pure."""

from services.chat.findings import ChangePart, ChangeParts
from services.chat.results.row_names import label_title, language_name, plain_name, source_name
from services.chat.results.wording import number


def tell_change(found: ChangeParts) -> str:
    """A paragraph of the largest parts, the rest in one, and the change by users; empty where nothing changed."""
    moved = [part for part in found.parts if part.change]
    if not moved:
        return ""
    lines = [f"The change of {_signed(found.change)} adds up from these parts:"]
    lines += [f"- {_name(part)}: {_signed(part.change)}" for part in moved]
    users = (
        f"Seen by customers, {_signed(found.by_new)} comes from the number of new ones, {_signed(found.by_returning)} "
        f"from the number of returning ones, and {_signed(found.by_activity)} from how much each of them wrote."
    )
    return "\n".join([*lines, "", users])


def _name(part: ChangePart) -> str:
    if not part.source:
        return "Everything else"
    words = [label_title(part.category).alone if part.category else "without a category", source_name(part.source)]
    words += [plain_name(part.sentiment)] if part.sentiment else []
    words += [language_name(part.language)] if part.language else []
    name = ", ".join(words)
    return name[:1].upper() + name[1:]


def _signed(value: int) -> str:
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value))

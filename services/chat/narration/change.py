"""How a change is told in parts that add up to it. Pure."""

from services.chat.findings import ChangePart, ChangeParts, Writers
from services.chat.results.row_names import label_title, language_name, plain_name, source_name
from services.chat.results.wording import number, plural


def tell_change(found: ChangeParts) -> str:
    """A paragraph of the largest parts, the rest in one, and who wrote; empty where nothing changed."""
    moved = [part for part in found.parts if part.change]
    if not moved:
        return ""
    lines = [f"The change of {_signed(found.change)} adds up from these parts:"]
    lines += [f"- {_name(part)}: {_signed(part.change)}" for part in moved]
    return "\n".join([*lines, "", f"{_wrote(found.now)}; before, {_wrote(found.before)}."])


def _wrote(writers: Writers) -> str:
    """Who wrote, and how much each: the reader sees whether there were more people or more messages of each."""
    if not writers.people:
        return "no customer wrote"
    each = writers.messages / writers.people
    told = f"{number(writers.people)} {plural(writers.people, 'customer')} wrote, {number(writers.new)} of them new"
    return f"{told}, {number(each)} {plural(each, 'message')} each on average"


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

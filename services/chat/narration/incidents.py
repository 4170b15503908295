"""How incidents are told: how many there were, and those of most customers with size, time and first words. Pure."""

from typing import Final

from services.chat.findings import Incident
from services.chat.narration.phrases import circumstances, period, quote, subject
from services.chat.question import StatsResult
from services.chat.results.derivatives import zone_of
from services.chat.results.row_names import label_title
from services.chat.results.wording import clock, number, plural, weekday_and_day

_LONGEST_QUOTE: Final = 120
_RULE: Final = (
    "An incident is a group of messages that say nearly the same at about the same time; a message like no other is in "
    "none."
)


def tell_incidents(result: StatsResult, incidents: tuple[Incident, ...]) -> str:
    """The answer to "which incidents were there?" as Markdown; `result` has their number."""
    count = result.total
    about = f"in {subject(result.query.filters, 2)}{circumstances(result.query.filters)}"
    when = period(result.range, zone_of(result), result.as_of)
    if not count or not incidents:
        return f"No incident showed {about} {when}.\n\n{_RULE}"
    lead = f"**{number(count)} separate {plural(count, 'incident')}** showed {about} {when}."
    shown = len(incidents)
    lines = [
        lead,
        "",
        f"The {number(shown)} of most customers:" if 1 < shown < count else "Those of most customers first:",
    ]
    return "\n".join([*lines, *(_line(result, incident) for incident in incidents), "", _RULE])


def _line(result: StatsResult, incident: Incident) -> str:
    zone = zone_of(result)
    first, last = incident.first_time.astimezone(zone), incident.last_time.astimezone(zone)
    begun = f"{weekday_and_day(first.date())}, {clock(first)}"
    ended = clock(last) if first.date() == last.date() else f"{weekday_and_day(last.date())}, {clock(last)}"
    when = f"at {begun}" if first == last else f"from {begun} to {ended}"
    name = label_title(incident.category).alone if incident.category else "without a category"
    size = (
        f"{number(incident.messages)} {plural(incident.messages, 'message')} from "
        f"{number(incident.users)} {plural(incident.users, 'customer')}"
    )
    return f"- **{name[:1].upper()}{name[1:]}**: {size}, {when}: {quote(incident.text, _LONGEST_QUOTE)}"

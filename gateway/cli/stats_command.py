"""`earshot stats`: counts, by default per category over the last seven days."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from gateway.cli.ask_command import ZoneOption
from gateway.cli.categories_command import category_ids
from gateway.cli.client import GatewayClient
from gateway.cli.command import JsonFlag, command_of
from gateway.cli.local_times import HourOption, WeekdayOption, local_times
from gateway.cli.outcomes import UsageError
from gateway.cli.saved_command import view_question
from gateway.cli.tables import stats_footer, stats_table
from gateway.cli.zone import local_zone

Values = list[str] | None
BESIDE_VIEW: Final = frozenset({"view", "group_by", "as_json"})


def stats(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=3660, help="The last so many days, where --start is not given.")] = 7,
    start: Annotated[str, typer.Option(help="First instant counted, as in 2026-03-01T00:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="First instant no longer counted.")] = "",
    group_by: Annotated[Values, typer.Option(help="category, intent, source, day, hour, …; up to three.")] = None,
    category: Annotated[Values, typer.Option(help="Only this category; may be repeated.")] = None,
    intent: Annotated[Values, typer.Option(help="Only this intent; may be repeated.")] = None,
    source: Annotated[Values, typer.Option(help="Only this source; may be repeated.")] = None,
    custom_category: Annotated[Values, typer.Option(help="Only this category of your own, by name or id.")] = None,
    hour: HourOption = None,
    weekday: WeekdayOption = None,
    time_zone: ZoneOption = "",
    view: Annotated[str, typer.Option(help="What a saved view asks; beside it only --group-by.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Count messages: per category over the last 7 days, or as the options say."""
    command = command_of(context, as_json=as_json)
    given: dict[str, Any] = {
        "days": days,
        "start": start,
        "end": end,
        "group_by": group_by,
        "category": category,
        "intent": intent,
        "source": source,
        "time_zone": time_zone or local_zone(),
        **local_times(hour, weekday, time_zone),
    }
    params = {name: value for name, value in given.items() if value}

    async def work(gateway: GatewayClient) -> None:
        if view:
            _refuse_others(context)
            question = await view_question(gateway, view, group_by, datetime.now(UTC))
            answer = await gateway.post("/api/v1/stats", question)
        else:
            own = await category_ids(gateway, custom_category)
            answer = await gateway.get("/api/v1/stats", {**params, **({"custom_category": own} if own else {})})
        if command.terminal.as_json:
            command.terminal.answer_json(answer)
            return
        table = stats_table(answer)
        if table is not None:
            command.terminal.show(table)
        for line in stats_footer(answer):
            command.terminal.say(line, style="dim")

    command.run(work)


def _refuse_others(context: typer.Context) -> None:
    """Raises UsageError for an option that says something else than the view."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in BESIDE_VIEW and source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} cannot stand beside --view.", hint="The view says it already.")

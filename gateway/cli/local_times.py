"""Options that narrow messages by the local hour and day of the week, for every command that has them."""

from typing import Annotated, Any

import typer

from gateway.cli.zone import local_zone

HourOption = Annotated[
    list[int] | None, typer.Option("--hour", min=0, max=23, help="Only this hour of the day; may be repeated.")
]
WeekdayOption = Annotated[
    list[str] | None, typer.Option("--weekday", help="Only this day, monday to sunday; may be repeated.")
]


def local_times(hour: list[int] | None, weekday: list[str] | None, time_zone: str) -> dict[str, Any]:
    """The parameters of a call; this machine's zone where none is named, none where nothing is narrowed."""
    if not (hour or weekday):
        return {}
    days = [name.lower() for name in weekday or []]
    return {"hour": hour, "weekday": days, "time_zone": time_zone or local_zone()}

"""What probes are told."""

from typing import Literal

from gateway.shapes.answers import Answer


class HealthAnswer(Answer):
    """The process answers."""

    status: Literal["ok"]


class ReadyAnswer(Answer):
    """Whether each service behind the gateway can be used."""

    status: Literal["ok", "not ready"]
    checks: dict[str, Literal["ok", "not serving"]]

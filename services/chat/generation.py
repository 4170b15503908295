"""How a model is to write: the options a caller may choose, with their bounds. Pure (H34, T67)."""

from dataclasses import dataclass
from typing import Final

from earshot.chat.v1 import chat_pb2
from services.runtime.errors import InvalidInputError

MAX_TEMPERATURE: Final = 2.0
MAX_STOPS: Final = 4
MAX_STOP_LENGTH: Final = 64
# Options travel as 32-bit floats; more digits than these are noise.
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Options of one answer; None leaves the choice to the model, `max_tokens` 0 to the settings."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 0
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def body(self) -> dict[str, object]:
        """The options as fields of a request in OpenAI's protocol, without the limit of length."""
        given = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "seed": self.seed,
            "stop": list(self.stop) or None,
        }
        return {name: value for name, value in given.items() if value is not None}


DEFAULTS: Final = Generation()
"""Everything is left to the model."""


def generation_of(options: chat_pb2.Generation, *, max_tokens: int) -> Generation:
    """The checked options; InvalidInputError names the first that is out of bounds."""
    temperature = _bounded(options, "temperature", low=0.0, high=MAX_TEMPERATURE)
    top_p = _bounded(options, "top_p", low=0.0, high=1.0)
    if top_p == 0:
        raise _bad("top_p", "must be above 0")
    if options.HasField("max_tokens") and not 1 <= options.max_tokens <= max_tokens:
        raise _bad("max_tokens", f"must be 1 to {max_tokens:,}")
    if len(options.stop) > MAX_STOPS or not all(1 <= len(stop) <= MAX_STOP_LENGTH for stop in options.stop):
        raise _bad("stop", f"takes at most {MAX_STOPS} texts of 1 to {MAX_STOP_LENGTH} characters")
    return Generation(
        temperature=temperature,
        top_p=top_p,
        max_tokens=options.max_tokens,
        stop=tuple(options.stop),
        seed=options.seed if options.HasField("seed") else None,
    )


def _bounded(options: chat_pb2.Generation, field: str, *, low: float, high: float) -> float | None:
    if not options.HasField(field):  # type: ignore[arg-type]  # a field of the message, given by name
        return None
    value = float(getattr(options, field))
    if not low <= value <= high:  # also where it is no number
        raise _bad(field, f"must be {low:g} to {high:g}")
    return round(value, _DIGITS)


def _bad(field: str, description: str) -> InvalidInputError:
    return InvalidInputError.of_field(f"generation.{field}", description)

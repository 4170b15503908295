"""Reading other systems' JSON: nothing in it is certain to be there, or to be of its type. Pure."""

from gateway.shapes.fields import storable


def found(value: object, *path: str) -> object:
    """What lies at a path of field names; None where anything on the way is missing or no object."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def is_number(value: object) -> bool:
    """Whether it is a whole number (JSON's true is none)."""
    return isinstance(value, int) and not isinstance(value, bool)


def sound_text(value: object) -> str | None:
    """The text, if it is one that can be kept exactly and says anything."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        storable(value)
    except ValueError:
        return None
    return value

"""Word lists written as plain text."""


def listed(text: str) -> list[str]:
    """The words of a text in its order."""
    return text.split()


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())

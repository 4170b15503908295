"""Why the stack cannot start."""


class LaunchError(Exception):
    """The stack cannot start; the text says why and what to do."""

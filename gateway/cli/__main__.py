"""Entry point of `earshot` and of `python -m gateway.cli`."""

import sys


def main() -> None:
    """Runs the command line; leaves by SystemExit with one of the documented codes."""
    # httpx loads a command line of its own wherever it finds click: a fifth of the time that ours takes to start.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # documented: such an import fails, which httpx expects
    from gateway.cli.app import app  # noqa: PLC0415  # after that line

    app(prog_name="earshot")


if __name__ == "__main__":
    main()

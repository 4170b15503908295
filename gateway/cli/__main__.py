"""Entry point of `earshot` and of `python -m gateway.cli`."""

from gateway.cli.app import app


def main() -> None:
    """Runs the command line; leaves by SystemExit with one of the documented codes."""
    app(prog_name="earshot")


if __name__ == "__main__":
    main()

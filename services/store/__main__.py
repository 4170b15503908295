"""The store's process: `python -m services.store` serves, `python -m services.store migrate` only migrates."""

import argparse
import asyncio
import sys
from typing import Final

import structlog

from services.runtime.auth import TokenVerifier
from services.runtime.errors import UnavailableError
from services.runtime.log import configure_logging
from services.runtime.metrics import new_registry
from services.runtime.server import EXIT_FAILED, EXIT_OK, serve
from services.runtime.settings import load_settings_or_exit
from services.store.migrations.runner import MigrationChangedError, migrate
from services.store.server import POSTGRES_CHECK, database_options, open_store
from services.store.settings import StoreSettings

_logger = structlog.get_logger("earshot.store")

_COMMANDS: Final = ("serve", "migrate")


async def run_server(settings: StoreSettings) -> int:
    """Serves until it is told to stop. Returns the exit code."""
    registry = new_registry()
    verifier = TokenVerifier.from_file(settings.public_key_file, leeway_seconds=settings.token_leeway_seconds)
    async with open_store(settings, registry) as store:
        return await serve(
            settings=settings,
            listen=store.listen,
            services=store.services,
            verifier=verifier,
            registry=registry,
            checks={POSTGRES_CHECK: store.check},
            background={"store": store.run},
        )


async def run_migrations(settings: StoreSettings) -> int:
    """Brings the schema up to date. Returns the exit code."""
    try:
        applied = await migrate(database_options(settings))
    except (UnavailableError, MigrationChangedError) as error:
        _logger.error("cannot migrate", problem=str(error))  # noqa: TRY400 - the text says it all
        return EXIT_FAILED
    _logger.info("schema is up to date", applied=applied)
    return EXIT_OK


def main() -> int:
    """Runs the command of the command line."""
    parser = argparse.ArgumentParser(prog="python -m services.store", description=__doc__)
    parser.add_argument("command", nargs="?", choices=_COMMANDS, default="serve")
    command: str = parser.parse_args().command
    settings = load_settings_or_exit(StoreSettings)
    configure_logging(settings, service="store")
    return asyncio.run(run_migrations(settings) if command == "migrate" else run_server(settings))


if __name__ == "__main__":
    sys.exit(main())

"""The store's process: `python -m services.store` serves, `migrate` only migrates, `create-user NAME` makes a user."""

import argparse
import asyncio
import sys

import structlog

from services.runtime.auth import Role, TokenVerifier
from services.runtime.errors import UnavailableError
from services.runtime.log import configure_logging
from services.runtime.metrics import new_registry
from services.runtime.server import EXIT_FAILED, EXIT_OK, serve
from services.runtime.settings import load_settings_or_exit
from services.runtime.trace_export import exported_traces
from services.store.migrations.runner import MigrationError, migrate
from services.store.parts.pools import database_options
from services.store.people.create_user import UserRefusedError, create_user, read_password
from services.store.server import POSTGRES_CHECK, open_store
from services.store.settings import StoreSettings

_logger = structlog.get_logger("earshot.store")


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
            draining=store.draining,
            layers=(store.people.audit.layer,),
        )


async def run_migrations(settings: StoreSettings) -> int:
    """Brings the schema up to date. Returns the exit code."""
    try:
        applied = await migrate(database_options(settings))
    except (UnavailableError, MigrationError) as error:
        _logger.error("cannot migrate", problem=str(error))  # noqa: TRY400 - the text says it all
        return EXIT_FAILED
    _logger.info("schema is up to date", applied=applied)
    return EXIT_OK


async def run_create_user(settings: StoreSettings, username: str, role: Role) -> int:
    """Makes a user, and the schema before it where it is missing. Returns the exit code."""
    options = database_options(settings)
    try:
        await migrate(options)
        await create_user(options, username=username, password=read_password(), role=role)
    except (UnavailableError, MigrationError, UserRefusedError) as error:
        sys.stderr.write(f"cannot make the user: {error}\n")
        return EXIT_FAILED
    sys.stdout.write(f"{username} can log in as {role.value}\n")
    return EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.store", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="serve until told to stop; the default")
    commands.add_parser("migrate", help="bring the schema up to date and end")
    creating = commands.add_parser("create-user", help="make a user; the password is asked for or read from stdin")
    creating.add_argument("username")
    people = [role.value for role in Role if role is not Role.SERVICE]
    creating.add_argument("--role", choices=people, default=Role.ADMIN.value, help="default: %(default)s")
    return parser


def main() -> int:
    """Runs the command of the command line."""
    given = _parser().parse_args()
    settings = load_settings_or_exit(StoreSettings)
    configure_logging(settings, service="store")
    if given.command == "migrate":
        return asyncio.run(run_migrations(settings))
    if given.command == "create-user":
        return asyncio.run(run_create_user(settings, given.username, Role(given.role)))
    with exported_traces(settings, service="store"):
        return asyncio.run(run_server(settings))


if __name__ == "__main__":
    sys.exit(main())

"""What can be known to be wrong before anything starts, so that it is said in a second instead of after a minute."""

from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError

from deploy.local.errors import LaunchError
from services.classifier.scoring.artefact import ArtefactError, load_artefact
from services.runtime.errors import EarshotError
from services.store.pool import DatabaseOptions, connect

CONNECT_SECONDS = 5.0


def check_model(folder: Path) -> None:
    """Raises LaunchError with the file that is missing or wrong and what mends it."""
    try:
        load_artefact(folder)
    except ArtefactError as error:
        raise LaunchError(str(error)) from error


async def check_database(url: str) -> None:
    """Raises LaunchError when the Postgres of EARSHOT_DATABASE_URL takes no connection."""
    try:
        connection = await connect(DatabaseOptions(url=url, connect_seconds=CONNECT_SECONDS))
    except EarshotError as error:
        raise LaunchError(_unusable("EARSHOT_DATABASE_URL", "Postgres", error.__cause__ or error)) from error
    await connection.close()


async def check_redis(url: str) -> None:
    """Raises LaunchError when the Redis of EARSHOT_REDIS_URL does not answer."""
    try:
        async with Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS) as redis:
            await redis.ping()
    except (RedisError, OSError, ValueError) as error:
        raise LaunchError(_unusable("EARSHOT_REDIS_URL", "Redis", error)) from error


def _unusable(setting: str, server: str, cause: BaseException) -> str:
    reason = str(cause) or type(cause).__name__
    return f"{setting}: {server} cannot be used ({reason}). Set it right, or unset it to have one started here."

"""The connection to Postgres: one pool per process, one workspace per transaction, errors by SQLSTATE class.

Every transaction enters a role that owns nothing and names its workspace in a transaction-local setting, so that
row-level security holds whatever a query says and nothing of a caller stays behind on a pooled connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypedDict

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.runtime.call_context import remaining_seconds
from services.runtime.errors import (
    ConflictError,
    DeadlineExceededError,
    ErrorReason,
    LimitExceededError,
    UnavailableError,
)

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Isolation: TypeAlias = Literal["read_committed", "repeatable_read"]
BeforeCommit: TypeAlias = Callable[[Connection], Awaitable[None]]

APP_ROLE: Final = "earshot_app"
WORKER_ROLE: Final = "earshot_worker"
DEFAULT_WORKSPACE: Final = "default"

_ENTER: Final = "SELECT set_config('role', $1, true), set_config('earshot.workspace', $2, true)"

# https://www.postgresql.org/docs/18/errcodes-appendix.html
_UNREACHABLE_CLASSES: Final = frozenset({"08", "28", "53", "58"})
_UNREACHABLE_STATES: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25006", "3D000"})
_CONFLICT_STATES: Final = frozenset({"40001", "40P01", "55P03"})
_QUERY_CANCELLED: Final = "57014"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """How to reach Postgres. Sizes in connections, times in seconds."""

    url: str
    min_size: int = 0
    max_size: int = 10
    acquire_seconds: float = 5
    connect_seconds: float = 5
    command_seconds: float = 30
    statement_cache_size: int = 100


class _Connection(asyncpg.Connection):
    """A connection that keeps no session state, so that giving it back costs no round trip."""

    def get_reset_query(self) -> str:
        """Nothing to reset: roles and settings are local to transactions, and asyncpg rolls those back itself."""
        return ""


class Database:
    """The pool of one process. Before `open` and while Postgres is away, every transaction raises UnavailableError."""

    def __init__(self, options: DatabaseOptions, *, before_commit: BeforeCommit | None = None) -> None:
        """`before_commit` may add to what the application's own role is about to change."""
        self._options = options
        self._before_commit = before_commit
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    def open_connections(self) -> int:
        """Number of connections."""
        return 0 if self._pool is None else self._pool.get_size()

    def idle_connections(self) -> int:
        """Number of connections that nobody uses just now."""
        return 0 if self._pool is None else self._pool.get_idle_size()

    async def open(self) -> None:
        """Makes the pool with its smallest size. Raises UnavailableError when Postgres does not answer."""
        with database_errors(), _connecting():
            self._pool = await asyncpg.create_pool(
                min_size=min(self._options.min_size, self._options.max_size),
                max_size=self._options.max_size,
                connection_class=_Connection,
                init=_enter_app_role,
                **_connect_arguments(self._options),
            )

    async def close(self) -> None:
        """Closes the pool; connections still in use after five seconds are cut."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(5):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    @asynccontextmanager
    async def transaction(
        self,
        workspace_id: str,
        *,
        role: str = APP_ROLE,
        isolation: Isolation = "read_committed",
        readonly: bool = False,
    ) -> AsyncIterator[Connection]:
        """A transaction that sees one workspace (role `earshot_worker`: what its policies allow, of all).

        Waits for a connection until the call's deadline, at most `acquire_seconds`; raises LimitExceededError when
        all are in use, else UnavailableError (STORE_UNAVAILABLE), DeadlineExceededError or ConflictError.
        """
        with database_errors():
            async with self._acquired() as connection, connection.transaction(isolation=isolation, readonly=readonly):
                await connection.execute(_ENTER, role, workspace_id)
                yield connection
                if self._before_commit is not None and role == APP_ROLE and not readonly:
                    await self._before_commit(connection)

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Connection]:
        pool = self._pool
        if pool is None:
            raise _unavailable()
        connection = await self._acquire(pool)
        try:
            yield connection
        finally:
            await pool.release(connection)

    async def _acquire(self, pool: "asyncpg.Pool[asyncpg.Record]") -> Connection:
        remaining = remaining_seconds()
        patience = self._options.acquire_seconds if remaining is None else min(remaining, self._options.acquire_seconds)
        try:
            return await pool.acquire(timeout=patience)
        except TimeoutError as error:
            if pool.get_size() - pool.get_idle_size() < self._options.max_size:
                raise _unavailable() from error
            raise LimitExceededError(
                "All database connections are in use.", hint="Try again in a moment.", retry_after_seconds=1
            ) from error


class _ConnectArguments(TypedDict):
    dsn: str
    timeout: float
    command_timeout: float
    statement_cache_size: int
    server_settings: dict[str, str]


def _connect_arguments(options: DatabaseOptions) -> _ConnectArguments:
    return {
        "dsn": options.url,
        "timeout": options.connect_seconds,
        "command_timeout": options.command_seconds,
        "statement_cache_size": options.statement_cache_size,
        # Compiling a plan costs more than any of our statements; it pays for queries of minutes only.
        "server_settings": {"application_name": "earshot-store", "jit": "off"},
    }


async def connect(options: DatabaseOptions) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection outside the pool, as the user of the URL: for migrations and for LISTEN.

    Raises UnavailableError when Postgres does not answer.
    """
    with database_errors(), _connecting():
        return await asyncpg.connect(**_connect_arguments(options))


async def _enter_app_role(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    # Beneath the per-transaction role: a statement outside a transaction sees nothing rather than everything.
    await connection.execute(f"SET ROLE {APP_ROLE}")


@contextmanager
def _connecting() -> Iterator[None]:
    """Nothing was asked yet: a Postgres that is silent now cannot be reached."""
    try:
        yield
    except TimeoutError as error:
        raise _unavailable() from error


@contextmanager
def database_errors() -> Iterator[None]:
    """Turns the driver's exceptions into ours, by SQLSTATE and type, never by their localised texts.

    What is not listed here (a violated constraint, bad SQL) is our fault and passes as it is: INTERNAL, and logged.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        translated = _translated(error.sqlstate or "")
        if translated is None:
            raise
        raise translated from error
    except TimeoutError as error:
        raise DeadlineExceededError("The database took too long.") from error
    except (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        # The last one: the server has sent its farewell and asyncpg has not yet seen the connection close.
        raise _unavailable() from error


def _translated(sqlstate: str) -> Exception | None:
    if sqlstate[:2] in _UNREACHABLE_CLASSES or sqlstate in _UNREACHABLE_STATES:
        return _unavailable()
    if sqlstate in _CONFLICT_STATES:
        return ConflictError("Another call was changing the same rows.", hint="Try again.")
    if sqlstate == _QUERY_CANCELLED:
        return DeadlineExceededError("The database took too long.")
    return None


def _unavailable() -> UnavailableError:
    return UnavailableError(
        "The database cannot be reached just now.", reason=ErrorReason.STORE_UNAVAILABLE, retry_after_seconds=1
    )

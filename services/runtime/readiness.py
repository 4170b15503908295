"""Readiness: `grpc.health.v1` follows the things a service needs, per service name and for the server as a whole.

Every status is NOT_SERVING until the first round of checks says otherwise; the stock servicer would start with SERVING.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, TypeAlias

import structlog
from grpc_health.v1 import health, health_pb2
from prometheus_client import Gauge

_logger = structlog.get_logger("earshot.health")

ReadinessCheck: TypeAlias = Callable[[], Awaitable[object]]
"""Returns when the dependency answers, raises when it does not. Cheap: it runs every few seconds."""

WHOLE_SERVER: Final = ""
_WHOLE: Final = "(whole server)"
"""What the log calls it."""


class Readiness:
    """Runs the checks and keeps the health servicer up to date."""

    def __init__(
        self,
        *,
        requires: Mapping[str, Collection[str]],
        checks: Mapping[str, ReadinessCheck],
        interval_seconds: float,
        timeout_seconds: float,
        serving: Gauge,
    ) -> None:
        """`requires` names the checks of each service; KeyError when a service needs one that is not in `checks`."""
        for names in requires.values():
            for name in names:
                checks[name]
        self._requires = {WHOLE_SERVER: tuple(checks), **requires}
        self._checks = dict(checks)
        self._interval_seconds = interval_seconds
        self._timeout_seconds = timeout_seconds
        self._serving = serving
        self._state: dict[str, bool] = {}
        self._failing: frozenset[str] = frozenset()
        self.servicer = health.aio.HealthServicer()

    async def start(self) -> None:
        """Sets everything to NOT_SERVING; call it before the port opens."""
        for service in self._requires:
            await self._set(service, serving=False)

    async def run(self) -> None:
        """Checks for ever, one round every interval."""
        while True:
            await self.check_now()
            await asyncio.sleep(self._interval_seconds)

    async def check_now(self) -> None:
        """One round: every check side by side, then the statuses that follow."""
        names = tuple(self._checks)
        outcomes = await asyncio.gather(*(self._failure(name) for name in names))
        failures = {name: failure for name, failure in zip(names, outcomes, strict=True) if failure is not None}
        turned = [
            service
            for service, required in self._requires.items()
            if await self._turns(service, serving=failures.keys().isdisjoint(required))
        ]
        self._tell(turned, failures)

    async def shut_down(self) -> None:
        """NOT_SERVING for good: the first step of a drain."""
        await self.servicer.enter_graceful_shutdown()
        for service in self._requires:
            self._serving.labels(service).set(0)

    async def _failure(self, name: str) -> str | None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._checks[name]()
        except TimeoutError:
            return f"no answer within {self._timeout_seconds:g} s"
        except Exception as error:  # noqa: BLE001 - whatever a dependency's driver raises means "not ready"
            return f"{type(error).__name__}: {error}"
        return None

    async def _turns(self, service: str, *, serving: bool) -> bool:
        """Whether this is news of the service; then it is set."""
        if self._state.get(service) == serving:
            return False
        await self._set(service, serving=serving)
        self._state[service] = serving
        return True

    def _tell(self, turned: Collection[str], failures: Mapping[str, str]) -> None:
        """One line for all that turned the same way, and one where what is missing is now something else."""
        up = [service or _WHOLE for service in turned if self._state[service]]
        down = [service or _WHOLE for service in turned if not self._state[service]]
        if up:
            _logger.info("serving", grpc_services=up)
        if down or (failures and failures.keys() != self._failing):
            _logger.warning("not serving", grpc_services=down, causes=dict(failures))
        self._failing = frozenset(failures)

    async def _set(self, service: str, *, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        await self.servicer.set(service, status)
        self._serving.labels(service).set(int(serving))

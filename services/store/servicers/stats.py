"""earshot.store.v1.StatsService."""

from typing import Any, Final

import grpc

from earshot.store.v1 import stats_pb2, stats_pb2_grpc
from services.runtime.auth import Role
from services.runtime.call_context import require_role
from services.store.convert_stats import stats_query, stats_result
from services.store.pool import Database
from services.store.repositories.statistics import run_query

_READERS: Final = (Role.VIEWER, Role.SERVICE)


class StatsServicer(stats_pb2_grpc.StatsServiceServicer):
    """Counts messages of the caller's workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def QueryStats(
        self, request: stats_pb2.QueryStatsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> stats_pb2.QueryStatsResponse:
        """Answers one typed question from one snapshot."""
        caller = require_role(*_READERS)
        query = stats_query(request.query)
        result = await run_query(self._database, caller.workspace_id, query)
        return stats_pb2.QueryStatsResponse(result=stats_result(result))

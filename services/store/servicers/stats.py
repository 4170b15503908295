"""StatsService."""

from typing import Any

import grpc

from earshot.store.v1 import stats_pb2, stats_pb2_grpc
from services.store.convert_stats import stats_query, stats_result
from services.store.pool import Database
from services.store.repositories.statistics import run_query
from services.store.servicers.caller import PEOPLE, caller_workspace


class StatsServicer(stats_pb2_grpc.StatsServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def QueryStats(
        self, request: stats_pb2.QueryStatsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> stats_pb2.QueryStatsResponse:
        """Answers one typed question from one snapshot."""
        workspace_id = caller_workspace(*PEOPLE)
        result = await run_query(self._database, workspace_id, stats_query(request.query))
        return stats_pb2.QueryStatsResponse(result=stats_result(result))

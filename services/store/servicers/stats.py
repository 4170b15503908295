"""StatsService."""

from typing import Any
from uuid import UUID

import grpc

from earshot.store.v1 import as_of_pb2, change_pb2, estimate_pb2, preview_pb2, spikes_pb2, stats_pb2, stats_pb2_grpc
from services.runtime.auth import Role
from services.store.contract.convert_as_of import as_of_question, as_of_response
from services.store.contract.convert_estimates import estimate_question, estimate_response
from services.store.contract.convert_previews import preview_request, preview_response
from services.store.contract.convert_stats import stats_query, stats_result
from services.store.contract.convert_watching import change_question, change_response, spike_question, spike_response
from services.store.labelling.model_previewing import ModelPreviewing
from services.store.pool import Database
from services.store.repositories import taxonomy
from services.store.repositories.as_of import compare
from services.store.repositories.estimates import run_estimate
from services.store.repositories.statistics import run_query
from services.store.servicers.caller import PEOPLE, caller_workspace
from services.store.statistics.question import Dimension, StatsResult
from services.store.watching.looking import look_for_spikes, split_change


class StatsServicer(stats_pb2_grpc.StatsServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, previewing: ModelPreviewing) -> None:
        self._database = database
        self._previewing = previewing

    async def QueryStats(
        self, request: stats_pb2.QueryStatsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> stats_pb2.QueryStatsResponse:
        """Answers one typed question from one snapshot."""
        workspace_id = caller_workspace(*PEOPLE)
        result = await run_query(self._database, workspace_id, stats_query(request.query))
        return stats_pb2.QueryStatsResponse(
            result=stats_result(result), custom_category_names=await self._names(workspace_id, result)
        )

    async def DetectSpikes(
        self, request: spikes_pb2.DetectSpikesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> spikes_pb2.DetectSpikesResponse:
        """Days or hours with more messages than expected."""
        workspace_id = caller_workspace(*PEOPLE)
        question = spike_question(request)
        return spike_response(question, await look_for_spikes(self._database, workspace_id, question))

    async def ExplainChange(
        self, request: change_pb2.ExplainChangeRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> change_pb2.ExplainChangeResponse:
        """What the difference between two periods is made of."""
        workspace_id = caller_workspace(*PEOPLE)
        return change_response(await split_change(self._database, workspace_id, change_question(request)))

    async def CompareAsOf(
        self, request: as_of_pb2.CompareAsOfRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> as_of_pb2.CompareAsOfResponse:
        """What changed in an answer between two instants, and why."""
        workspace_id = caller_workspace(*PEOPLE)
        asked = as_of_question(request)
        return as_of_response(
            await compare(self._database, workspace_id, asked.query, before=asked.before, after=asked.after)
        )

    async def EstimateCounts(
        self, request: estimate_pb2.EstimateCountsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> estimate_pb2.EstimateCountsResponse:
        """How many messages truly have each label, with an interval."""
        workspace_id = caller_workspace(*PEOPLE)
        question = estimate_question(request)
        return estimate_response(await run_estimate(self._database, workspace_id, question))

    async def PreviewModel(
        self, request: preview_pb2.PreviewModelRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> preview_pb2.PreviewModelResponse:
        """What the model in the shadow would change."""
        workspace_id = caller_workspace(Role.ADMIN)
        time_range, time_zone = preview_request(request)
        return preview_response(await self._previewing.preview(workspace_id, time_range, time_zone))

    async def _names(self, workspace_id: str, result: StatsResult) -> dict[str, str]:
        """Names of the custom categories among the keys."""
        if Dimension.CUSTOM_CATEGORY not in result.query.group_by:
            return {}
        place = result.query.group_by.index(Dimension.CUSTOM_CATEGORY)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await taxonomy.names(connection, workspace_id, {UUID(row.keys[place]) for row in result.rows})
        return {str(category_id): name for category_id, name in found.items()}

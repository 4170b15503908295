"""WorkspaceService."""

from collections.abc import Sequence
from typing import Any

import grpc

from earshot.store.v1 import workspace_pb2, workspace_pb2_grpc
from services.runtime.auth import Role
from services.store.contract.convert_workspace import settings_change, settings_in_force
from services.store.pool import Database
from services.store.repositories import workspace_settings
from services.store.servicers.caller import PEOPLE, caller_workspace


class WorkspaceServicer(workspace_pb2_grpc.WorkspaceServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database, *, languages: Sequence[str]) -> None:
        """`languages`: those of the deployment."""
        self._database = database
        self._languages = languages

    async def GetWorkspaceSettings(
        self, request: workspace_pb2.GetWorkspaceSettingsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> workspace_pb2.GetWorkspaceSettingsResponse:
        """The settings in force."""
        workspace_id = caller_workspace(*PEOPLE)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            own = await workspace_settings.read(connection, workspace_id)
        shown = settings_in_force(own, languages=self._languages)
        return workspace_pb2.GetWorkspaceSettingsResponse(settings=shown)

    async def UpdateWorkspaceSettings(
        self, request: workspace_pb2.UpdateWorkspaceSettingsRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> workspace_pb2.UpdateWorkspaceSettingsResponse:
        """Changes settings."""
        workspace_id, change = caller_workspace(Role.ADMIN), settings_change(request)
        async with self._database.transaction(workspace_id) as connection:
            own = await workspace_settings.update(connection, workspace_id, change)
        shown = settings_in_force(own, languages=self._languages)
        return workspace_pb2.UpdateWorkspaceSettingsResponse(settings=shown)

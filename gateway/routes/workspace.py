"""What a workspace sets for itself."""

from fastapi import APIRouter

from earshot_client.earshot.store.v1 import GetWorkspaceSettingsRequest
from gateway.dependencies import ServiceClients
from gateway.field_names import SETTING, fields_named
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.workspace import WorkspaceSettingsAnswer, WorkspaceSettingsBody, workspace_settings_json

router = APIRouter(tags=["identity"])


@router.get("/api/v1/workspace/settings", **documented(WorkspaceSettingsAnswer))
async def get_workspace_settings(clients: ServiceClients, _: Caller) -> Json:
    """The settings in force: the workspace's own, else the deployment's; `origin` says whose each is."""
    answer = await clients.workspaces.get_workspace_settings(GetWorkspaceSettingsRequest())
    return workspace_settings_json(answer.settings)


@router.patch("/api/v1/workspace/settings", **documented(WorkspaceSettingsAnswer))
async def change_workspace_settings(body: WorkspaceSettingsBody, clients: ServiceClients, _: Caller) -> Json:
    """Changes what is given, for what comes after it; null is the deployment's again; admins only."""
    with fields_named(SETTING):
        answer = await clients.workspaces.update_workspace_settings(body.to_message())
    return workspace_settings_json(answer.settings)

"""SQL over the settings of workspaces."""

from typing import Final

import asyncpg

from services.store.pool import Connection
from services.store.workspace_settings import SettingsChange, WorkspaceSettings

_READ: Final = "SELECT accepted_languages, system_prompt FROM workspace_settings WHERE workspace_id = $1"
_UPDATE: Final = """
INSERT INTO workspace_settings AS kept (workspace_id, accepted_languages, system_prompt) VALUES ($1, $3, $4)
ON CONFLICT (workspace_id) DO UPDATE SET
  accepted_languages =
    CASE WHEN 'accepted_languages' = ANY ($2::text[]) THEN excluded.accepted_languages ELSE kept.accepted_languages END,
  system_prompt = CASE WHEN 'system_prompt' = ANY ($2::text[]) THEN excluded.system_prompt ELSE kept.system_prompt END
RETURNING accepted_languages, system_prompt
"""


async def read(connection: Connection, workspace_id: str) -> WorkspaceSettings:
    """What the workspace sets; nothing where it never did."""
    row = await connection.fetchrow(_READ, workspace_id)
    return WorkspaceSettings() if row is None else _settings(row)


async def update(connection: Connection, workspace_id: str, change: SettingsChange) -> WorkspaceSettings:
    """Changes the settings that are named, and answers with all of them."""
    named, new = list(change.named), change.settings
    (row,) = await connection.fetch(_UPDATE, workspace_id, named, new.accepted_languages, new.system_prompt)
    return _settings(row)


def _settings(row: asyncpg.Record) -> WorkspaceSettings:
    codes = row["accepted_languages"]
    return WorkspaceSettings(
        accepted_languages=None if codes is None else tuple(codes), system_prompt=row["system_prompt"]
    )

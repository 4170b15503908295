"""SQL over the first answers by request id (AIP-155)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.store.pool import Connection

_CLAIM: Final = """
INSERT INTO ingest_requests (workspace_id, request_id, payload_hash, message_ids, created, existing)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING true
"""

_READ: Final = """
SELECT payload_hash, message_ids, created, existing FROM ingest_requests WHERE workspace_id = $1 AND request_id = $2
"""

_AMEND: Final = """
UPDATE ingest_requests SET message_ids = $3, created = $4, existing = $5 WHERE workspace_id = $1 AND request_id = $2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestRecord:
    """What an ingest did: ids of its messages in their order, how many it stored and how many were there before."""

    payload_hash: bytes
    message_ids: tuple[UUID, ...]
    created: int
    existing: int


async def claim(
    connection: Connection, workspace_id: str, request_id: UUID, record: IngestRecord
) -> IngestRecord | None:
    """Records the request; None when it is the first of its id, else the record of the first.

    A call with the same id that runs at the same time is waited for.
    """
    claimed = await connection.fetchval(_CLAIM, workspace_id, request_id, *_values(record))
    if claimed:
        return None
    row = await connection.fetchrow(_READ, workspace_id, request_id)
    if row is None:
        raise LookupError("a request id that conflicts is nowhere to be found")
    return IngestRecord(
        payload_hash=row["payload_hash"],
        message_ids=tuple(row["message_ids"]),
        created=row["created"],
        existing=row["existing"],
    )


async def amend(connection: Connection, workspace_id: str, request_id: UUID, record: IngestRecord) -> None:
    """Replaces what a claim of this transaction recorded."""
    await connection.execute(_AMEND, workspace_id, request_id, *_values(record)[1:])


def _values(record: IngestRecord) -> Sequence[object]:
    return record.payload_hash, list(record.message_ids), record.created, record.existing

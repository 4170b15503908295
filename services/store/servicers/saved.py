"""SavedQueryService."""

from typing import Any, Final
from uuid import UUID

import grpc

from earshot.store.v1 import saved_pb2, saved_pb2_grpc
from services.runtime.auth import Identity, Role
from services.runtime.call_context import require_role
from services.runtime.errors import AlreadyExistsError, ErrorReason, LimitExceededError, NotFoundError, Resource
from services.runtime.ids import new_id
from services.store.auditing.call_event import name_resource
from services.store.contract import page_token
from services.store.contract.convert_saved import listed_kinds, new_query, saved_query
from services.store.contract.fitting import fitting
from services.store.pool import Connection, Database
from services.store.repositories import saved_queries
from services.store.saved_query import MOST, WORKSPACE, Kind, SavedQuery, name_violations
from services.store.servicers.caller import PEOPLE, workspace_of
from services.store.validation import parse_id, refuse

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200
_KEEPERS: Final = (Role.VIEWER, Role.AGENT, Role.ADMIN)
_KEEPERS_OF_ALL: Final = (Role.AGENT, Role.ADMIN)


class SavedQueryServicer(saved_pb2_grpc.SavedQueryServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def SaveQuery(
        self, request: saved_pb2.SaveQueryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> saved_pb2.SaveQueryResponse:
        """Keeps a query under its name."""
        identity = require_role(*_KEEPERS_OF_ALL if request.query.shared else _KEEPERS)
        workspace_id, new = workspace_of(identity), new_query(request.query, identity)
        async with self._database.transaction(workspace_id) as connection:
            stored = await saved_queries.put(connection, workspace_id, UUID(new_id()), new)
            if await saved_queries.count(connection, workspace_id, new.kind, new.owner_id) > MOST[new.kind]:
                raise _too_many(new.kind)
            name_resource(stored.id)
        return saved_pb2.SaveQueryResponse(query=saved_query(stored))

    async def ListSavedQueries(
        self, request: saved_pb2.ListSavedQueriesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> saved_pb2.ListSavedQueriesResponse:
        """The caller's own and the workspace's."""
        identity = require_role(*PEOPLE)
        workspace_id, kinds = workspace_of(identity), listed_kinds(request.kind)
        question = f"saved queries\0{request.kind}\0{request.name}".encode()
        size = page_token.page_size(request.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
        before = page_token.decode_id(request.page_token, question=question)
        async with self._database.transaction(workspace_id, readonly=True) as connection:
            found = await saved_queries.list_page(
                connection,
                workspace_id,
                identity.user_id,
                kinds=kinds,
                name=request.name,
                before=before,
                limit=size + 1,
            )
        response = saved_pb2.ListSavedQueriesResponse(queries=fitting(map(saved_query, found[:size])))
        if len(found) > len(response.queries):
            last = found[len(response.queries) - 1]
            response.next_page_token = page_token.encode_id(last.id, question=question)
        return response

    async def RenameSavedQuery(
        self, request: saved_pb2.RenameSavedQueryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> saved_pb2.RenameSavedQueryResponse:
        """Gives a view another name."""
        identity, query_id, name = require_role(*_KEEPERS), parse_id(request.id, field="id"), request.name.strip()
        workspace_id = workspace_of(identity)
        refuse(list(name_violations(Kind.VIEW, name)))
        try:
            async with self._database.transaction(workspace_id) as connection:
                before = await _locked(connection, identity, query_id)
                if before.saved.kind is not Kind.VIEW:
                    raise _not_found(query_id)
                renamed = await saved_queries.rename(connection, workspace_id, query_id, name)
        except saved_queries.TakenError as error:
            raise AlreadyExistsError(
                "Another view has this name.", reason=ErrorReason.SAVED_QUERY_EXISTS, hint="Choose another name."
            ) from error
        return saved_pb2.RenameSavedQueryResponse(query=saved_query(renamed))

    async def DeleteSavedQuery(
        self, request: saved_pb2.DeleteSavedQueryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> saved_pb2.DeleteSavedQueryResponse:
        """Deletes a query."""
        identity, query_id = require_role(*_KEEPERS), parse_id(request.id, field="id")
        workspace_id = workspace_of(identity)
        async with self._database.transaction(workspace_id) as connection:
            await _locked(connection, identity, query_id)
            await saved_queries.delete(connection, workspace_id, query_id)
        return saved_pb2.DeleteSavedQueryResponse()


async def _locked(connection: Connection, identity: Identity, query_id: UUID) -> SavedQuery:
    """A query that the caller may change. NotFoundError; PermissionDeniedError for a viewer and the workspace's."""
    found = await saved_queries.lock(connection, workspace_of(identity), identity.user_id, query_id)
    if found is None:
        raise _not_found(query_id)
    if found.saved.owner_id == WORKSPACE:
        require_role(*_KEEPERS_OF_ALL)
    return found


def _not_found(query_id: UUID) -> NotFoundError:
    return NotFoundError(
        "There is no saved query with this id.",
        reason=ErrorReason.SAVED_QUERY_NOT_FOUND,
        resource=Resource(type="saved_query", name=str(query_id)),
    )


def _too_many(kind: Kind) -> LimitExceededError:
    return LimitExceededError(
        f"{MOST[kind]:,} saved queries of a kind are the most.",
        reason=ErrorReason.TOO_MANY_ENTRIES,
        hint="Delete one that is no longer needed.",
    )

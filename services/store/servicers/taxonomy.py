"""TaxonomyService."""

from collections.abc import Callable
from typing import Any, Final

import grpc

from earshot.store.v1 import taxonomy_pb2, taxonomy_pb2_grpc
from services.runtime.auth import Role
from services.store.contract import taxonomy_requests
from services.store.servicers.caller import READERS, caller_workspace
from services.store.taxonomy.categorizing import Categorizing
from services.store.validation import parse_id

_EDITORS: Final = (Role.ADMIN, Role.SERVICE)


class TaxonomyServicer(taxonomy_pb2_grpc.TaxonomyServiceServicer):
    """Methods as the contract describes them."""

    def __init__(self, categorizing: Categorizing, on_apply: Callable[[], None]) -> None:
        """`on_apply` is told that there is history to walk."""
        self._categorizing = categorizing
        self._on_apply = on_apply

    async def CreateCategory(
        self, request: taxonomy_pb2.CreateCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.CreateCategoryResponse:
        """Defines and fits a category."""
        workspace_id = caller_workspace(*_EDITORS)
        definition, request_id = taxonomy_requests.create_request(request)
        made = await self._categorizing.create(workspace_id, definition, request_id=request_id)
        return taxonomy_pb2.CreateCategoryResponse(category=taxonomy_requests.category(made))

    async def GetCategory(
        self, request: taxonomy_pb2.GetCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.GetCategoryResponse:
        """One category."""
        workspace_id = caller_workspace(*READERS)
        found = await self._categorizing.get(workspace_id, parse_id(request.id, field="id"))
        return taxonomy_pb2.GetCategoryResponse(category=taxonomy_requests.category(found))

    async def ListCategories(
        self, request: taxonomy_pb2.ListCategoriesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.ListCategoriesResponse:
        """A page of categories."""
        workspace_id = caller_workspace(*READERS)
        after, size = taxonomy_requests.list_request(request, workspace_id)
        found = await self._categorizing.list_page(workspace_id, after=after, limit=size + 1)
        return taxonomy_requests.list_response(found, workspace_id, size=size)

    async def PreviewCategory(
        self, request: taxonomy_pb2.PreviewCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.PreviewCategoryResponse:
        """What a category would find."""
        workspace_id = caller_workspace(*READERS)
        asked = taxonomy_requests.preview_request(request)
        found = await self._categorizing.preview(
            workspace_id,
            asked.category_id,
            filters=asked.filters,
            time_range=asked.time_range,
            time_zone=asked.time_zone,
        )
        return taxonomy_requests.preview_response(found)

    async def ApplyCategory(
        self, request: taxonomy_pb2.ApplyCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.ApplyCategoryResponse:
        """Applies a category to what comes and to what is there."""
        workspace_id = caller_workspace(*_EDITORS)
        applied = await self._categorizing.apply(workspace_id, parse_id(request.id, field="id"))
        self._on_apply()
        return taxonomy_pb2.ApplyCategoryResponse(category=taxonomy_requests.category(applied))

    async def RenameCategory(
        self, request: taxonomy_pb2.RenameCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.RenameCategoryResponse:
        """Renames a category."""
        workspace_id = caller_workspace(*_EDITORS)
        category_id, name = taxonomy_requests.rename_request(request)
        renamed = await self._categorizing.rename(workspace_id, category_id, name)
        return taxonomy_pb2.RenameCategoryResponse(category=taxonomy_requests.category(renamed))

    async def RetireCategory(
        self, request: taxonomy_pb2.RetireCategoryRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.RetireCategoryResponse:
        """Ends a category."""
        workspace_id = caller_workspace(*_EDITORS)
        retired = await self._categorizing.retire(workspace_id, parse_id(request.id, field="id"))
        return taxonomy_pb2.RetireCategoryResponse(category=taxonomy_requests.category(retired))

    async def ProposeCategories(
        self, request: taxonomy_pb2.ProposeCategoriesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> taxonomy_pb2.ProposeCategoriesResponse:
        """Topics that no category covers."""
        workspace_id = caller_workspace(*READERS)
        time_range, min_messages = taxonomy_requests.proposals_request(request)
        found = await self._categorizing.propose(workspace_id, time_range, min_messages=min_messages)
        return taxonomy_requests.proposals_response(found)

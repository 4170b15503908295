"""Custom categories: defined, tried on history, applied, renamed, retired; and proposals for more."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from earshot_client.earshot.store.v1 import (
    ApplyCategoryRequest,
    GetCategoryRequest,
    ListCategoriesRequest,
    ProposeCategoriesRequest,
    RenameCategoryRequest,
    RetireCategoryRequest,
)
from gateway.dependencies import ServiceClients
from gateway.idempotency import RequestKey, made_once
from gateway.routes.filters import RangeParameters
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.categories import (
    CategoriesAnswer,
    CategoryAnswer,
    CategoryBody,
    PreviewAnswer,
    PreviewBody,
    ProposalsAnswer,
    RenameBody,
    category_json,
    preview_json,
    proposals_json,
)
from gateway.shapes.fields import Json

router = APIRouter(tags=["categories"])

CategoryId = Annotated[str, Path(max_length=64)]


@router.post("/api/v1/categories", status_code=201, **documented(CategoryAnswer, status=201))
async def create_category(body: CategoryBody, clients: ServiceClients, _: Caller, key: RequestKey) -> Json:
    """Defines a category by a name, a description and up to 50 examples. Nothing is labelled yet."""
    request = made_once(body.to_message(), key)
    return category_json((await clients.taxonomy.create_category(request)).category)


@router.get("/api/v1/categories", **documented(CategoriesAnswer))
async def list_categories(
    clients: ServiceClients,
    _: Caller,
    page_size: Annotated[int, Query(ge=0, le=1000)] = 100,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """Custom categories by name, retired ones too."""
    answer = await clients.taxonomy.list_categories(ListCategoriesRequest(page_size=page_size, page_token=page_token))
    return {
        "categories": [category_json(category) for category in answer.categories],
        "next_page_token": answer.next_page_token or None,
    }


@router.get("/api/v1/categories/proposals", **documented(ProposalsAnswer))
async def propose_categories(
    clients: ServiceClients,
    _: Caller,
    period: RangeParameters,
    min_messages: Annotated[int, Query(ge=0, le=1000, description="Fewest messages; 0 means 10.")] = 0,
) -> Json:
    """Topics that no category covers, the largest first. One found again keeps its id."""
    request = ProposeCategoriesRequest(range=period.to_message(), min_messages=min_messages)
    return proposals_json(await clients.taxonomy.propose_categories(request))


@router.get("/api/v1/categories/{category_id}", **documented(CategoryAnswer))
async def get_category(category_id: CategoryId, clients: ServiceClients, _: Caller) -> Json:
    """One category, and how far its walk over history is."""
    return category_json((await clients.taxonomy.get_category(GetCategoryRequest(id=category_id))).category)


@router.patch("/api/v1/categories/{category_id}", **documented(CategoryAnswer))
async def rename_category(category_id: CategoryId, body: RenameBody, clients: ServiceClients, _: Caller) -> Json:
    """Gives it another name; its id stays."""
    request = RenameCategoryRequest(id=category_id, name=body.name)
    return category_json((await clients.taxonomy.rename_category(request)).category)


@router.post("/api/v1/categories/{category_id}:preview", **documented(PreviewAnswer))
async def preview_category(category_id: CategoryId, body: PreviewBody, clients: ServiceClients, _: Caller) -> Json:
    """What it would find in what is stored: how many, on which days, and which. Nothing is stored."""
    return preview_json(await clients.taxonomy.preview_category(body.to_message(category_id)))


@router.post("/api/v1/categories/{category_id}:apply", **documented(CategoryAnswer))
async def apply_category(category_id: CategoryId, clients: ServiceClients, _: Caller) -> Json:
    """Judges every message from now on, and history in the background."""
    return category_json((await clients.taxonomy.apply_category(ApplyCategoryRequest(id=category_id))).category)


@router.post("/api/v1/categories/{category_id}:retire", **documented(CategoryAnswer))
async def retire_category(category_id: CategoryId, clients: ServiceClients, _: Caller) -> Json:
    """Ends it; what it held for is kept."""
    return category_json((await clients.taxonomy.retire_category(RetireCategoryRequest(id=category_id))).category)

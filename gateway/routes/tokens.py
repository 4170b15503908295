"""Service tokens: for programs that act as a user."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from earshot_client.earshot.store.v1 import ListServiceTokensRequest, RevokeServiceTokenRequest, ServiceToken
from gateway.dependencies import ServiceClients
from gateway.field_names import EXPIRE_TIME, fields_named
from gateway.programs import Programs
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.user import (
    NewServiceTokenAnswer,
    NewTokenBody,
    ServiceTokenAnswer,
    ServiceTokenPageAnswer,
    service_token_json,
)

router = APIRouter(tags=["identity"])


@router.post("/api/v1/tokens", status_code=201, **documented(NewServiceTokenAnswer, status=201))
async def issue(body: NewTokenBody, clients: ServiceClients, _: Caller) -> Json:
    """Makes a service token. `token` is shown this once; send it as a bearer token."""
    with fields_named(EXPIRE_TIME):
        answer = await clients.tokens.issue_service_token(body.to_message())
    return {**service_token_json(answer.service_token or ServiceToken()), "token": answer.token}


@router.get("/api/v1/tokens", **documented(ServiceTokenPageAnswer))
async def list_tokens(
    clients: ServiceClients,
    _: Caller,
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """The caller's service tokens, everybody's for admins, the newest first."""
    request = ListServiceTokensRequest(page_size=page_size, page_token=page_token)
    answer = await clients.tokens.list_service_tokens(request)
    tokens = [service_token_json(token) for token in answer.service_tokens]
    return {"tokens": tokens, "next_page_token": answer.next_page_token or None}


@router.delete("/api/v1/tokens/{token_id}", **documented(ServiceTokenAnswer))
async def revoke(
    token_id: Annotated[str, Field(max_length=64)], request: Request, clients: ServiceClients, _: Caller
) -> Json:
    """Ends a service token: here at once, in other gateways within half a minute."""
    answer = await clients.tokens.revoke_service_token(RevokeServiceTokenRequest(id=token_id))
    programs: Programs = request.app.state.programs
    programs.forget()
    return service_token_json(answer.service_token or ServiceToken())

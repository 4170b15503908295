"""Erasing people: a customer with everything they wrote, or an account with its conversations. Admins only."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from earshot_client.earshot.store.v1 import EraseUserRequest, EraseUserResponse
from gateway.dependencies import ServiceClients
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json, Label, Text, instant_json
from gateway.shapes.message import ErasedAnswer

router = APIRouter(tags=["erasure"])

ERASE_SECONDS = 300.0


@router.delete("/api/v1/customers/{user_id:path}", **documented(ErasedAnswer))
async def erase_customer(
    user_id: Annotated[Label, Path(description="The customer, as the source names them.")],
    clients: ServiceClients,
    _: Caller,
    source: Annotated[Text, Query(max_length=64, description="Only their messages of this source.")] = "",
) -> Json:
    """Erases a customer: messages, labels, tickets, and their part in every statistic. Cannot be undone."""
    request = EraseUserRequest(user_id=user_id, source=source)
    return _erased(await clients.messages.erase_user(request, timeout=ERASE_SECONDS))


@router.delete("/api/v1/users/{account_id}", **documented(ErasedAnswer))
async def erase_account(account_id: Annotated[Text, Path(max_length=64)], clients: ServiceClients, _: Caller) -> Json:
    """Erases an account with its logins and conversations; its judgements of labels stay, without a name."""
    return _erased(await clients.messages.erase_user(EraseUserRequest(account_id=account_id)))


def _erased(answer: EraseUserResponse) -> Json:
    return {
        "erasure_id": answer.erasure_id,
        "erased_at": instant_json(answer.erase_time),
        "messages": answer.message_count,
        "tickets": answer.ticket_count,
        "conversations": answer.conversation_count,
    }

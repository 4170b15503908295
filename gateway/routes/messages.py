"""Messages: storing, reading, listing."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import Discriminator, Field, Tag

from earshot_client.earshot.store.v1 import (
    Acknowledgement,
    GetMessageRequest,
    IngestMessagesRequest,
    LabelStatus,
    ListMessagesRequest,
    Message,
    MessageOrder,
)
from gateway.answering import ApiResponse
from gateway.dependencies import ServiceClients
from gateway.field_names import EVENT_TIME, PARAMETERS, Rename, fields_named
from gateway.idempotency import RequestKey, made_once, under_key
from gateway.problems import MANY, ONE
from gateway.routes.filters import AuthorParameter, FilterParameters, RangeParameters, ZoneParameter
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json
from gateway.shapes.message import (
    IngestedAnswer,
    MessageDetailAnswer,
    MessagePageAnswer,
    NewMessageJson,
    NewMessagesJson,
    StoredAnswer,
    ingested_json,
    listed_json,
    message_json,
    stored_json,
)
from gateway.shapes.review import label_version_json

router = APIRouter(tags=["messages"])

DEFAULT_WAIT_SECONDS: Final = 10.0
STORE_SECONDS: Final = 30.0
"""Time the store gets beside the wait: labels that do not come in time are no failure."""

MANY_NAMES: Final[tuple[Rename, ...]] = (EVENT_TIME, ("^wait_for_labels$", "wait"))
ONE_NAMES: Final[tuple[Rename, ...]] = ((r"^messages\[0\]\.?", ""), *MANY_NAMES)


def _one_or_many(body: Any) -> str:  # noqa: ANN401  # whatever JSON a client sent
    return MANY if isinstance(body, dict) and "messages" in body else ONE


IngestBody = Annotated[
    Annotated[NewMessageJson, Tag(ONE)] | Annotated[NewMessagesJson, Tag(MANY)], Discriminator(_one_or_many)
]
Wait = Annotated[
    float | None,
    Query(
        ge=0,
        le=30,
        description=f"Longest wait for the labels, in seconds. Default {DEFAULT_WAIT_SECONDS:g}; 0 for `accepted`.",
    ),
]
Acknowledged = Annotated[
    Literal["durable", "accepted"],
    Query(
        description="`accepted` answers 202 without waiting for the disk: for about a second a crash of the database "
        "may still lose the messages."
    ),
]


@router.post("/api/v1/messages", status_code=201, **documented(StoredAnswer, IngestedAnswer, status=201, also=202))
@router.post("/api/v1/messages/", status_code=201, include_in_schema=False)
async def ingest(
    body: IngestBody,
    clients: ServiceClients,
    _: Caller,
    key: RequestKey,
    wait: Wait = None,
    acknowledgement: Acknowledged = "durable",
) -> ApiResponse:
    """Stores one message, or up to 1,000, and waits for their labels; 201 when they are on disk, 202 for `accepted`."""
    accepted = acknowledgement == "accepted"
    seconds = (0.0 if accepted else DEFAULT_WAIT_SECONDS) if wait is None else wait
    many = body if isinstance(body, NewMessagesJson) else NewMessagesJson(messages=[body])
    request = IngestMessagesRequest(
        messages=[message.to_message() for message in many.messages],
        request_id=str(many.request_id or ""),
        wait_for_labels=timedelta(seconds=seconds),
        acknowledgement=Acknowledgement[acknowledgement.upper()],
    )
    # Messages with ids of their source are known by these.
    repeatable = under_key if all(message.external_id for message in many.messages) else made_once
    names = MANY_NAMES if body is many else ONE_NAMES
    with fields_named(*names):
        answer = await clients.messages.ingest_messages(repeatable(request, key), timeout=seconds + STORE_SECONDS)
    shown = ingested_json(answer) if body is many else stored_json(answer)
    return ApiResponse(shown, status_code=202 if accepted else 201)


@router.get("/api/v1/messages", **documented(MessagePageAnswer))
async def list_messages(  # each is a query parameter
    clients: ServiceClients,
    _: Caller,
    filters: FilterParameters,
    period: RangeParameters,
    authors: AuthorParameter,
    page_size: Annotated[int, Query(ge=0, le=1000)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
    order: Annotated[str, Query(pattern="^(newest_first|oldest_first)$")] = "newest_first",
    status: Annotated[str, Query(pattern="^(|pending|labelled|failed)$")] = "",
    conversation_id: Annotated[str, Query(max_length=256)] = "",
    time_zone: ZoneParameter = "UTC",
) -> ApiResponse:
    """Messages that match, newest first, a page at a time."""
    request = ListMessagesRequest(
        filters=filters.to_message(),
        range=period.to_message(),
        page_size=page_size,
        page_token=page_token,
        order=MessageOrder[order.upper()],
        status=LabelStatus[status.upper() or "UNSPECIFIED"],
        conversation_id=conversation_id,
        time_zone=time_zone,
        authors=authors,
    )
    with fields_named(*PARAMETERS):
        return ApiResponse(listed_json(await clients.messages.list_messages(request)))


@router.get("/api/v1/messages/{message_id}", **documented(MessageDetailAnswer))
async def get_message(message_id: Annotated[str, Field(max_length=64)], clients: ServiceClients, _: Caller) -> Json:
    """One message with its labels in force, and every label set it ever had, newest first."""
    answer = await clients.messages.get_message(GetMessageRequest(id=message_id))
    history = [label_version_json(labels) for labels in answer.history]
    return {**message_json(answer.message or Message()), "history": history}

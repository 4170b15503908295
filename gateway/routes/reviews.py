"""Judging labels: a person's word on a message, the queue of messages worth a look, agreement, rows to train with."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from earshot_client.earshot.store.v1 import (
    CorrectionRow,
    ExportCorrectionsRequest,
    ExportCorrectionsResponse,
    GetReviewAgreementRequest,
    ListReviewQueueRequest,
    Message,
    ReviewOrder,
    ReviewReason,
)
from gateway.clients.streams import closing, started
from gateway.dependencies import ServiceClients
from gateway.idempotency import RequestKey, made_once
from gateway.routes.filters import RangeParameters
from gateway.security import Caller
from gateway.shapes.answers import documented
from gateway.shapes.fields import Json, enum_json
from gateway.shapes.message import message_json
from gateway.shapes.review import (
    TSV_HEAD,
    AgreementAnswer,
    JudgementBody,
    ReviewedAnswer,
    ReviewPageAnswer,
    agreement_json,
    correction_jsonl,
    correction_tsv,
    queue_json,
)

router = APIRouter(tags=["review"])

Reason = Literal["disagreement", "abstained", "low_confidence", "spot_check"]
_MEDIA_TYPES: Final = {"tsv": "text/tab-separated-values; charset=utf-8", "jsonl": "application/x-ndjson"}
_CORRECTIONS: Final[dict[str, Any]] = {
    "response_model": None,
    "response_class": StreamingResponse,
    "responses": {
        200: {
            "description": "One line per message, in the order of the judgements.",
            "content": {"text/tab-separated-values": {}, "application/x-ndjson": {}},
        }
    },
}


@router.post("/api/v1/messages/{message_id}/labels", **documented(ReviewedAnswer))
async def correct_labels(
    message_id: Annotated[str, Field(max_length=64)],
    body: JudgementBody,
    clients: ServiceClients,
    _: Caller,
    key: RequestKey,
) -> Json:
    """Says which labels of a message are right; appends a label set and erases none."""
    answer = await clients.messages.correct_labels(made_once(body.to_message(message_id), key))
    return {**message_json(answer.message or Message()), "verdict": enum_json(answer.verdict)}


@router.get("/api/v1/review", **documented(ReviewPageAnswer))
async def review_queue(
    clients: ServiceClients,
    _: Caller,
    reason: Annotated[
        list[Reason] | None,
        Query(max_length=4, description="Only for these reasons; `spot_check`, alone, draws at random."),
    ] = None,
    order: Literal["value", "oldest"] = "value",
    page_size: Annotated[int, Query(ge=0, le=200)] = 50,
    page_token: Annotated[str, Query(max_length=1024)] = "",
) -> Json:
    """Messages whose labels are worth a person's look, most worth first, a page at a time."""
    request = ListReviewQueueRequest(
        reasons=[ReviewReason[name.upper()] for name in reason or []],
        order=ReviewOrder[order.upper()],
        page_size=page_size,
        page_token=page_token,
    )
    return queue_json(await clients.messages.list_review_queue(request))


@router.get("/api/v1/review/agreement", **documented(AgreementAnswer))
async def review_agreement(clients: ServiceClients, _: Caller, period: RangeParameters) -> Json:
    """How often people and the model, and people among themselves, agree (Cohen's kappa per category)."""
    return agreement_json(
        await clients.messages.get_review_agreement(GetReviewAgreementRequest(range=period.to_message()))
    )


@router.get("/api/v1/review/corrections", **_CORRECTIONS)
async def review_corrections(
    clients: ServiceClients,
    _: Caller,
    period: RangeParameters,
    format: Literal["tsv", "jsonl"] = "tsv",  # noqa: A002 - the name of a query parameter
) -> StreamingResponse:
    """What people said last of each message, as rows to train with; admins only."""
    request = ExportCorrectionsRequest(range=period.to_message())
    # The first answer is waited for: a refusal is a problem, not a broken file.
    answers = await started(clients.messages.export_corrections(request))
    head, line = (TSV_HEAD, correction_tsv) if format == "tsv" else ("", correction_jsonl)
    return StreamingResponse(
        _lines(answers, head, line),
        media_type=_MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="corrections.{format}"'},
    )


async def _lines(
    answers: AsyncIterator[ExportCorrectionsResponse], head: str, line: Callable[[CorrectionRow], str]
) -> AsyncIterator[str]:
    yield head
    async with closing(answers) as parts:
        async for part in parts:
            yield "".join(line(row) for row in part.rows)

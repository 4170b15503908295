"""Requests about reviews, read and checked, and their answers. What goes on from here is valid."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from earshot.store.v1 import message_pb2
from services.runtime.auth import Identity
from services.runtime.errors import ErrorReason, InvalidInputError
from services.runtime.labels import CATEGORIES
from services.store.contract import convert, page_token
from services.store.contract.fitting import fitting, fitting_parts
from services.store.filters import TimeRange
from services.store.repositories.label_sets import LabelVersion
from services.store.repositories.review_queue import Place, QueueItem, QueuePage, Reason
from services.store.repositories.reviews import AgreementCounts, Correction
from services.store.reviews.redaction import redacted
from services.store.reviews.review import Opinion, Review, Reviewer, Verdict, opinion_violations
from services.store.validation import parse_id, range_violations, refuse

DEFAULT_PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 200

_VERDICTS: Final[Mapping[int, Verdict]] = MappingProxyType(
    {
        message_pb2.VERDICT_UNSPECIFIED: Verdict.CORRECTED,
        message_pb2.VERDICT_CORRECTED: Verdict.CORRECTED,
        message_pb2.VERDICT_CONFIRMED: Verdict.CONFIRMED,
        message_pb2.VERDICT_REJECTED: Verdict.REJECTED,
    }
)
_PROTO_OF_VERDICT: Final = MappingProxyType(
    {
        Verdict.CORRECTED: message_pb2.VERDICT_CORRECTED,
        Verdict.CONFIRMED: message_pb2.VERDICT_CONFIRMED,
        Verdict.REJECTED: message_pb2.VERDICT_REJECTED,
    }
)
_PROTO_OF_REASON: Final = MappingProxyType(
    {
        Reason.DISAGREEMENT: message_pb2.REVIEW_REASON_DISAGREEMENT,
        Reason.ABSTAINED: message_pb2.REVIEW_REASON_ABSTAINED,
        Reason.LOW_CONFIDENCE: message_pb2.REVIEW_REASON_LOW_CONFIDENCE,
    }
)
_REASONS: Final[Mapping[int, Reason]] = MappingProxyType({proto: reason for reason, proto in _PROTO_OF_REASON.items()})
_OLDEST_FIRST: Final[Mapping[int, bool]] = MappingProxyType(
    {
        message_pb2.REVIEW_ORDER_UNSPECIFIED: False,
        message_pb2.REVIEW_ORDER_VALUE: False,
        message_pb2.REVIEW_ORDER_OLDEST: True,
    }
)


def review(proto: message_pb2.CorrectLabelsRequest, caller: Identity) -> Review:
    """Reads and checks a judgement. Raises InvalidInputError naming every field that is wrong."""
    if proto.verdict not in _VERDICTS:
        raise convert.unknown_value("verdict")
    opinion = Opinion(intents=tuple(proto.intents), sentiment=proto.sentiment, language=proto.language)
    refuse(list(opinion_violations(opinion)))
    verdict = _VERDICTS[proto.verdict]
    if verdict is Verdict.CORRECTED and opinion == Opinion():
        raise InvalidInputError.of_field(
            "intents", "must be given, or a sentiment or language", reason=ErrorReason.MISSING_FIELD
        )
    expected = convert.instant(proto.expected_valid_from) if proto.HasField("expected_valid_from") else None
    return Review(
        message_id=parse_id(proto.id, field="id"),
        reviewer=Reviewer(id=caller.user_id, name=caller.name),
        verdict=verdict,
        opinion=opinion,
        expected_valid_from=expected,
        request_id=parse_id(proto.request_id, field="request_id") if proto.request_id else None,
    )


def verdict(value: Verdict) -> "message_pb2.Verdict.ValueType":
    """The verdict for the caller."""
    return _PROTO_OF_VERDICT[value]


def queue_page(proto: message_pb2.ListReviewQueueRequest, workspace_id: str) -> QueuePage:
    """Reads and checks a page of the queue; its limit is one more than the page holds."""
    if proto.order not in _OLDEST_FIRST:
        raise convert.unknown_value("order")
    if any(reason not in _REASONS for reason in proto.reasons):
        raise convert.unknown_value("reasons")
    size = page_token.page_size(proto.page_size, default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)
    return QueuePage(
        reasons=frozenset(_REASONS[reason] for reason in proto.reasons) or frozenset(Reason),
        oldest_first=_OLDEST_FIRST[proto.order],
        after=_place(proto.page_token, _question(proto, workspace_id)),
        limit=size + 1,
    )


def queue_response(
    proto: message_pb2.ListReviewQueueRequest, workspace_id: str, found: Sequence[QueueItem], *, limit: int
) -> message_pb2.ListReviewQueueResponse:
    """The page, and the token of the next one where `found` goes on beyond it."""
    response = message_pb2.ListReviewQueueResponse(items=fitting(map(_item, found[: limit - 1])))
    if response.items and len(response.items) < len(found):
        last = found[len(response.items) - 1]
        position = (last.value.hex(), last.since.isoformat(), str(last.message.id))
        response.next_page_token = page_token.encode(position, question=_question(proto, workspace_id))
    return response


def history(versions: Sequence[LabelVersion]) -> list[message_pb2.Labels]:
    """Every label set of a message."""
    return [_version(version) for version in versions]


def _version(version: LabelVersion) -> message_pb2.Labels:
    labels = convert.label_set(version.labels, version.valid_from)
    labels.author_id, labels.author_name = version.author_id, version.author_name
    if version.valid_to is not None:
        labels.valid_to.CopyFrom(convert.timestamp(version.valid_to))
    return labels


def checked_range(proto: message_pb2.GetReviewAgreementRequest | message_pb2.ExportCorrectionsRequest) -> TimeRange:
    """The range of a request. Raises InvalidInputError (BAD_RANGE)."""
    time_range = convert.time_range(proto.range)
    refuse(range_violations(time_range))
    return time_range


def agreement(with_model: AgreementCounts, among_people: AgreementCounts) -> message_pb2.GetReviewAgreementResponse:
    """Agreement for the caller."""
    return message_pb2.GetReviewAgreementResponse(
        reviewed=with_model.messages,
        unchanged=with_model.same,
        doubly_reviewed=among_people.messages,
        categories=[
            message_pb2.CategoryAgreement(
                category=name,
                both=model.both,
                model_only=model.second_only,
                person_only=model.first_only,
                kappa=people.kappa(),
                model_kappa=model.kappa(),
            )
            for name, model, people in zip(CATEGORIES, with_model.categories, among_people.categories, strict=True)
        ],
    )


def corrections(found: Sequence[Correction]) -> Iterator[message_pb2.ExportCorrectionsResponse]:
    """Rows to train with; what could name a person in their texts is replaced."""
    for rows in fitting_parts(map(_correction, found)):
        yield message_pb2.ExportCorrectionsResponse(rows=rows)


def _correction(row: Correction) -> message_pb2.CorrectionRow:
    return message_pb2.CorrectionRow(
        message_id=str(row.message_id),
        text=redacted(row.text),
        intents=row.opinion.intents,
        sentiment=row.opinion.sentiment,
        language=row.opinion.language,
        verdict=verdict(row.verdict),
        model_intents=row.model_intents,
        model=convert.model_ref(row.model_name, row.model_version),
        review_time=convert.timestamp(row.review_time),
    )


def _item(item: QueueItem) -> message_pb2.ReviewItem:
    return message_pb2.ReviewItem(
        message=convert.stored_message(item.message),
        reason=_PROTO_OF_REASON[item.reason],
        value=item.value,
        since=convert.timestamp(item.since),
    )


def _place(token: str, question: bytes) -> Place | None:
    if not token:
        return None
    value, since, message_id = page_token.decode(token, question=question, length=3)
    try:
        moment = datetime.fromisoformat(since)
        if moment.tzinfo is None:
            raise page_token.bad_page_token()
        return Place(value=float.fromhex(value), since=moment.astimezone(UTC), message_id=UUID(message_id))
    except (ValueError, OverflowError) as error:
        raise page_token.bad_page_token() from error


def _question(proto: message_pb2.ListReviewQueueRequest, workspace_id: str) -> bytes:
    question = message_pb2.ListReviewQueueRequest()
    question.CopyFrom(proto)
    question.ClearField("page_size")
    question.ClearField("page_token")
    return workspace_id.encode() + b"\0review\0" + question.SerializeToString(deterministic=True)

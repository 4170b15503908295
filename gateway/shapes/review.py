"""Judgements of labels as JSON, and rows to train with as text."""

import json
import uuid
from typing import Final, Literal

from pydantic import Field

from earshot_client.earshot.store.v1 import (
    CategoryAgreement,
    CorrectionRow,
    CorrectLabelsRequest,
    GetReviewAgreementResponse,
    Labels,
    ListReviewQueueResponse,
    ReviewItem,
    Verdict,
)
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Instant, Json, Label, Strict, Text, enum_json, instant_json
from gateway.shapes.message import MessageAnswer, message_json, score_json

TSV_HEAD: Final = "intents\tsentiment\tlanguage\ttext\n"
"""The head of the files that training reads."""
_ESCAPED: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t"})


class ReviewedAnswer(MessageAnswer):
    """A message after its review."""

    verdict: Literal["corrected", "confirmed", "rejected"]


class ReviewItemAnswer(Answer):
    """A message that a person should look at, and why."""

    message: MessageAnswer
    reason: Literal["disagreement", "abstained", "low_confidence", "spot_check"]
    value: float
    since: str


class ReviewPageAnswer(Answer):
    """Messages to review, those worth most first."""

    items: list[ReviewItemAnswer]
    next_page_token: str | None


class CategoryAgreementAnswer(Answer):
    """How well model and people agree on a category (Cohen's kappa)."""

    category: str
    both: int
    model_only: int
    person_only: int
    kappa: float | None
    model_kappa: float | None


class AgreementAnswer(Answer):
    """How well model and people agree."""

    reviewed: int
    unchanged: int
    doubly_reviewed: int
    categories: list[CategoryAgreementAnswer]


class JudgementBody(Strict):
    """A person's word on the labels of a message."""

    verdict: Literal["corrected", "confirmed", "rejected"] = Field(
        default="corrected", description="Other labels are right; these are right (thumbs up); these are wrong."
    )
    intents: list[Label] = Field(default_factory=list, max_length=32, examples=[["withdrawal_delayed", "complaint"]])
    sentiment: Text = Field(default="", max_length=64)
    language: Text = Field(default="", max_length=35)
    labelled_at: Instant | None = Field(
        default=None, description="`labelled_at` of the message as it was looked at; 409 where it has changed."
    )
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self, message_id: str) -> CorrectLabelsRequest:
        """The judgement for a call."""
        return CorrectLabelsRequest(
            id=message_id,
            verdict=Verdict[self.verdict.upper()],
            intents=self.intents,
            sentiment=self.sentiment,
            language=self.language,
            expected_valid_from=self.labelled_at,
            request_id=str(self.request_id or ""),
        )


def label_version_json(labels: Labels) -> Json:
    """One label set of a message's history."""
    return {
        "author": enum_json(labels.author),
        "author_id": labels.author_id or None,
        "author_name": labels.author_name or None,
        "intents": [score_json(score) for score in labels.intents],
        "categories": [score_json(score) for score in labels.categories],
        "sentiment": score_json(labels.sentiment) if labels.sentiment else None,
        "language": labels.language,
        "abstained": labels.abstained,
        "model": {"name": labels.model.name, "version": labels.model.version} if labels.model else None,
        "valid_from": instant_json(labels.valid_from),
        "valid_to": instant_json(labels.valid_to),
        "unsupported_language": labels.unsupported_language,
    }


def queue_json(page: ListReviewQueueResponse) -> Json:
    """A page of the review queue."""
    return {"items": [_item(item) for item in page.items], "next_page_token": page.next_page_token or None}


def _item(item: ReviewItem) -> Json:
    return {
        "message": message_json(item.message) if item.message else None,
        "reason": enum_json(item.reason),
        "value": round(item.value, 6),
        "since": instant_json(item.since),
    }


def agreement_json(answer: GetReviewAgreementResponse) -> Json:
    """How often judgements agree."""
    return {
        "reviewed": answer.reviewed,
        "unchanged": answer.unchanged,
        "doubly_reviewed": answer.doubly_reviewed,
        "categories": [_category(item) for item in answer.categories],
    }


def _category(item: CategoryAgreement) -> Json:
    return {
        "category": item.category,
        "both": item.both,
        "model_only": item.model_only,
        "person_only": item.person_only,
        "kappa": item.kappa,
        "model_kappa": item.model_kappa,
    }


def correction_tsv(row: CorrectionRow) -> str:
    """One line of the files that training reads."""
    text = row.text.replace("\r", " ").translate(_ESCAPED)
    return f"{'+'.join(row.intents)}\t{row.sentiment}\t{row.language}\t{text}\n"


def correction_jsonl(row: CorrectionRow) -> str:
    """One line of JSON with everything that is known of a judgement."""
    fields = {
        "message_id": row.message_id,
        "text": row.text,
        "intents": list(row.intents),
        "sentiment": row.sentiment,
        "language": row.language,
        "channel": row.source,
        "verdict": enum_json(row.verdict),
        "model_intents": list(row.model_intents),
        "model": {"name": row.model.name, "version": row.model.version} if row.model else None,
        "reviewed_at": instant_json(row.review_time),
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"

"""What the answers look like, for the OpenAPI document and the types generated from it.

Handlers build plain dicts (validation of our own output would cost more than the call); a test holds real answers
against these models.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue
from sse_starlette.sse import EventSourceResponse


class Answer(BaseModel):
    """Answers never hold a field that is not documented."""

    model_config = ConfigDict(extra="forbid")


class LabelScoreAnswer(Answer):
    label: str
    probability: float


class ModelAnswer(Answer):
    name: str
    version: str


class CustomCategoryMatchAnswer(Answer):
    id: str
    name: str
    probability: float


class MessageAnswer(Answer):
    id: str
    external_id: str | None
    source: str
    user_id: str
    timestamp: str
    text: str
    conversation_id: str | None
    author: Literal["customer", "agent"]
    created_at: str
    status: Literal["pending", "labelled", "failed"]
    category: str | None
    categories: list[LabelScoreAnswer]
    intents: list[LabelScoreAnswer]
    sentiment: LabelScoreAnswer | None
    language: str | None
    abstained: bool | None
    model: ModelAnswer | None
    labelled_at: str | None
    custom_categories: list[CustomCategoryMatchAnswer]
    labelled_by: Literal["model", "human"] | None
    unsupported_language: bool


class StoredAnswer(MessageAnswer):
    """`accepted`: the message is not yet known to be on disk."""

    acknowledgement: Literal["durable", "accepted"]


class IngestedAnswer(Answer):
    messages: list[MessageAnswer]
    created: int
    existing: int
    acknowledgement: Literal["durable", "accepted"]


class LabelVersionAnswer(Answer):
    author: Literal["model", "human"]
    author_id: str | None
    author_name: str | None
    intents: list[LabelScoreAnswer]
    categories: list[LabelScoreAnswer]
    sentiment: LabelScoreAnswer | None
    language: str
    abstained: bool
    model: ModelAnswer | None
    valid_from: str
    valid_to: str | None
    unsupported_language: bool


class MessageDetailAnswer(MessageAnswer):
    history: list[LabelVersionAnswer]


class ReviewedAnswer(MessageAnswer):
    verdict: Literal["corrected", "confirmed", "rejected"]


class ReviewItemAnswer(Answer):
    message: MessageAnswer
    reason: Literal["disagreement", "abstained", "low_confidence"]
    value: float
    since: str


class ReviewPageAnswer(Answer):
    items: list[ReviewItemAnswer]
    next_page_token: str | None


class CategoryAgreementAnswer(Answer):
    category: str
    both: int
    model_only: int
    person_only: int
    kappa: float | None
    model_kappa: float | None


class AgreementAnswer(Answer):
    reviewed: int
    unchanged: int
    doubly_reviewed: int
    categories: list[CategoryAgreementAnswer]


class WebhookAnswer(Answer):
    received: int
    created: int


class ErasedAnswer(Answer):
    erasure_id: str
    erased_at: str
    messages: int
    tickets: int
    conversations: int


class MessagePageAnswer(Answer):
    messages: list[MessageAnswer]
    next_page_token: str | None


class ClassificationAnswer(Answer):
    intents: list[LabelScoreAnswer]
    categories: list[LabelScoreAnswer]
    abstained: bool
    sentiment: LabelScoreAnswer | None
    language: str
    truncated: bool
    rules: list[str]
    prediction_set: list[LabelScoreAnswer]
    review_value: float
    novelty: float | None
    answered_by: str
    steps: list[str]
    unsupported_language: bool
    candidate: str | None
    candidates: list[LabelScoreAnswer]


class ClassifiedAnswer(Answer):
    results: list[ClassificationAnswer]
    model: ModelAnswer


class SchemeAnswer(Answer):
    labels: list[str]
    label_of_intent: dict[str, str]


class ModelInfoAnswer(Answer):
    model: ModelAnswer
    architecture: str
    created_at: str | None
    intents: list[str]
    schemes: dict[str, SchemeAnswer]
    max_tokens: int
    embedding_size: int
    quantization: str
    metrics: dict[str, float]
    max_texts: int
    encoder_version: str
    prediction_set_coverage: float
    compute: str
    compute_reason: str


class RowErrorAnswer(Answer):
    row: int
    field: str
    reason: str
    message: str


class ImportAnswer(Answer):
    import_id: str
    rows: int
    created: int
    existing: int
    failed: int
    errors: list[RowErrorAnswer]
    dry_run: bool | None = None


class RangeAnswer(Answer):
    start: str | None
    end: str | None


class ValueFilterAnswer(Answer):
    any_of: list[str]
    none_of: list[str]
    all_of: list[str]


class FiltersAnswer(Answer):
    categories: ValueFilterAnswer
    intents: ValueFilterAnswer
    sources: ValueFilterAnswer
    sentiments: ValueFilterAnswer
    languages: ValueFilterAnswer
    user_ids: ValueFilterAnswer
    custom_categories: ValueFilterAnswer | None = None
    min_confidence: float | None
    text: str
    hours: list[int] | None = None
    weekdays: list[str] | None = None


class ReadingAnswer(Answer):
    """The parts a query and an interpretation share."""

    measure: str
    filters: FiltersAnswer
    share_of: FiltersAnswer | None
    range: RangeAnswer | None
    time_zone: str
    group_by: list[str]
    order: str | None
    limit: int
    compare_to: RangeAnswer | None


class QueryAnswer(ReadingAnswer):
    as_of: str | None


class FunctionCallAnswer(Answer):
    """A function call by which a language model read a question."""

    name: str
    arguments: dict[str, JsonValue]


class InterpretationAnswer(ReadingAnswer):
    behaviour: Literal["answer", "clarify", "refuse"]
    operation: Literal["stats", "examples", "explain_change", "spikes", "incidents"]
    explanation: str
    choices: list[str]
    reason: str | None
    verified_by: str | None = None
    call: FunctionCallAnswer | None = None


class RowAnswer(Answer):
    keys: dict[str, str]
    value: float
    compare_value: float | None = None


class StatsAnswer(Answer):
    measure: str
    rows: list[RowAnswer]
    total: float
    rows_sum_to_total: bool
    truncated: bool
    total_rows: int
    range: RangeAnswer | None
    time_zone: str
    as_of: str
    query_id: str
    query: QueryAnswer
    compare_total: float | None = None
    compare_to: RangeAnswer | None = None
    custom_category_names: dict[str, str] | None = None


class VerificationAnswer(Answer):
    bound: int
    masked: int
    contradicted: int


class ReceiptAnswer(Answer):
    id: str
    queries: list[QueryAnswer]
    hash: str
    as_of: str


class UsageAnswer(Answer):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: bool


class NoticeAnswer(Answer):
    kind: str
    message: str


class EvidenceAnswer(Answer):
    """What stands behind an answer: `stats` is the first result, `queries` all of them."""

    answer: str
    interpretation: InterpretationAnswer | None
    stats: StatsAnswer | None
    queries: list[StatsAnswer]
    examples: list[MessageAnswer]
    verification: VerificationAnswer
    receipt_id: str | None
    receipt: ReceiptAnswer | None
    reply_id: str
    usage: UsageAnswer
    model: str


class ChatAnswer(EvidenceAnswer):
    session_id: str
    notices: list[NoticeAnswer]


class GivenRatingAnswer(Answer):
    rating: Literal["up", "down", "cleared"]
    comment: str
    rated_at: str
    author_id: str
    author_name: str


class RatingAnswer(GivenRatingAnswer):
    """The one in force."""

    rating: Literal["up", "down"]


class TurnRatingAnswer(Answer):
    """The rating in force; null where it is cleared."""

    reply_id: str
    rating: RatingAnswer | None


class TurnAnswer(EvidenceAnswer):
    id: str
    number: int
    previous_number: int
    replaces_turn_id: str | None
    text: str
    status: Literal["completed", "cancelled", "failed"]
    rating: RatingAnswer | None
    started_at: str | None
    ended_at: str | None


class RatedTurnAnswer(Answer):
    """`history`: every rating of the turn, newest first."""

    session_id: str
    turn: TurnAnswer
    history: list[GivenRatingAnswer]


class RatedTurnPageAnswer(Answer):
    turns: list[RatedTurnAnswer]
    next_page_token: str | None


class TurnPageAnswer(Answer):
    messages: list[TurnAnswer]
    next_page_token: str | None


class ProvenAnswer(Answer):
    """A receipt and the turn whose answer it proves."""

    receipt: ReceiptAnswer
    turn: TurnAnswer
    session_id: str


class ReplayedQueryAnswer(Answer):
    name: str
    then: StatsAnswer
    now: StatsAnswer


class ReplayAnswer(Answer):
    """`then` is each query's result as of the receipt's instant, `now` what it gives today."""

    receipt: ReceiptAnswer
    identical: bool
    hash: str
    queries: list[ReplayedQueryAnswer]


class SessionAnswer(Answer):
    id: str
    session_id: str
    title: str
    mode: Literal["analyst", "assistant"]
    system_prompt: str
    created_at: str | None
    updated_at: str | None
    turn_count: int


class SessionPageAnswer(Answer):
    sessions: list[SessionAnswer]
    next_page_token: str | None


class CancelAnswer(Answer):
    reply_id: str
    cancelled: bool


class TokenAnswer(Answer):
    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    refresh_token: str
    refresh_expires_at: str


class OpenAiMessageAnswer(Answer):
    role: Literal["assistant"]
    content: str
    refusal: None


class OpenAiChoiceAnswer(Answer):
    index: int
    message: OpenAiMessageAnswer
    logprobs: None
    finish_reason: Literal["stop", "length"]


class OpenAiUsageAnswer(Answer):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionAnswer(Answer):
    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[OpenAiChoiceAnswer]
    usage: OpenAiUsageAnswer


class OpenAiModelAnswer(Answer):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAiModelsAnswer(Answer):
    object: Literal["list"]
    data: list[OpenAiModelAnswer]


class KeyAnswer(Answer):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA"]


class KeySetAnswer(Answer):
    keys: list[KeyAnswer]


class UserAnswer(Answer):
    id: str
    username: str
    role: Literal["viewer", "agent", "admin", "ingest", "service"]
    workspace_id: str
    created_at: str | None
    disabled: bool


class RegisteredAnswer(Answer):
    username: str
    status: Literal["accepted"]


class UserPageAnswer(Answer):
    users: list[UserAnswer]
    next_page_token: str | None


class ServiceTokenAnswer(Answer):
    id: str
    user_id: str
    name: str
    role: Literal["viewer", "agent", "admin", "ingest"]
    created_at: str
    expires_at: str | None
    used_at: str | None
    revoked_at: str | None


class NewServiceTokenAnswer(ServiceTokenAnswer):
    token: str


class ServiceTokenPageAnswer(Answer):
    tokens: list[ServiceTokenAnswer]
    next_page_token: str | None


class InvitationAnswer(Answer):
    id: str
    role: Literal["viewer", "agent", "admin", "ingest"]
    invited_by: str
    created_at: str
    expires_at: str
    revoked_at: str | None


class NewInvitationAnswer(InvitationAnswer):
    token: str


class InvitationPageAnswer(Answer):
    invitations: list[InvitationAnswer]
    next_page_token: str | None


class AuditEventAnswer(Answer):
    """`actor_name` is of now. `code`: how it ended, as gRPC names it; `OK` where it was done."""

    id: str
    timestamp: str
    actor_kind: Literal["user", "service", "rule"]
    actor_id: str
    actor_name: str | None
    actor_role: str | None
    action: str
    resource_kind: str
    resource_id: str | None
    code: str
    request_id: str | None


class AuditPageAnswer(Answer):
    events: list[AuditEventAnswer]
    next_page_token: str | None


class HealthAnswer(Answer):
    status: Literal["ok"]


class ReadyAnswer(Answer):
    status: Literal["ok", "not ready"]
    checks: dict[str, Literal["ok", "not serving"]]


def documented(*models: type[BaseModel], status: int = 200, also: int = 0) -> dict[str, Any]:
    """Route options that document a JSON answer without validating it; `also`: another status it may come with."""
    union: Any = models[0]
    for model in models[1:]:
        union = union | model
    statuses = [status, also] if also else [status]
    return {
        "response_model": None,
        "responses": {code: {"model": union, "description": "Done."} for code in statuses},
    }


def streams(description: str, *, none_left: str = "") -> dict[str, Any]:
    """Route options of an answer that is a stream of server-sent events; `none_left`: when it is 204 instead."""
    content = {"text/event-stream": {"schema": {"type": "string"}}}
    responses: dict[int, Any] = {200: {"description": description, "content": content}}
    if none_left:
        responses[204] = {"description": none_left}
    return {"response_model": None, "response_class": EventSourceResponse, "responses": responses}


def replies(description: str, *, none_left: str = "", whole: bool = False) -> dict[str, Any]:
    """As `streams`, of a reply: also lines of JSON and, with `whole`, one object, where `Accept` prefers these."""
    options = streams(description, none_left=none_left)
    content = options["responses"][200]["content"]
    content["application/x-ndjson"] = {"schema": {"type": "string"}}
    if whole:
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/ChatAnswer"}}
    return options

"""What answers, turns, receipts and sessions look like."""

from typing import Literal

from pydantic import JsonValue

from gateway.shapes.answers import Answer
from gateway.shapes.message import MessageAnswer
from gateway.shapes.ratings import GivenRatingAnswer, RatingAnswer
from gateway.shapes.stats import QueryAnswer, ReadingAnswer, StatsAnswer


class FunctionCallAnswer(Answer):
    """A function call by which a language model read a question."""

    name: str
    arguments: dict[str, JsonValue]


class InterpretationAnswer(ReadingAnswer):
    """How a question was read."""

    behaviour: Literal["answer", "clarify", "refuse"]
    operation: Literal["stats", "examples", "explain_change", "spikes", "incidents"]
    explanation: str
    choices: list[str]
    reason: str | None
    verified_by: str | None = None
    call: FunctionCallAnswer | None = None


class VerificationAnswer(Answer):
    """How many numerals of an answer the data bound, and how many were masked or contradicted."""

    bound: int
    masked: int
    contradicted: int


class ReceiptAnswer(Answer):
    """The queries behind an answer, and a hash over them and their results."""

    id: str
    queries: list[QueryAnswer]
    hash: str
    as_of: str


class UsageAnswer(Answer):
    """Tokens of language models; `estimated` where the upstream did not report them. `cached_prompt_tokens` are those
    of the prompt that it took from its cache.
    """

    prompt_tokens: int
    cached_prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: bool


class NoticeAnswer(Answer):
    """Something the reader should know about an answer."""

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
    """A whole reply."""

    session_id: str
    notices: list[NoticeAnswer]


class TurnAnswer(EvidenceAnswer):
    """A question with its answer, as the session keeps it."""

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
    """Rated turns, the one rated last first."""

    turns: list[RatedTurnAnswer]
    next_page_token: str | None


class TurnPageAnswer(Answer):
    """Turns of a session, oldest first."""

    messages: list[TurnAnswer]
    next_page_token: str | None


class ProvenAnswer(Answer):
    """A receipt and the turn whose answer it proves."""

    receipt: ReceiptAnswer
    turn: TurnAnswer
    session_id: str


class ReplayedQueryAnswer(Answer):
    """A query's result then and now."""

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
    """A conversation with the analyst or the assistant."""

    id: str
    session_id: str
    title: str
    mode: Literal["analyst", "assistant"]
    system_prompt: str
    created_at: str | None
    updated_at: str | None
    turn_count: int


class SessionPageAnswer(Answer):
    """Sessions, the one used last first."""

    sessions: list[SessionAnswer]
    next_page_token: str | None


class CancelAnswer(Answer):
    """Whether this call stopped the reply."""

    reply_id: str
    cancelled: bool

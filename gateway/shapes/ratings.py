"""What people say of answers, as JSON."""

from typing import Literal

from pydantic import Field

from earshot_client.earshot.chat.v1 import ListRatedTurnsResponse, RatedTurn, RateTurnRequest, Turn
from earshot_client.earshot.store.v1 import Rating
from gateway.shapes.answers import Answer
from gateway.shapes.chat import rating_json, turn_json
from gateway.shapes.fields import Json, Strict, Text


class GivenRatingAnswer(Answer):
    """What somebody thought of an answer."""

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


class RatingBody(Strict):
    """What is said of an answer."""

    rating: Literal["up", "down", "cleared"] = Field(description="Right; wrong or not what was asked; taken back.")
    comment: Text = Field(default="", max_length=1000, description="Why. Empty where a rating is cleared.")

    def to_message(self, reply_id: str) -> RateTurnRequest:
        """The rating for a call."""
        return RateTurnRequest(turn_id=reply_id, rating=Rating[self.rating.upper()], comment=self.comment)


def rated_json(page: ListRatedTurnsResponse) -> Json:
    """A page of rated answers."""
    return {"turns": [_rated(turn) for turn in page.turns], "next_page_token": page.next_page_token or None}


def _rated(rated: RatedTurn) -> Json:
    return {
        "session_id": rated.session_id,
        "turn": turn_json(rated.turn or Turn()),
        "history": [rating_json(rating) for rating in rated.history],
    }

"""Saved queries as JSON."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from earshot_client.earshot.chat.v1 import VerifyTurnRequest
from earshot_client.earshot.store.v1 import (
    ListSavedQueriesResponse,
    RenameSavedQueryRequest,
    SavedQuery,
    SavedQueryKind,
    SaveQueryRequest,
)
from earshot_client.earshot.types.v1 import StatsQuery
from gateway.shapes.answers import Answer
from gateway.shapes.fields import Json, Strict, Text, enum_json, instant_json
from gateway.shapes.question import StatsQueryJson, query_json
from gateway.shapes.stats import QueryAnswer


def _day(value: object) -> object:
    """A local day in ISO form."""
    if not isinstance(value, str) or len(value) != len("2026-03-01"):
        raise ValueError('must be a day such as "2026-03-01"')
    return date.fromisoformat(value)


Day = Annotated[date, BeforeValidator(_day)]
Name = Annotated[Text, Field(min_length=1, max_length=100, examples=["Angry payments, last 7 days"])]


class ViewBody(Strict):
    """A view to save: what is asked, without instants, and its period in local days."""

    name: Name
    shared: bool = Field(default=False, description="The whole workspace has it; for agents and admins.")
    query: StatsQueryJson = Field(default_factory=StatsQueryJson)
    days: int | None = Field(default=None, ge=1, le=3660, description="So many local days that end with today.")
    first_day: Day | None = Field(default=None, description="In place of `days`, with `last_day`.")
    last_day: Day | None = Field(default=None, description="Included.")

    def to_message(self) -> SaveQueryRequest:
        """The view for a call."""
        query = SavedQuery(
            kind=SavedQueryKind.VIEW,
            name=self.name,
            shared=self.shared,
            query=self.query.to_message(),
            days=self.days or 0,
            first_day=self.first_day.isoformat() if self.first_day else "",
            last_day=self.last_day.isoformat() if self.last_day else "",
        )
        return SaveQueryRequest(query=query)


class ViewNameBody(Strict):
    """A view's new name."""

    name: Name

    def to_message(self, query_id: str) -> RenameSavedQueryRequest:
        """The name for a call."""
        return RenameSavedQueryRequest(id=query_id, name=self.name)


class VerificationBody(Strict):
    """Which question is read rightly by an answer's reading."""

    question: Text = Field(default="", max_length=1000, description="Empty: the one that was answered.")

    def to_message(self, reply_id: str) -> VerifyTurnRequest:
        """The request for a call."""
        return VerifyTurnRequest(turn_id=reply_id, question=self.question)


class SavedQueryAnswer(Answer):
    """A view, or a verified question, which has an `operation` and no days: its period is what its words say."""

    id: str
    kind: Literal["view", "question"]
    name: str
    shared: bool
    query: QueryAnswer
    days: int | None
    first_day: str | None
    last_day: str | None
    operation: str | None
    author_name: str
    created_at: str
    updated_at: str


class SavedQueryPageAnswer(Answer):
    """A page of them."""

    queries: list[SavedQueryAnswer]
    next_page_token: str | None


def saved_json(saved: SavedQuery | None) -> Json:
    """A saved query."""
    saved = saved or SavedQuery()
    return {
        "id": saved.id,
        "kind": enum_json(saved.kind),
        "name": saved.name,
        "shared": saved.shared,
        "query": query_json(saved.query or StatsQuery()),
        "days": saved.days or None,
        "first_day": saved.first_day or None,
        "last_day": saved.last_day or None,
        "operation": saved.operation or None,
        "author_name": saved.author_name,
        "created_at": instant_json(saved.create_time),
        "updated_at": instant_json(saved.update_time),
    }


def saved_page_json(page: ListSavedQueriesResponse) -> Json:
    """A page of saved queries."""
    return {"queries": [saved_json(saved) for saved in page.queries], "next_page_token": page.next_page_token or None}

"""A receipt to be watched, as JSON."""

import uuid
from datetime import timedelta

from pydantic import Field

from earshot_client.earshot.chat.v1 import SubscribeReceiptRequest
from gateway.shapes.alerts import MAX_WINDOW_SECONDS, ConditionJson
from gateway.shapes.fields import Strict, Text


class SubscriptionBody(Strict):
    """When to tell of a receipt's number."""

    condition: ConditionJson
    query: int = Field(default=1, ge=1, le=100, description="Which of the receipt's queries, from 1.")
    name: Text = Field(default="", max_length=200, description="By default the question.")
    window_seconds: int | None = Field(
        default=None,
        ge=60,
        le=MAX_WINDOW_SECONDS,
        description="By default the length of the receipt's period; whole days where it ran up to now, as today does.",
    )
    interval_seconds: int = Field(default=60, ge=10, le=86_400)
    webhook_url: Text = Field(default="", max_length=2000)
    webhook_secret: Text = Field(default="", max_length=200, description="Empty: one is made up.")
    request_id: uuid.UUID | None = Field(default=None, strict=False)

    def to_message(self, receipt_id: str) -> SubscribeReceiptRequest:
        """The request for a call."""
        return SubscribeReceiptRequest(
            id=receipt_id,
            query=self.query,
            condition=self.condition.to_message(),
            name=self.name,
            window=None if self.window_seconds is None else timedelta(seconds=self.window_seconds),
            interval=timedelta(seconds=self.interval_seconds),
            webhook_url=self.webhook_url,
            webhook_secret=self.webhook_secret,
            request_id=str(self.request_id or ""),
        )

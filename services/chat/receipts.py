"""Receipts: what proves an answer, found again, run again, and watched (B5)."""

from datetime import UTC, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from google.protobuf.duration_pb2 import Duration

from earshot.chat.v1 import chat_pb2, subscription_pb2
from earshot.store.v1 import alert_pb2
from earshot.types.v1 import question_pb2
from services.chat.asked import text_of, uuid_of
from services.chat.history.turns import from_stored
from services.chat.replies.receipt import hash_of
from services.chat.replies.shown_rows import shown
from services.chat.stores.store_client import Store
from services.runtime.errors import ErrorReason, InvalidInputError, NotFoundError
from services.runtime.ids import new_id

_LONGEST_NAME: Final = 200
_UP_TO_NOW: Final = timedelta(minutes=1)
"""A period that ends at most so long before its answer runs up to it."""


class Receipts:
    """The caller's receipts; each has the id of its turn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, receipt_id: str) -> chat_pb2.GetReceiptResponse:
        """The receipt and the answer it proves. NotFoundError (RECEIPT_NOT_FOUND)."""
        try:
            stored, session_id = await self._store.turn(receipt_id)
        except NotFoundError:
            raise _not_found() from None
        turn = from_stored(stored)
        if not turn.HasField("receipt"):
            raise _not_found()
        return chat_pb2.GetReceiptResponse(receipt=turn.receipt, turn=turn, session_id=session_id)

    async def replay(self, receipt_id: str) -> chat_pb2.ReplayReceiptResponse:
        """The receipt's queries run with the knowledge of its instant and of now."""
        receipt = (await self.get(receipt_id)).receipt
        then = [await self._run(query, receipt) for query in receipt.queries]
        now = [await self._run(query, None) for query in receipt.queries]
        found = hash_of(then)
        return chat_pb2.ReplayReceiptResponse(
            receipt=receipt,
            identical=found == receipt.hash,
            hash=found,
            queries=[
                chat_pb2.ReplayedQuery(name=f"q{number}", then=before, now=after)
                for number, (before, after) in enumerate(zip(then, now, strict=True), start=1)
            ],
        )

    async def subscribe(self, request: subscription_pb2.SubscribeReceiptRequest) -> alert_pb2.AlertRule:
        """A new rule that watches one of the receipt's questions. NotFoundError (RECEIPT_NOT_FOUND)."""
        found = await self.get(uuid_of(request.id, "id", required=True))
        place = request.query or 1
        if not 0 < place <= len(found.receipt.queries):
            raise InvalidInputError.of_field("query", f"must be from 1 to {len(found.receipt.queries)}, or 0")
        query = found.receipt.queries[place - 1]
        rule = alert_pb2.AlertRule(
            name=text_of(request.name, "name", _LONGEST_NAME) or _name_of(found.turn.text),
            query=query,
            condition=request.condition,
            window=request.window if request.HasField("window") else window_of(query, found.receipt),
            interval=request.interval if request.HasField("interval") else None,
            webhook_url=request.webhook_url,
            webhook_secret=request.webhook_secret,
        )
        return await self._store.create_alert_rule(
            alert_pb2.CreateAlertRuleRequest(rule=rule, request_id=request.request_id or new_id())
        )

    async def _run(self, query: question_pb2.StatsQuery, receipt: chat_pb2.Receipt | None) -> question_pb2.StatsResult:
        """The query's result as of the receipt's instant; as of now without one."""
        again = question_pb2.StatsQuery()
        again.CopyFrom(query)
        again.ClearField("as_of")
        if receipt is not None:
            again.as_of.CopyFrom(receipt.as_of)
        return shown(await self._store.query(again))


def window_of(query: question_pb2.StatsQuery, receipt: chat_pb2.Receipt) -> Duration | None:
    """Whole days for a period of days that was still running, such as today; None: as long as the period is.

    What had passed of it when somebody asked is an accident: as a window it would set nights against days.
    """
    if not (query.range.HasField("start") and query.range.HasField("end")):
        return None
    zone = ZoneInfo(query.time_zone or "UTC")
    start, end, as_of = (
        moment.ToDatetime(UTC).astimezone(zone) for moment in (query.range.start, query.range.end, receipt.as_of)
    )
    if start.time() != time() or as_of - end > _UP_TO_NOW:
        return None
    days = (end - timedelta.resolution).date() - start.date() + timedelta(days=1)
    return Duration(seconds=days // timedelta(seconds=1))


def _not_found() -> NotFoundError:
    return NotFoundError("There is no receipt with this id.", reason=ErrorReason.RECEIPT_NOT_FOUND)


def _name_of(question: str) -> str:
    return " ".join(question.split())[:_LONGEST_NAME]

"""An answer in a language model's words: the prompt, the budget, and the stream through ledger and redaction."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from earshot.chat.v1 import memory_pb2
from services.chat.history.context import context_of
from services.chat.history.remembered import Recollection
from services.chat.history.tokens import TokenCounter
from services.chat.ledger.number_ledger import NumberLedger
from services.chat.narration.model_messages import Message
from services.chat.recall import Recall
from services.chat.replies.running_reply import RunningReply
from services.chat.replies.telling import LENGTH, PIECES_PER_TURN_OF_THE_LOOP, Telling, ended
from services.chat.spending import Spending
from services.chat.upstream.answer import Answer, UpstreamError
from services.chat.upstream.language_model import Writer
from services.runtime.redaction import Restoring

_BROKEN_OFF: Final = "The language model broke off; what stands here is all that came."


class ModelWords:
    """Has a language model write answers; `budget_tokens` for what it is sent, `answer_tokens` for what it writes."""

    def __init__(
        self,
        writer: Writer,
        *,
        spending: Spending,
        recall: Recall,
        answer_tokens: int,
        budget_tokens: int,
        window_turns: int,
    ) -> None:
        self._writer = writer
        self._spending = spending
        self._recall = recall
        self._answer_tokens = answer_tokens
        self._budget_tokens = budget_tokens
        self._window_turns = window_turns
        self._tokens = TokenCounter()

    async def tell(
        self, reply: RunningReply, messages: Sequence[Message], telling: Telling, ledger: NumberLedger | None
    ) -> str:
        """Streams the model's words, through the ledger where there is one; the reason why they ended.

        Raises UpstreamError and LimitExceededError, the latter before anything was said.
        """
        recollection = await self._recollected(reply, telling)
        prompt = self._prompt(reply, messages, telling, recollection)
        async with (
            self._metered(reply, telling),
            self._writer.stream(prompt, model=telling.model, generation=telling.generation) as answer,
        ):
            reply.meter(lambda: answer.usage)
            restoring = Restoring(telling.redaction)
            try:
                full = await _streamed(reply, answer, telling, restoring, ledger)
            except UpstreamError as error:
                reply.flight.failed(error)
                if reply.characters:
                    reply.add_text(_rest(restoring, ledger, cut=True))
                    reply.add_notice("truncated", _BROKEN_OFF)
                raise
            reply.flight.finish_reason = answer.finish_reason
            cut = full or answer.finish_reason == LENGTH
            reply.add_text(_rest(restoring, ledger, cut=cut))
            if not reply.characters:
                raise UpstreamError("The language model answered with nothing.")
            self._learn(reply, telling, answer)
        return ended(reply, cut=cut)

    async def _recollected(self, reply: RunningReply, telling: Telling) -> Recollection:
        start = reply.start
        return await self._recall.about(
            reply.owner, start.session_id, start.text, telling.remembered, window_turns=self._window_turns
        )

    def _prompt(
        self, reply: RunningReply, messages: Sequence[Message], telling: Telling, recollection: Recollection
    ) -> list[dict[str, object]]:
        """The messages as they are sent: with what is remembered as far as it fits, and without personal data."""
        system, last = messages
        turns = (*telling.remembered.turns, *(item.turn for item in recollection.turns))
        telling.redaction.know(name for turn in turns for name in turn.customers)
        context = context_of(
            telling.remembered,
            system,
            last,
            budget_tokens=self._budget_tokens,
            window_turns=self._window_turns,
            count=partial(self._tokens.message, telling.model),
            recollection=recollection,
        )
        sent = [replace(message, content=telling.redaction.hide(message.content)) for message in context.messages]
        reply.context = context.report
        reply.context.model = telling.model
        reply.context.messages.extend(
            memory_pb2.ContextMessage(role=message.role.value, content=message.content, call_id=message.call_id)
            for message in sent
        )
        reply.context.redacted.update(telling.redaction.counts)
        return [message.body() for message in sent]

    @asynccontextmanager
    async def _metered(self, reply: RunningReply, telling: Telling) -> AsyncIterator[None]:
        """Sets tokens for an answer aside, and in the end counts those that it has used."""
        sent = reply.context.estimated_tokens if reply.context else 0
        before, wanted = reply.usage.total, sent + (telling.generation.max_tokens or self._answer_tokens)
        reserved = await self._spending.reserve(reply.owner, wanted)
        try:
            yield
        finally:
            await asyncio.shield(self._spending.settle(reply.owner, reserved, reply.usage.total - before))

    def _learn(self, reply: RunningReply, telling: Telling, answer: Answer) -> None:
        if answer.reported is not None and reply.context is not None:
            reply.context.reported_tokens = answer.reported.prompt_tokens
            self._tokens.learn(telling.model, reply.context.estimated_tokens, answer.reported.prompt_tokens)


async def _streamed(
    reply: RunningReply, answer: Answer, telling: Telling, restoring: Restoring, ledger: NumberLedger | None
) -> bool:
    """Hands on what comes, block by block; whether there was more than there is room for."""
    blocks = 0
    async for pieces in answer:
        # What came in one block is read and shown at once, as far as there is room for it.
        reply.flight.arrived(pieces)
        text, room = "".join(pieces), telling.longest - reply.characters
        reply.add_text(restoring.feed(ledger.feed(text[:room]) if ledger else text[:room]))
        if len(text) > room or reply.characters >= telling.longest:
            return True
        blocks += 1
        if blocks % PIECES_PER_TURN_OF_THE_LOOP == 0:
            await asyncio.sleep(0)
    return False


def _rest(restoring: Restoring, ledger: NumberLedger | None, *, cut: bool) -> str:
    """What was held back, unless it is a number that may have been cut in the middle."""
    if ledger is None:
        return restoring.finish()
    if cut:
        ledger.cut_short()
        return restoring.finish()
    return restoring.feed(ledger.finish()[0]) + restoring.finish()

"""The method of MessageService that tells what happens as it happens."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import grpc

from earshot.store.v1 import message_pb2, message_pb2_grpc
from services.runtime.call_context import require_role
from services.store.contract import live_requests
from services.store.contract.live_requests import WatchRequest
from services.store.live.cursor import Cursor
from services.store.live.hub import ChangeHub
from services.store.servicers.caller import PEOPLE, workspace_of

SIGN_OF_LIFE_SECONDS: Final = 15.0


class LiveMethods(message_pb2_grpc.MessageServiceServicer):
    """Methods as the contract describes them."""

    _hub: ChangeHub

    async def WatchMessages(
        self, request: message_pb2.WatchMessagesRequest, context: "grpc.aio.ServicerContext[Any, Any]"
    ) -> AsyncIterator[message_pb2.WatchMessagesResponse]:
        """Changes as they come, until the caller has enough."""
        caller = require_role(*PEOPLE)
        asked = live_requests.watch_request(request, caller)
        async for response in self._watch(workspace_of(caller), asked):
            yield response

    async def _watch(self, workspace_id: str, asked: WatchRequest) -> AsyncIterator[message_pb2.WatchMessagesResponse]:
        with self._hub.watching() as woken:
            cursor = await self._start(workspace_id, asked)
            yield live_requests.first_response(cursor)
            last_sign = time.monotonic()
            while True:
                woken.clear()
                until = await self._hub.snapshot(workspace_id)
                while cursor.until or cursor.seen != until:
                    page = await self._hub.page(workspace_id, cursor, until=until, filters=asked.filters)
                    cursor = page.cursor
                    for response in live_requests.responses(page, asked):
                        yield response
                        last_sign = time.monotonic()
                silence = time.monotonic() - last_sign
                await self._hub.wait(woken, max(SIGN_OF_LIFE_SECONDS - silence, 0))
                # By the clock: others may write without end what is none of this watch's.
                if time.monotonic() - last_sign >= SIGN_OF_LIFE_SECONDS:
                    # Nothing has happened up to now.
                    cursor = replace(cursor, time=datetime.now(UTC))
                    yield live_requests.first_response(cursor)
                    last_sign = time.monotonic()

    async def _start(self, workspace_id: str, asked: WatchRequest) -> Cursor:
        if asked.cursor is None:
            return Cursor(seen=await self._hub.snapshot(workspace_id), time=datetime.now(UTC))
        await self._hub.check(workspace_id, asked.cursor)
        return asked.cursor

"""A streamed completion that fails says so and nothing after it: no `[DONE]` tells a client that it was whole (T19)."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from earshot_client.earshot.chat.v1 import ChatEvent, Completed, Delta, Failed, SendMessageRequest, Started
from gateway.clients.stubs import ChatClient
from services.runtime.errors import ErrorReason, UnavailableError
from tests.support.gateway import lone_gateway

STARTED = ChatEvent(seq=0, reply_id="r", started=Started(session_id="s", turn_id="r"))
HALF = ChatEvent(seq=1, reply_id="r", delta=Delta(text="Half"))
FAILED = ChatEvent(
    seq=2, reply_id="r", failed=Failed(code="UNAVAILABLE", reason="CHAT_MODEL_UNAVAILABLE", message="It fell silent.")
)
COMPLETED = ChatEvent(seq=2, reply_id="r", completed=Completed(finish_reason="stop"))
AWAY = UnavailableError("The chat is away.", reason=ErrorReason.CHAT_UNAVAILABLE)


@pytest.mark.parametrize(
    ("end", "code"),
    [(FAILED, "CHAT_MODEL_UNAVAILABLE"), (AWAY, "CHAT_UNAVAILABLE"), (COMPLETED, None)],
    ids=["fails", "breaks", "completes"],
)
async def test_only_a_whole_answer_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: ChatEvent | UnavailableError, code: str | None
) -> None:
    async def send_message(_: ChatClient, __: SendMessageRequest) -> AsyncIterator[ChatEvent]:
        yield STARTED
        yield HALF
        if isinstance(end, UnavailableError):
            raise end
        yield end

    async def forget(*_: object) -> None:
        return None

    monkeypatch.setattr(ChatClient, "send_message", send_message)
    monkeypatch.setattr(ChatClient, "delete_session", forget)
    body = {"model": "earshot", "messages": [{"role": "user", "content": "how many?"}], "stream": True}
    async with lone_gateway(tmp_path) as rig:
        answer = await rig.http.post("/v1/chat/completions", json=body, headers=rig.bearer())
    *before, last = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert "[DONE]" not in before
    assert json.loads(before[1])["choices"][0]["delta"] == {"content": "Half"}
    if code is None:
        assert last == "[DONE]"
    else:
        assert json.loads(last)["error"]["code"] == code

"""One question is one trace over every process it passes (O7)."""

import secrets
from typing import Any

from tests.support.stack import StackRig
from tests.support.traces import Collected


async def _traced(stack: StackRig, path: str, sent: dict[str, Any], hops: set[str]) -> list[Collected]:
    """The spans of a POST: of every process of `hops`, in one tree below the caller's."""

    def is_whole(spans: list[Collected]) -> bool:
        parents = {item.span.span_id for item in spans} | {caller}
        return hops <= {item.service for item in spans} and all(item.span.parent_span_id in parents for item in spans)

    trace_id, caller = secrets.token_hex(16), secrets.token_bytes(8)
    headers = {"traceparent": f"00-{trace_id}-{caller.hex()}-01", "X-Request-Id": "traced-request"}
    answer = await stack.http.post(path, json=sent, headers=headers)
    assert answer.status_code == 200, answer.text
    return await stack.traces.trace(trace_id, until=is_whole)


async def test_a_question_is_one_trace_through_gateway_chat_and_store(stack: StackRig) -> None:
    hops = {"earshot-gateway", "earshot-chat", "earshot-store"}
    spans = await _traced(stack, "/api/v1/chat", {"text": "How many messages last month?"}, hops)
    names = [item.span.name for item in spans]
    assert "earshot.store.v1.StatsService/QueryStats" in names
    assert names.count("POST /api/v1/chat") == 1, "the framework has spans of its own, with queries in them"
    served = [item for item in spans if item.attribute("earshot.request_id")]
    assert {item.attribute("earshot.request_id") for item in served} == {"traced-request"}


async def test_a_classification_is_one_trace_to_the_classifier(stack: StackRig) -> None:
    hops = {"earshot-gateway", "earshot-classifier"}
    spans = await _traced(stack, "/api/v1/classify", {"texts": ["where is my bonus??"]}, hops)
    assert not any("bonus" in str(item.span) for item in spans), "a span never holds what customers wrote"

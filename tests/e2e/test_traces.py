"""One question is one trace over every process it passes (O7)."""

import secrets

from tests.support.stack import StackRig
from tests.support.traces import Collected


def _services(spans: list[Collected]) -> set[str]:
    return {item.service for item in spans}


def _parented(spans: list[Collected], caller: bytes) -> bool:
    ids = {item.span.span_id for item in spans} | {caller}
    return all(item.span.parent_span_id in ids for item in spans)


async def test_a_question_is_one_trace_through_gateway_chat_and_store(stack: StackRig) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_bytes(8)
    headers = {"traceparent": f"00-{trace_id}-{caller.hex()}-01", "X-Request-Id": "traced-question"}
    answer = await stack.http.post("/api/v1/chat", json={"text": "How many messages last month?"}, headers=headers)
    assert answer.status_code == 200, answer.text
    hops = {"earshot-gateway", "earshot-chat", "earshot-store"}
    spans = await stack.traces.trace(trace_id, until=lambda got: hops <= _services(got) and _parented(got, caller))
    names = {item.span.name for item in spans}
    assert {"POST /api/v1/chat", "earshot.store.v1.StatsService/QueryStats"} <= names
    served = [item for item in spans if item.attribute("earshot.request_id")]
    assert {item.attribute("earshot.request_id") for item in served} == {"traced-question"}


async def test_a_classification_is_one_trace_to_the_classifier(stack: StackRig) -> None:
    trace_id, caller = secrets.token_hex(16), secrets.token_bytes(8)
    headers = {"traceparent": f"00-{trace_id}-{caller.hex()}-01"}
    answer = await stack.http.post("/api/v1/classify", json={"texts": ["where is my bonus??"]}, headers=headers)
    assert answer.status_code == 200, answer.text
    hops = {"earshot-gateway", "earshot-classifier"}
    spans = await stack.traces.trace(trace_id, until=lambda got: hops <= _services(got) and _parented(got, caller))
    assert not any("bonus" in str(item.span) for item in spans), "a span never holds what customers wrote"

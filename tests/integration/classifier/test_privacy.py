"""Nothing personal in a customer's message leaves to a language model, whatever it is asked for (B20, F44)."""

import json
import re

from earshot.classifier.v1 import classifier_pb2, summary_pb2
from tests.support.classifier import Start
from tests.support.openai_server import Body, Script, scripted_upstream

SECRETS = ("ana.novak@example.com", "+386 41 123 456", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00")
SAID = "I am {}, call {}; I paid with {} from {} and the thing is still not how we agreed.".format(*SECRETS)
DESK = [
    classifier_pb2.CandidateLabel(name="technical", description="an app, a game or a page does not work"),
    classifier_pb2.CandidateLabel(name="billing", description="money: deposits, payouts, bonuses, fees"),
]


def respond(body: Body) -> Script:
    """Labels where a schema is given, else a summary that names the address as it was shown."""
    if "response_format" in body:
        listed = body["response_format"]["json_schema"]["schema"]["properties"]["labels"]["items"]["enum"]
        return Script(deltas=(json.dumps({"labels": ["billing" if "billing" in listed else "suggestion"]}),))
    shown = re.search(r"I am (\S+),", str(body["messages"][-1]["content"]))
    return Script(deltas=(f"The customer is {shown[1] if shown else 'nobody'}.",))


async def test_a_language_model_sees_marks_and_people_read_what_they_stand_for(start_classifier: Start) -> None:
    async with (
        scripted_upstream(respond=respond) as upstream,
        start_classifier(classifier_back_end="llm", llm_base_url=upstream.base_url, llm_model="scripted") as running,
    ):
        contexts = [classifier_pb2.TextContext(previous=[SAID])]
        labelled = (await running.classify("and still nothing?", contexts=contexts, candidates=DESK)).results[0]
        request = summary_pb2.SummarizeRequest(text=SAID, method=summary_pb2.SUMMARY_METHOD_LLM)
        summary = await running.stub.Summarize(request)
        asked = len(upstream.requests)
        # The model is shown 4,000 characters: eight digits of the card are before their end.
        await running.classify(f"{'still ' * 665}{SECRETS[2]} is my card")
    assert ([item.label for item in labelled.intents], labelled.candidate) == (["suggestion"], "billing")
    assert summary.summary == f"The customer is {SECRETS[0]}."
    sent = json.dumps(upstream.requests, ensure_ascii=False)
    assert (asked, len(upstream.requests)) == (3, 4)
    assert "4111" not in sent
    assert not any(secret in sent for secret in SECRETS)
    assert all(f"[{kind}_" in sent for kind in ("EMAIL", "PHONE", "CARD", "IBAN"))

"""What the classifier answers through HTTP and the command line: labels in context, explanations, summaries."""

from gateway.cli.outcomes import ExitCode
from gateway.shapes.classifier import ClassifiedAnswer, ExplainedAnswer, SummaryAnswer
from tests.integration.gateway.test_messages import as_documented
from tests.support.stack import StackRig

DECLINED = "my deposit of 50 euro was declined by the cashier"
DESK = [
    {"name": "technical", "description": "an app, a game or a page does not work, crashes"},
    {"name": "billing", "description": "money: deposits, payouts, bonuses, fees"},
]


async def test_texts_are_labelled_in_context_by_language_and_by_the_callers_labels(stack: StackRig) -> None:
    body = {
        "texts": ["and still nothing?", "Seit neun Tagen warte ich auf meine Auszahlung, was ist los?"],
        "contexts": [[DECLINED], []],
        "languages": ["en"],
        "candidates": DESK,
    }
    answer = await stack.http.post("/api/v1/classify", json=body)
    fragment, foreign = as_documented(ClassifiedAnswer, answer.json())["results"]
    assert (fragment["intents"][0]["label"], fragment["steps"]) == ("deposit_failed", ["model", "context"])
    assert len(fragment["candidates"]) == 2
    assert (foreign["unsupported_language"], foreign["intents"], foreign["sentiment"]) == (True, [], None)


async def test_a_wrong_number_of_contexts_is_a_problem(stack: StackRig) -> None:
    answer = await stack.http.post("/api/v1/classify", json={"texts": ["a", "b"], "contexts": [[]]})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BAD_LIMIT")


async def test_an_explanation_names_the_words_that_carry_a_label(stack: StackRig) -> None:
    answer = await stack.http.post("/api/v1/explain", json={"text": DECLINED})
    explained = as_documented(ExplainedAnswer, answer.json())
    assert explained["intents"][0]["intent"] == "deposit_failed"
    assert len(explained["intents"][0]["weights"]) == len(explained["pieces"])
    refused = await stack.http.post("/api/v1/explain", json={"text": DECLINED, "intents": ["jackpot"]})
    assert (refused.status_code, refused.json()["reason"]) == (400, "UNKNOWN_LABEL")


async def test_a_summary_is_sentences_of_the_text(stack: StackRig) -> None:
    text = f"Hi. {DECLINED.capitalize()}. I tried two cards. My bank says all is well. Please look into it. Bye."
    answer = await stack.http.post("/api/v1/summarize", json={"text": text, "max_sentences": 2})
    summary = as_documented(SummaryAnswer, answer.json())
    assert summary["method"] == "extractive"
    assert [text[item["start"] : item["end"]] for item in summary["sentences"]] == [
        item["text"] for item in summary["sentences"]
    ]


async def test_explain_on_the_command_line(stack: StackRig) -> None:
    done = await stack.earshot("explain", DECLINED)
    assert done.code == ExitCode.OK, done.err
    assert "deposit_failed" in done.out
    assert "\x1b" not in done.out
    as_json = await stack.earshot("--json", "explain", DECLINED, "--intent", "praise")
    assert as_json.json["intents"][0]["intent"] == "praise"

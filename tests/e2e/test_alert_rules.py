"""Alert rules on series of the running stack after a fault was injected: texts that no customer would write (B12)."""

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
import yaml

from services.classifier.scoring.drift import RECENT_TEXTS
from services.classifier.training.corpus import CORPUS
from services.classifier.training.rows import read_rows
from tests.support.promql_eval import Scrapes, evaluate, samples
from tests.support.stack import StackRig

RULES = Path(__file__).resolve().parents[2] / "deploy" / "prometheus" / "earshot.rules.yml"
WORDS = "granite basil violin tundra pulley sonnet lichen gasket heron quartz mosaic barley comet anvil fjord".split()  # noqa: SIM905
TEXTS = 700
"""So many that most of the classifier's window is of them, however full its halves were."""
PER_CALL = 100
MESSAGES = 40


def strange(count: int) -> list[str]:
    """Different texts about nothing that support hears of."""
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=5)) + f" {number}" for number in range(count)]


def expression(alert: str) -> str:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    (found,) = (str(rule["expr"]) for group in groups for rule in group["rules"] if rule.get("alert") == alert)
    return found


async def pages(stack: StackRig) -> dict[str, str]:
    async with httpx.AsyncClient(timeout=30) as http:
        answers = await asyncio.gather(*(http.get(f"http://{at}/metrics") for at in stack.stack.metrics.values()))
    return dict(zip(stack.stack.metrics, (answer.text for answer in answers), strict=True))


async def classify(stack: StackRig, texts: Sequence[str]) -> None:
    for place in range(0, len(texts), PER_CALL):
        answer = await stack.http.post("/api/v1/classify", json={"texts": texts[place : place + PER_CALL]})
        assert answer.status_code == 200, answer.text


async def hear(stack: StackRig, texts: Sequence[str]) -> None:
    rows = [
        {"text": text, "source": "strange", "user_id": "nobody", "timestamp": "2024-02-03T10:00:00Z"} for text in texts
    ]
    answer = await stack.http.post("/api/v1/messages?wait=30", json={"messages": rows})
    assert {item["status"] for item in answer.json()["messages"]} == {"labelled"}


def ordinary(count: int) -> list[str]:
    """Different texts as customers write them."""
    texts = [row.text for path in sorted(CORPUS.glob("*.tsv")) for row in read_rows(path)]
    return random.Random(7).sample(texts, count)


@pytest.mark.slow
async def test_drift_and_abstaining_are_alerts_when_they_happen(stack: StackRig) -> None:
    await stack.all_labelled()
    await classify(stack, ordinary(RECENT_TEXTS))
    before, started = await pages(stack), time.monotonic()
    await classify(stack, strange(TEXTS))
    await hear(stack, strange(MESSAGES))
    scrapes = Scrapes(samples(before), samples(await pages(stack)), time.monotonic() - started)
    drifting = {
        dict(labels)["kind"]: value for labels, value in evaluate(expression("EarshotMessagesDrift"), scrapes).items()
    }
    assert {"labels", "confidence"} <= set(drifting), drifting
    assert evaluate(expression("EarshotAbstainsOften"), scrapes)


async def test_abstaining_is_no_alert_while_messages_are_ordinary_or_none_come(stack: StackRig) -> None:
    before, started = samples(await pages(stack)), time.monotonic()
    await hear(stack, ordinary(MESSAGES))
    after = samples(await pages(stack))
    assert not evaluate(expression("EarshotAbstainsOften"), Scrapes(before, after, time.monotonic() - started))
    assert not evaluate(expression("EarshotAbstainsOften"), Scrapes(after, after, 15.0))

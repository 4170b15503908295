"""Judging labels through HTTP: corrections, the queue, agreement, rows that training reads."""

from pathlib import Path
from uuid import uuid4

from gateway.shapes.message import MessageDetailAnswer
from gateway.shapes.review import AgreementAnswer, ReviewedAnswer, ReviewPageAnswer
from services.classifier.training.labelled_files import read_labelled
from services.classifier.training.rows import read_rows
from tests.support.stack import StackRig


def message(text: str) -> dict[str, object]:
    source = f"review-{uuid4().hex[:8]}"
    return {"text": text, "source": source, "user_id": "r", "timestamp": "2026-03-01T09:30:00Z"}


async def stored(stack: StackRig, text: str) -> dict[str, object]:
    answer = await stack.http.post("/api/v1/messages?wait=30", json=message(text))
    body: dict[str, object] = answer.json()
    assert body["status"] == "labelled"
    return body


async def test_a_correction_is_kept_beside_what_the_model_said(stack: StackRig) -> None:
    before = await stored(stack, "my withdrawal is pending since five days\tand nobody answers")
    path = f"/api/v1/messages/{before['id']}/labels"
    body = {"intents": ["withdrawal_delayed", "complaint"], "labelled_at": before["labelled_at"]}
    answer = await stack.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    ReviewedAnswer.model_validate(answer.json())
    assert [score["label"] for score in answer.json()["intents"]] == ["withdrawal_delayed", "complaint"]
    assert answer.json()["labelled_by"] == "human"
    late = await stack.http.post(path, json=body)
    assert (late.status_code, late.json()["reason"]) == (409, "LABELS_CHANGED")
    found = (await stack.http.get(f"/api/v1/messages/{before['id']}")).json()
    MessageDetailAnswer.model_validate(found)
    assert [labels["author"] for labels in found["history"]] == ["human", "model"]
    assert found["history"][0]["author_name"] == stack.admin.username
    assert found["history"][1]["valid_to"] == found["history"][0]["valid_from"]


async def test_thumbs_down_puts_a_message_at_the_head_of_the_queue_and_thumbs_up_takes_it_out(stack: StackRig) -> None:
    before = await stored(stack, "deposit failed again")
    path = f"/api/v1/messages/{before['id']}/labels"
    assert (await stack.http.post(path, json={"verdict": "rejected"})).json()["verdict"] == "rejected"
    params = {"reason": "disagreement"}
    page = (await stack.http.get("/api/v1/review", params=params)).json()
    ReviewPageAnswer.model_validate(page)
    assert before["id"] in {item["message"]["id"] for item in page["items"]}
    assert (await stack.http.post(path, json={"verdict": "confirmed"})).status_code == 200
    page = (await stack.http.get("/api/v1/review", params=params)).json()
    assert before["id"] not in {item["message"]["id"] for item in page["items"]}


async def test_corrections_are_rows_that_training_reads(stack: StackRig, tmp_path: Path) -> None:
    before = await stored(stack, "I want my bonus\nnow, call 0038640123456")
    await stack.http.post(f"/api/v1/messages/{before['id']}/labels", json={"intents": ["bonus_request"]})
    answer = await stack.http.get("/api/v1/review/corrections")
    assert answer.headers["content-disposition"] == 'attachment; filename="corrections.tsv"'
    file = tmp_path / "corrections.tsv"
    file.write_text(answer.text, encoding="utf-8")
    rows = read_rows(file)
    assert (rows[-1].text, rows[-1].intents) == ("I want my bonus\nnow, call [number]", frozenset({"bonus_request"}))
    file = tmp_path / "corrections.jsonl"
    file.write_text((await stack.http.get("/api/v1/review/corrections", params={"format": "jsonl"})).text)
    told = read_labelled(file).rows
    assert [(row.text, row.intents) for row in told] == [(row.text, row.intents) for row in rows]
    assert told[-1].channel == before["source"]


async def test_agreement_is_counted(stack: StackRig) -> None:
    answer = (await stack.http.get("/api/v1/review/agreement")).json()
    AgreementAnswer.model_validate(answer)
    assert answer["reviewed"] >= answer["unchanged"]


async def test_a_label_that_does_not_exist_is_named(stack: StackRig) -> None:
    path = f"/api/v1/messages/{uuid4()}/labels"
    answer = await stack.http.post(path, json={"intents": ["withdrawals"]})
    assert (answer.status_code, answer.json()["reason"]) == (400, "UNKNOWN_LABEL")
    answer = await stack.http.post(path, json={"intents": ["praise"]})
    assert (answer.status_code, answer.json()["reason"]) == (404, "MESSAGE_NOT_FOUND")
    assert (await stack.stranger.post(path, json={"intents": ["praise"]})).status_code == 401

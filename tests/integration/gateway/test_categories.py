"""Custom categories through HTTP; answers hold what the document says."""

import asyncio
from uuid import uuid4

from gateway.shapes.categories import CategoriesAnswer, CategoryAnswer, PreviewAnswer, ProposalsAnswer
from tests.support.stack import StackRig
from tests.support.topic_texts import UNSEEN

EXAMPLES = [UNSEEN[5 * wish + wish % 5] for wish in range(10)]


async def test_a_category_from_definition_to_retirement(stack: StackRig) -> None:
    source = f"merch-{uuid4().hex[:8]}"
    messages = [
        {"text": text, "source": source, "user_id": f"p-{place}", "timestamp": "2026-02-21T10:00:00Z"}
        for place, text in enumerate(UNSEEN[:10])
    ]
    stored = await stack.http.post("/api/v1/messages?wait=30", json={"messages": messages})
    assert stored.status_code == 201, stored.text
    name = f"Merch {uuid4().hex[:8]}"
    made = await stack.http.post("/api/v1/categories", json={"name": name, "examples": EXAMPLES})
    assert made.status_code == 201, made.text
    category = made.json()
    CategoryAnswer.model_validate(category)
    assert category["state"] == "draft"
    address = f"/api/v1/categories/{category['id']}"

    filters = {"sources": {"any_of": [source]}}
    tried = (await stack.http.post(f"{address}:preview", json={"filters": filters})).json()
    PreviewAnswer.model_validate(tried)
    assert (tried["considered"], tried["days"]) == (10, [{"day": "2026-02-21", "messages": tried["matches"]}])

    assert (await stack.http.post(f"{address}:apply")).json()["state"] == "applied"
    async with asyncio.timeout(60):
        while (await stack.http.get(address)).json()["walking"]:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.1)
    page = (await stack.http.get(f"/api/v1/messages?source={source}")).json()
    shown = [item for item in page["messages"] if name in [match["name"] for match in item["custom_categories"]]]
    assert len(shown) == tried["matches"] >= 8

    renamed = (await stack.http.patch(address, json={"name": f"{name} shop"})).json()
    assert (renamed["id"], renamed["name"]) == (category["id"], f"{name} shop")
    listed = (await stack.http.get("/api/v1/categories")).json()
    CategoriesAnswer.model_validate(listed)
    assert category["id"] in [item["id"] for item in listed["categories"]]
    assert (await stack.http.post(f"{address}:retire")).json()["state"] == "retired"


async def test_proposals_and_problems(stack: StackRig) -> None:
    answer = await stack.http.get("/api/v1/categories/proposals?min_messages=3")
    assert answer.status_code == 200, answer.text
    ProposalsAnswer.model_validate(answer.json())
    missing = await stack.http.get(f"/api/v1/categories/{uuid4()}")
    assert (missing.status_code, missing.json()["reason"]) == (404, "CATEGORY_NOT_FOUND")
    assert (await stack.http.post("/api/v1/categories", json={"name": ""})).status_code == 400

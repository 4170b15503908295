"""Custom categories through HTTP; answers hold what the document says."""

import asyncio
from pathlib import Path
from uuid import uuid4

from gateway.shapes.categories import CategoriesAnswer, CategoryAnswer, PreviewAnswer, ProposalsAnswer
from gateway.shapes.stats import StatsAnswer
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

    own = f"custom_category={category['id']}"
    filtered = (await stack.http.get(f"/api/v1/messages?source={source}&{own}")).json()["messages"]
    assert [item["id"] for item in filtered] == [item["id"] for item in shown]
    counted = (await stack.http.get(f"/api/v1/stats?start=2026-02-01T00:00:00Z&{own}&group_by=custom_category")).json()
    StatsAnswer.model_validate(counted)
    # Messages may belong to what others have defined as well.
    assert counted["custom_category_names"][category["id"]] == name
    assert {"custom_category": category["id"]} in [row["keys"] for row in counted["rows"]]
    exported = (await stack.http.get(f"/api/v1/export?format=jsonl&source={source}&{own}")).text
    assert len(exported.splitlines()) == len(shown)
    refused = await stack.http.get("/api/v1/stats?custom_category=merch")
    assert (refused.status_code, refused.json()["reason"]) == (400, "BAD_FILTER")

    renamed = (await stack.http.patch(address, json={"name": f"{name} shop"})).json()
    assert (renamed["id"], renamed["name"]) == (category["id"], f"{name} shop")
    listed = (await stack.http.get("/api/v1/categories")).json()
    CategoriesAnswer.model_validate(listed)
    assert category["id"] in [item["id"] for item in listed["categories"]]
    assert (await stack.http.post(f"{address}:retire")).json()["state"] == "retired"


async def test_the_command_line_from_definition_to_retirement(stack: StackRig, tmp_path: Path) -> None:
    name = f"Merch {uuid4().hex[:8]}"
    examples = tmp_path / "examples.txt"
    examples.write_text("\n".join(EXAMPLES), encoding="utf-8")
    made = await stack.earshot("categories", "define", name, "--examples", str(examples), "--json")
    assert made.code == 0, made.err
    tried = await stack.earshot("categories", "preview", name)
    assert "It would hold for" in tried.out
    assert (await stack.earshot("categories", "apply", name.upper(), "--json")).json["state"] == "applied"
    counted = await stack.earshot("stats", "--custom-category", name, "--json")
    wanted = counted.json["query"]["filters"]["custom_categories"]
    assert wanted == {"any_of": [made.json["id"]], "none_of": [], "all_of": []}
    renamed = await stack.earshot("categories", "rename", name, f"{name} shop")
    assert "Renamed to" in renamed.out
    assert (await stack.earshot("categories", "retire", f"{name} shop", "--json")).json["state"] == "retired"
    listed = await stack.earshot("categories", "list", "--json")
    assert made.json["id"] in {category["id"] for category in listed.json["categories"]}
    assert (await stack.earshot("categories", "proposals")).code == 0
    unknown = await stack.earshot("stats", "--custom-category", "no such category")
    assert (unknown.code, "no category named" in unknown.err) == (2, True)


async def test_proposals_and_problems(stack: StackRig) -> None:
    answer = await stack.http.get("/api/v1/categories/proposals?min_messages=3")
    assert answer.status_code == 200, answer.text
    ProposalsAnswer.model_validate(answer.json())
    missing = await stack.http.get(f"/api/v1/categories/{uuid4()}")
    assert (missing.status_code, missing.json()["reason"]) == (404, "CATEGORY_NOT_FOUND")
    assert (await stack.http.post("/api/v1/categories", json={"name": ""})).status_code == 400

"""Replies to tickets through HTTP and the command line."""

from uuid import uuid4

from gateway.shapes.replies import ReplyPageAnswer, ReplyRuleAnswer, ReplyRulePageAnswer, TicketReplyAnswer
from tests.support.stack import StackRig


async def test_rules_and_replies(stack: StackRig) -> None:
    body = {"name": f"Geo {uuid4().hex[:6]}", "category": "geo_restriction", "template": "It is not offered there."}
    made = await stack.http.post("/api/v1/requests/rules", json=body)
    assert made.status_code == 201, made.text
    rule = ReplyRuleAnswer.model_validate(made.json())
    assert (rule.enabled, rule.min_confidence) == (False, 0.9)
    address = f"/api/v1/requests/rules/{rule.id}"
    changed = await stack.http.put(address, json={**body, "min_confidence": 0.5, "enabled": True})
    assert changed.json()["enabled"] is True
    ReplyRulePageAnswer.model_validate((await stack.http.get("/api/v1/requests/rules")).json())
    text = "I cannot play, the site says my country is blocked"
    ticket = (await stack.http.post("/api/v1/requests", json={"text": text})).json()
    analysed = (await stack.http.get(f"/api/v1/requests/{ticket['id']}?wait=30")).json()
    assert analysed["category"] == "geo_restriction"
    page = ReplyPageAnswer.model_validate((await stack.http.get(f"/api/v1/requests/{ticket['id']}/replies")).json())
    assert [(reply.author, reply.author_id, reply.text) for reply in page.replies] == [
        ("rule", rule.id, body["template"])
    ]
    sent = await stack.http.post(f"/api/v1/requests/{ticket['id']}/replies", json={"text": "Sorry!"})
    assert TicketReplyAnswer.model_validate(sent.json()).author == "person"
    everything = (await stack.http.get("/api/v1/requests/replies?page_size=2")).json()
    assert [reply["text"] for reply in everything["replies"]] == ["Sorry!", body["template"]]
    forgotten = await stack.http.delete(address)
    assert (forgotten.status_code, "content-type" in forgotten.headers) == (204, False)
    assert (await stack.http.delete(address)).status_code == 404


async def test_the_command_line(stack: StackRig) -> None:
    made = await stack.earshot("tickets", "create", "my card deposit was declined", "--wait", "30", "--json")
    assert made.code == 0, made.err
    ticket = made.json
    assert ticket["category"] == "deposit"
    listed = await stack.earshot("tickets", "list", "--category", "deposit", "--status", "open", "--json")
    assert ticket["id"] in {one["id"] for one in listed.json["requests"]}
    assert (await stack.earshot("tickets", "reply", ticket["id"], "Try", "another", "card.")).out.startswith("Sent:")
    moved = await stack.earshot("tickets", "move", ticket["id"], "resolved", "--resolution", "Another card.", "--json")
    assert moved.json["status"] == "resolved"
    shown = await stack.earshot("tickets", "show", ticket["id"])
    assert "Replied by a person" in shown.out
    added = await stack.earshot("tickets", "rules", "add", "Deposits", "--category", "deposit", "--json")
    assert added.json["enabled"] is False
    assert "no" in (await stack.earshot("tickets", "rules", "list")).out
    assert (await stack.earshot("tickets", "rules", "delete", added.json["id"])).code == 0

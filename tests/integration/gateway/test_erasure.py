"""Erasing a customer through HTTP and the command line."""

from uuid import uuid4

from gateway.shapes.message import ErasedAnswer
from tests.support.stack import StackRig


async def test_a_customer_is_erased_by_id_whatever_is_in_it(stack: StackRig) -> None:
    user_id = f"a/b c?ä-{uuid4().hex[:8]}"
    message = {"text": "my bonus", "source": "web", "user_id": user_id, "timestamp": "2026-03-01T09:30:00Z"}
    stored = (await stack.http.post("/api/v1/messages?wait=30", json=message)).json()
    answer = await stack.http.request("DELETE", f"/api/v1/customers/{user_id.replace('?', '%3F')}")
    assert answer.status_code == 200, answer.text
    ErasedAnswer.model_validate(answer.json())
    assert answer.json()["messages"] == 1
    assert (await stack.http.get(f"/api/v1/messages/{stored['id']}")).status_code == 404
    await stack.http.post("/api/v1/messages?wait=30", json=message)
    asked = await stack.earshot("erase", user_id)
    assert (asked.code, "--yes" in asked.err) == (2, True)
    done = await stack.earshot("erase", user_id, "--yes", "--json")
    assert done.json["messages"] == 1
    assert (await stack.stranger.delete(f"/api/v1/customers/{user_id}")).status_code == 401

"""The audit log over HTTP: what a person did through the gateway, in pages, for admins alone (F43)."""

from uuid import uuid4

from services.runtime.auth import Role
from tests.integration.gateway.test_roles import _acting
from tests.support.stack import StackRig


async def test_what_was_done_over_http_is_shown_to_admins(stack: StackRig) -> None:
    name = f"a{uuid4().hex[:10]}"
    account = {"username": name, "password": "a long password", "role": "viewer"}
    made = await stack.http.post("/api/v1/users", json=account, headers={"X-Request-Id": f"made-{name}"})
    user_id = made.json()["id"]
    wrong = {"username": name, "password": "not this one"}
    assert (await stack.stranger.post("/api/v1/auth/token", data=wrong)).status_code == 401
    async with await stack.logged_in(name, "a long password") as theirs:
        assert (await theirs.get("/api/v1/users")).status_code == 403
        refused = await theirs.get("/api/v1/audit")
        assert (refused.status_code, refused.json()["reason"]) == (403, "ROLE_MISSING")
        export = await theirs.get("/api/v1/export")
        assert export.status_code == 403
    about = (await stack.http.get("/api/v1/audit", params={"resource_id": user_id})).json()["events"]
    assert [(event["action"], event["actor_name"] == name, event["code"]) for event in about] == [
        ("VerifyPassword", True, "OK"),
        ("VerifyPassword", False, "UNAUTHENTICATED"),
        ("CreateUser", False, "OK"),
    ]
    assert (about[2]["request_id"], about[1]["actor_kind"]) == (f"made-{name}", "service")
    by = (await stack.http.get("/api/v1/audit", params={"actor": name})).json()["events"]
    assert [(event["action"], event["actor_role"], event["code"]) for event in by] == [
        ("ExportMessages", "viewer", "PERMISSION_DENIED"),
        ("ListAuditEvents", "viewer", "PERMISSION_DENIED"),
        ("VerifyPassword", "viewer", "OK"),
    ]
    assert "not this one" not in str(about)


async def test_pages_link_to_the_next_and_filters_are_checked(stack: StackRig) -> None:
    async with _acting(stack, Role.ADMIN, workspace=f"w{uuid4().hex[:10]}") as http:
        for _ in range(3):
            assert (await http.get("/api/v1/messages")).status_code == 200
        first = await http.get("/api/v1/audit", params={"action": "ListMessages", "page_size": 2})
        second = await http.get(first.links["next"]["url"])
        assert [len(page.json()["events"]) for page in (first, second)] == [2, 1]
        assert "next" not in second.links
        for wrong in ({"action": "a word"}, {"resource_id": "x"}, {"start": "yesterday"}, {"page_size": "-1"}):
            answer = await http.get("/api/v1/audit", params=wrong)
            assert answer.status_code in {400, 422}, wrong

"""`earshot users`, `earshot tokens`, `earshot invitations` and `earshot audit`."""

from uuid import uuid4

from gateway.cli.outcomes import ExitCode
from tests.support.stack import StackRig


async def test_a_user_from_the_command_line(stack: StackRig) -> None:
    name = f"cli{uuid4().hex[:8]}"
    password = {"EARSHOT_PASSWORD": "a long password"}
    made = await stack.earshot("users", "add", name, "--role", "viewer", "--json", environment=password)
    assert made.code == ExitCode.OK, made.err
    user_id = made.json["id"]
    listed = await stack.earshot("users", "list")
    assert name in listed.out
    changed = await stack.earshot("users", "change", user_id, "--role", "agent", "--disable", "--json")
    assert (changed.json["role"], changed.json["disabled"]) == ("agent", True)
    again = await stack.earshot("users", "add", name, environment=password)
    assert again.code == ExitCode.FAILED, again.err


async def test_ones_own_account_from_the_command_line(stack: StackRig) -> None:
    name = f"cli{uuid4().hex[:8]}"
    password = {"EARSHOT_PASSWORD": "a long password"}
    user_id = (await stack.earshot("users", "add", name, "--json", environment=password)).json["id"]
    changed = await stack.earshot("users", "password", user_id, environment={"EARSHOT_PASSWORD": "another password"})
    assert changed.code == ExitCode.OK, changed.err
    async with await stack.logged_in(name, "another password") as http:
        token = {"EARSHOT_TOKEN": http.headers["authorization"].removeprefix("Bearer ")}
    assert (await stack.earshot("users", "me", "--json", environment=token)).json["username"] == name
    unsure = await stack.earshot("users", "erase", user_id)
    assert (unsure.code, "--yes" in unsure.err) == (ExitCode.USAGE, True)
    erased = await stack.earshot("users", "erase", user_id, "--yes", "--json")
    assert erased.json["conversations"] == 0


async def test_a_service_token_from_the_command_line(stack: StackRig) -> None:
    issued = await stack.earshot("tokens", "issue", "a script", "--role", "viewer", "--json")
    assert issued.code == ExitCode.OK, issued.err
    token, token_id = issued.json["token"], issued.json["id"]
    counted = await stack.earshot("stats", "--json", environment={"EARSHOT_TOKEN": token})
    assert counted.code == ExitCode.OK, counted.err
    listed = await stack.earshot("tokens", "list", "--json")
    assert token_id in {shown["id"] for shown in listed.json["tokens"]}
    assert token not in listed.out
    revoked = await stack.earshot("tokens", "revoke", token_id)
    assert "revoked" in revoked.out
    refused = await stack.earshot("stats", environment={"EARSHOT_TOKEN": token})
    assert refused.code == ExitCode.NOT_LOGGED_IN


async def test_an_invitation_from_the_command_line(stack: StackRig) -> None:
    issued = await stack.earshot("invitations", "issue", "--role", "agent", "--json")
    assert (issued.code, issued.json["role"]) == (ExitCode.OK, "agent"), issued.err
    listed = await stack.earshot("invitations", "list", "--json")
    assert issued.json["id"] in {shown["id"] for shown in listed.json["invitations"]}
    assert issued.json["token"] not in listed.out
    revoked = await stack.earshot("invitations", "revoke", issued.json["id"])
    assert "revoked" in revoked.out


async def test_the_audit_log_from_the_command_line(stack: StackRig) -> None:
    issued = await stack.earshot("invitations", "issue", "--json")
    listed = await stack.earshot("audit", "--resource-id", issued.json["id"], "--json")
    (event,) = listed.json["events"]
    assert (event["action"], event["actor_kind"], event["code"]) == ("CreateInvitation", "user", "OK"), listed.err
    shown = await stack.earshot("audit", "--actor", event["actor_name"], "--action", "CreateInvitation")
    assert "invitation" in shown.out
    nobody = await stack.earshot("audit", "--actor", "nobody.of.this.name")
    assert "Nothing was written down." in nobody.out

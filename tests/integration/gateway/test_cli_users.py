"""`earshot users`, `tokens`, `invitations`, `workspace` and `audit`."""

from pathlib import Path
from uuid import uuid4

from gateway.cli.outcomes import ExitCode
from services.runtime.auth import Identity, Role, TokenSigner
from services.runtime.ids import new_id
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


async def test_settings_of_a_workspace_from_the_command_line(stack: StackRig, tmp_path: Path) -> None:
    admin = Identity(user_id=new_id(), workspace_id="typed", role=Role.ADMIN, name="Tester")
    token = {"EARSHOT_TOKEN": TokenSigner.from_file(stack.stack.home.private_key).sign(admin)}
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Speak of bakeries.\n")
    nothing = await stack.earshot("workspace", "change", environment=token)
    assert (nothing.code, "--languages" in nothing.err) == (ExitCode.USAGE, True)
    typed = ("--languages", "sl, en", "--system-prompt", str(prompt))
    changed = await stack.earshot("workspace", "change", *typed, "--json", environment=token)
    assert changed.json == {
        "accepted_languages": {"codes": ["en", "sl"], "origin": "workspace"},
        "system_prompt": {"text": "Speak of bakeries.", "origin": "workspace"},
    }
    shown = await stack.earshot("workspace", "show", environment=token)
    assert "by the workspace: en, sl" in shown.out
    reset = await stack.earshot("workspace", "reset", "languages", environment=token)
    assert "by the deployment: all" in reset.out
    assert "by the workspace: Speak of bakeries." in reset.out


async def test_the_audit_log_from_the_command_line(stack: StackRig) -> None:
    issued = await stack.earshot("invitations", "issue", "--json")
    listed = await stack.earshot("audit", "--resource-id", issued.json["id"], "--json")
    (event,) = listed.json["events"]
    assert (event["action"], event["actor_kind"], event["code"]) == ("CreateInvitation", "user", "OK"), listed.err
    shown = await stack.earshot("audit", "--actor", event["actor_name"], "--action", "CreateInvitation")
    assert "invitation" in shown.out
    nobody = await stack.earshot("audit", "--actor", "nobody.of.this.name")
    assert "Nothing was written down." in nobody.out

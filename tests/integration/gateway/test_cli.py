"""The command line against a running stack; as a process of its own where streams, pipes or signals matter."""

import asyncio
import json
import re
import signal
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.local.stack import ROOT
from gateway.cli.outcomes import ExitCode
from tests.integration.gateway.test_import import BROKEN, stored
from tests.support.cutting_proxy import cutting_proxy
from tests.support.stack import StackRig

COLUMNS = [
    *("--text-column", "what"),
    *("--user-column", "who"),
    *("--timestamp-column", "when"),
    *("--external-id-column", "id"),
]


def many(folder: Path, rows: int) -> Path:
    file = folder / f"{uuid4().hex}.csv"
    # Few different texts: it is rows that matter here, not the model's work on them.
    file.write_text("text\n" + "".join(f"message number {place % 50}\n" for place in range(rows)), encoding="utf-8")
    return file


def token_of(stack: StackRig) -> str:
    """The administrator's token: credentials.json goes to no other address than its own, a proxy's for one."""
    return stack.http.headers["authorization"].removeprefix("Bearer ")


async def test_version_needs_no_gateway(stack: StackRig) -> None:
    done = await stack.earshot_process("--url", "http://127.0.0.1:1", "version", "--json")
    assert (done.code, set(done.json)) == (ExitCode.OK, {"earshot", "python"})


async def test_help_names_every_exit_code(stack: StackRig) -> None:
    done = await stack.earshot("--help")
    shown = " ".join(re.sub("[│╭╮╰╯─]", " ", done.out).split())
    for code in ExitCode:
        assert f"{code.value} " in shown.partition("Exit codes:")[2]


async def test_classify(stack: StackRig) -> None:
    done = await stack.earshot("classify", "deposit failed again", "where is my bonus")
    assert done.code == ExitCode.OK, done.err
    assert "deposit" in done.out
    assert "bonus" in done.out
    piped = await stack.earshot("--json", "classify", stdin="deposit failed again\n\nhello\n")
    assert len(piped.json["results"]) == 2
    assert (await stack.earshot("classify")).code == ExitCode.USAGE


async def test_stats(stack: StackRig) -> None:
    done = await stack.earshot("stats", "--days", "3660", "--group-by", "source")
    assert done.code == ExitCode.OK, done.err
    assert "total" in done.out
    assert "\x1b" not in done.out
    as_json = await stack.earshot("stats", "--json", "--category", "deposit")
    assert as_json.json["query"]["filters"]["categories"]["any_of"] == ["deposit"]
    wrong = await stack.earshot("stats", "--start", "garbage")
    assert wrong.code == ExitCode.FAILED
    assert "2026-03-01T09:30:00Z" in wrong.err
    assert "request id" in wrong.err


async def test_ask(stack: StackRig) -> None:
    done = await stack.earshot_process("ask", "how many messages came in yesterday,", "by hour?")
    assert done.code == ExitCode.OK, done.err
    assert "understood as:" in done.out
    assert "receipt" in done.out
    assert "\x1b" not in done.out
    as_json = await stack.earshot("ask", "--json", "top reasons last week")
    assert {"answer", "interpretation", "receipt_id"} <= set(as_json.json)


async def test_ask_goes_on_where_a_broken_connection_left_off(stack: StackRig) -> None:
    question = "how many messages came in yesterday, by hour?"
    whole = await stack.earshot("ask", question)
    async with cutting_proxy(stack.stack.url, [1000, 1600, 1000]) as proxy:
        cut = await stack.earshot("--url", proxy.url, "ask", question, environment={"EARSHOT_TOKEN": token_of(stack)})
    assert cut.code == ExitCode.OK, cut.err
    assert proxy.connections == 4
    assert _told(cut.out) == _told(whole.out)


def _told(out: str) -> str:
    return out.partition("understood as:")[0]


async def test_chat_through_a_pipe(stack: StackRig) -> None:
    done = await stack.earshot_process(
        "chat", stdin="how many messages came in yesterday?\n/help\nand last week?\n/quit\nno\n"
    )
    assert done.code == ExitCode.OK, done.err
    assert done.out.count("understood as:") == 2
    listed = (await stack.earshot("chat", "--list", "--json")).json["sessions"]
    assert listed[0]["turn_count"] == 2
    again = await stack.earshot("chat", "--session", listed[0]["id"], "--json", stdin="and by source?\n")
    names = [json.loads(line)["event"] for line in again.out.splitlines()]
    assert (names[0], names[-1]) == ("started", "completed")
    missing = await stack.earshot("chat", "--session", str(uuid4()), stdin="hello\n")
    assert missing.code == ExitCode.FAILED


async def test_import_lists_refused_rows_and_stores_nothing_twice(stack: StackRig, tmp_path: Path) -> None:
    file, source = tmp_path / "messages.csv", f"cli-{uuid4().hex[:8]}"
    file.write_bytes(BROKEN)
    done = await stack.earshot("import", str(file), *COLUMNS, "--source", source)
    assert done.code == ExitCode.ROWS_REFUSED, done.err
    assert "9 rows: 3 stored, 0 were stored before, 6 refused." in done.out
    assert "row 3" in done.err
    assert "\x1b" not in done.err
    again = await stack.earshot("import", str(file), *COLUMNS, "--source", source, "--json")
    assert (again.json["created"], again.json["existing"], again.json["failed"]) == (0, 3, 6)
    assert sorted({error["row"] for error in again.json["errors"]}) == [3, 4, 5, 6, 8, 9]
    assert await stored(stack, source) == 3


async def test_an_import_without_times_says_that_its_rows_get_its_own(stack: StackRig, tmp_path: Path) -> None:
    file = tmp_path / "messages.csv"
    file.write_text("text,when\nhello,2026-03-01T09:30:00Z\n", encoding="utf-8")
    assert "--timestamp-column" in (await stack.earshot("import", str(file), "--dry-run")).err
    named = ("--timestamp-column", "when", "--user-id", "ana")
    told = await stack.earshot("import", str(file), "--dry-run", *named)
    assert (told.code, told.err) == (ExitCode.OK, "")


async def test_an_import_says_how_many_rows_count_as_one_person(stack: StackRig, tmp_path: Path) -> None:
    file = tmp_path / "messages.csv"
    file.write_text("text,who\nhello,ana\nhi,\ngood day,\n", encoding="utf-8")
    without = await stack.earshot("import", str(file), "--dry-run")
    assert "3 rows do not say who wrote them" in without.err
    assert "--user-column" in without.err
    some = await stack.earshot("import", str(file), "--user-column", "who")
    assert "2 rows do not say who wrote them" in some.err
    assert "--user-column" not in some.err
    as_json = await stack.earshot("import", str(file), "--user-column", "who", "--json")
    assert (as_json.json["existing"], as_json.json["without_user"]) == (3, 2)


async def test_the_same_file_without_ids_again_stores_nothing_twice(stack: StackRig, tmp_path: Path) -> None:
    file, source = many(tmp_path, 20), f"twice-{uuid4().hex[:8]}"
    await stack.earshot("import", str(file), "--source", source)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(file.read_bytes())
    tried = await stack.earshot("import", str(copy), "--source", source, "--dry-run", "--json")
    assert (tried.json["created"], tried.json["existing"]) == (0, 20)
    again = await stack.earshot("import", str(copy), "--source", source)
    assert "imported before" in again.err
    assert "20 rows: 0 stored, 20 were stored before, 0 refused." in again.out
    assert await stored(stack, source) == 20


async def test_a_dry_run_tells_what_an_import_would_do(stack: StackRig, tmp_path: Path) -> None:
    file, source = tmp_path / "messages.csv", f"dry-{uuid4().hex[:8]}"
    file.write_bytes(BROKEN)
    tried = await stack.earshot("import", str(file), *COLUMNS, "--source", source, "--dry-run")
    assert tried.code == ExitCode.ROWS_REFUSED, tried.err
    assert "9 rows: 3 would be stored, 0 are stored already, 6 would be refused. Nothing was stored." in tried.out
    assert "row 3" in tried.err
    assert await stored(stack, source) == 0
    await stack.earshot("import", str(file), *COLUMNS, "--source", source)
    again = await stack.earshot("import", str(file), *COLUMNS, "--source", source, "--dry-run", "--json")
    assert (again.json["created"], again.json["existing"], again.json["failed"]) == (0, 3, 6)


async def test_import_goes_on_over_broken_connections(stack: StackRig, tmp_path: Path) -> None:
    file, source = many(tmp_path, 6000), f"cut-{uuid4().hex[:8]}"
    async with cutting_proxy(stack.stack.url, [1100, 10, 1300]) as proxy:
        done = await stack.earshot(
            "--url",
            proxy.url,
            "--json",
            "import",
            str(file),
            "--source",
            source,
            environment={"EARSHOT_TOKEN": token_of(stack)},
        )
    assert done.code == ExitCode.OK, done.err
    assert proxy.connections == 4
    assert (done.json["rows"], done.json["failed"]) == (6000, 0)
    assert await stored(stack, source) == 6000


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def test_import_stopped_with_ctrl_c_is_resumed_by_the_same_command(stack: StackRig, tmp_path: Path) -> None:
    file, source = many(tmp_path, 6000), f"stop-{uuid4().hex[:8]}"
    async with cutting_proxy(stack.stack.url, [1100], stall=True) as proxy:
        environment = stack.environment({"EARSHOT_TOKEN": token_of(stack), "EARSHOT_URL": proxy.url})
        command = [sys.executable, "-m", "gateway.cli", "--json", "import", str(file), "--source", source]
        pipe = asyncio.subprocess.PIPE
        # A run of the tests in a script's background ignores Ctrl-C, and so would the command.
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stderr=pipe, stdout=pipe, preexec_fn=_heed_ctrl_c
        )
        await proxy.reached.wait()
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()
        assert process.returncode == ExitCode.INTERRUPTED
        assert b"Run the same command again" in err
        done = await stack.earshot(*command[3:], environment=environment)
        assert "Going on with an import" in done.err
        assert (done.json["rows"], done.json["failed"]) == (6000, 0)
        assert done.json["existing"] > 0
        assert await stored(stack, source) == 6000
        file.write_text("text\nnew\n", encoding="utf-8")
        fresh = await stack.earshot(*command[3:], environment=environment)
        assert "Going on" not in fresh.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--text-column", "body"], "'body'"),
        (["--time-zone", "Mars/Olympus"], "IANA"),
        (["--timestamp-format", "%d%d"], "strptime"),
        (["--format", "xml"], "format"),
        (["--delimiter", ",,"], 'must be one character, such as ";", or "tab".'),
    ],
)
async def test_bad_import_options_are_sentences(stack: StackRig, tmp_path: Path, options: list[str], says: str) -> None:
    done = await stack.earshot("import", str(many(tmp_path, 1)), *options)
    assert done.code == (ExitCode.USAGE if "--delimiter" in options else ExitCode.FAILED)
    assert says in done.err
    assert "Traceback" not in done.err


async def test_login_is_kept_and_used(stack: StackRig, tmp_path: Path) -> None:
    home = {"EARSHOT_HOME": str(tmp_path / "none"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    unknown = await stack.earshot("--url", stack.stack.url, "stats", environment=home)
    assert unknown.code == ExitCode.NOT_LOGGED_IN
    assert "earshot login" in unknown.err
    password = {**home, "EARSHOT_PASSWORD": stack.admin.password}
    login = ["--url", stack.stack.url, "login", "--username", stack.admin.username]
    wrong = await stack.earshot(*login, environment={**password, "EARSHOT_PASSWORD": "wrong"})
    assert wrong.code == ExitCode.NOT_LOGGED_IN
    done = await stack.earshot(*login, environment=password)
    assert done.code == ExitCode.OK, done.err
    assert stack.admin.password not in done.out + done.err
    assert (tmp_path / "config" / "earshot" / "login.json").stat().st_mode & 0o777 == 0o600
    assert (await stack.earshot("stats", environment=home)).code == ExitCode.OK
    bad = await stack.earshot("--token", "nonsense", "stats", environment=home)
    assert bad.code == ExitCode.NOT_LOGGED_IN


async def test_nobody_there(stack: StackRig) -> None:
    done = await stack.earshot("--url", "http://127.0.0.1:1", "stats")
    assert done.code == ExitCode.NOT_REACHABLE
    assert "make run" in done.err
    as_json = await stack.earshot_process("--url", "http://127.0.0.1:1", "--json", "stats")
    assert json.loads(as_json.err)["hint"]
    assert as_json.out == ""


@pytest.mark.parametrize("arguments", [["stats", "--days", "x"], ["nonsense"], ["import"], ["--url", "foo", "stats"]])
async def test_usage(stack: StackRig, arguments: list[str]) -> None:
    assert (await stack.earshot(*arguments)).code == ExitCode.USAGE


async def test_doctor(stack: StackRig) -> None:
    done = await stack.earshot("doctor", "--json")
    found = {check["name"]: check for check in done.json["checks"]}
    assert {"python", "model", "disk", "gateway", "classifier", "store", "chat", "login"} <= set(found)
    for name in ("gateway", "classifier", "store", "chat", "login", "clock", "model"):
        assert found[name]["state"] == "ok", found[name]
    assert found["clock"]["detail"] == "as that of gateway and database"
    away = await stack.earshot("--url", "http://127.0.0.1:1", "doctor")
    assert away.code == ExitCode.FAILED
    assert "make run" in away.out
    local = await stack.earshot("--url", "http://127.0.0.1:1", "doctor", "--local")
    assert "gateway" not in local.out.splitlines()[-1]


async def test_what_is_asked_back_is_shown_once_and_without_an_older_reading(stack: StackRig) -> None:
    asked = "how many messages came in yesterday?\nwelcome bonus complaints yesterday\nwhat do you remember\n"
    done = await stack.earshot("chat", "--new", stdin=asked)
    assert done.code == ExitCode.OK, done.err
    assert done.out.count('How many of them mention "welcome"?') == 1
    assert done.out.count("understood as:") == 1

"""The workflows: what they may, what they pin, and that every command of theirs is one of ours (O4, O15, O19)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / ".github/workflows").glob("*.yml")}
TARGETS = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"]]
WRITES = {("release", "images"): {"packages"}, ("release", "release"): {"contents"}}


def steps(name: str, job: str) -> list[dict[str, Any]]:
    return list(WORKFLOWS[name]["jobs"][job]["steps"])


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_a_job_may_as_little_as_it_needs(name: str, job: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    granted = WORKFLOWS[name]["jobs"][job].get("permissions", {})
    assert {scope for scope, level in granted.items() if level == "write"} == WRITES.get((name, job), set())
    assert WORKFLOWS[name]["jobs"][job]["timeout-minutes"] <= 90


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_actions_have_a_version(name: str, job: str) -> None:
    used = [step["uses"] for step in steps(name, job) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})", action) for action in used)


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_commands_are_those_of_the_makefile(name: str, job: str) -> None:
    for step in steps(name, job):
        for target in re.findall(r"make ([a-z-]+)", step.get("run", "")):
            assert target in TARGETS


def test_the_model_is_measured_each_night_and_before_each_change_of_it() -> None:
    events = WORKFLOWS["evaluate"][True]  # YAML 1.1 reads the key `on` as true
    assert events["schedule"]
    assert "services/classifier/**" in events["pull_request"]["paths"]
    assert [step["run"] for step in steps("evaluate", "evaluate") if "run" in step] == [
        "make check-data",
        "make evaluate",
    ]


def test_tests_of_every_folder_run_in_some_job() -> None:
    given = " ".join(
        step.get("run", "") for _, job in JOBS for step in WORKFLOWS["ci"]["jobs"].get(job, {}).get("steps", [])
    )
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py"))}
    named = set(re.findall(r"tests/([a-z0-9]+)(?= |\"|$|/)", given)) | {"images"}  # by `make images-check`
    assert folders - {"training"} <= named  # training needs PyTorch: `make test-training`


def test_stages_come_one_after_the_other() -> None:
    jobs = WORKFLOWS["ci"]["jobs"]
    needs = {
        name: set([job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", []))
        for name, job in jobs.items()
    }
    assert needs["unit"] == {"lint", "types"}
    assert needs["integration"] == needs["browser"] == needs["clusters"] == {"unit"}
    assert needs["images"] == {"integration", "clusters", "browser"}
    assert WORKFLOWS["release"]["jobs"]["release"]["needs"] == "images"


def test_renovate_keeps_together_what_must_move_together() -> None:
    rules = json.loads((ROOT / "renovate.json").read_text("utf-8"))["packageRules"]
    (rpc,) = (rule for rule in rules if rule.get("groupName") == "rpc")
    assert {"/^grpcio/", "protobuf", "/^betterproto2/"} <= set(rpc["matchPackageNames"])

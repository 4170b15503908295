"""Licences and advisories of what Earshot depends on: the list is today's, and nothing is called good unasked (T68)."""

import json
import re
from typing import Any

import pytest
from packaging.markers import Marker

from deploy.supply.audit import findings
from deploy.supply.licences import IMAGES, PAGE, ROOT, Package, locked, normalised, page_packages, python_packages, spdx

ROW = re.compile(r"^\| (?P<name>\S+) \| (?P<version>\S+) \| (?P<licence>[^|]+) \|$", re.MULTILINE)


def listed() -> dict[str, list[Package]]:
    """The two tables of the page."""
    images, page = PAGE.read_text(encoding="utf-8").split("## Page")
    return {
        name: [
            Package(name=row["name"], version=row["version"], licence=row["licence"])
            for row in ROW.finditer(text)
            if row["name"] not in {"package", "---"}
        ]
        for name, text in (("images", images), ("page", page))
    }


def test_every_package_of_the_images_is_listed_in_its_version() -> None:
    wanted = {
        (name, version)
        for image in IMAGES
        for name, version, marker in locked(image)
        if not marker or Marker(marker).evaluate({"python_full_version": "3.11.9", "python_version": "3.11"})
    }
    assert {(package.name, package.version) for package in listed()["images"]} == wanted, "run `make licences`"


def test_every_package_of_the_page_is_listed_in_its_version() -> None:
    lock = json.loads((ROOT / "gateway" / "web" / "package-lock.json").read_text(encoding="utf-8"))
    assert listed()["page"] == page_packages(lock), "run `make licences`"


def test_nothing_is_under_a_licence_that_is_not_allowed() -> None:
    assert not [package for packages in listed().values() for package in packages if not package.allowed]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("GPL-2.0-only OR MIT", True),
        ("MIT AND LGPL-3.0-only", False),
        ("Apache-2.0 AND MIT OR GPL-3.0-only", True),
        ("UNKNOWN", False),
        ("-", False),
    ],
)
def test_of_alternatives_one_must_be_allowed_and_of_several_all(licence: str, *, allowed: bool) -> None:
    assert Package(name="a", version="1", licence=licence).allowed is allowed


def test_licences_of_classifiers_become_expressions() -> None:
    assert spdx("Apache Software License; MIT License") == "Apache-2.0 AND MIT"
    report = [
        {"Name": "Not_Ours", "Version": "1", "License": "MIT"},
        {"Name": "PyYAML", "Version": "6", "License": "MIT"},
    ]
    assert [package.name for package in python_packages(report, {"pyyaml"})] == ["pyyaml"]
    assert normalised("A.b__C") == "a-b-c"


def test_what_could_not_be_asked_about_is_said_and_not_called_good() -> None:
    report: list[dict[str, Any]] = [
        {"name": "a", "version": "1", "vulns": []},
        {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited: b (1)"},
    ]
    found = findings(report)
    assert "1 packages could NOT be asked about" in found.text("store")
    assert (found.code(strict=False), found.code(strict=True)) == (0, 1)


def test_a_known_vulnerability_fails_with_what_mends_it() -> None:
    found = findings([{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}])
    assert found.code(strict=False) == 1
    assert "a 1: PYSEC-1, mended in 1.1" in found.text("store")


def test_every_lock_has_hashes_and_names_no_address() -> None:
    """T68: pip installs nothing of them that is not byte for byte what was locked, and fails closed."""
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert len(locks) >= len(IMAGES)
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        for entry in re.split(r"\n(?=\w)", text.strip()):
            assert re.match(r"[\w.-]+(\[[\w,-]+\])?==", entry), (lock.name, entry[:60])
            assert "--hash=sha256:" in entry, (lock.name, entry[:60])
        assert "://" not in text

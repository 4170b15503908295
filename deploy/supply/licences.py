"""`pip-licenses --format=json | python -m deploy.supply.licences`: writes docs/licences.md, or names what may not stay.

The list holds what reaches users: packages of the four images as Linux installs them, and of the page as its lock file
has them. Allowed are licences that ask for no more than a notice, and MPL-2.0, which binds changes to its own files: we
change none.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "licences.md"
IMAGES: Final = ("classifier", "store", "chat", "gateway")
ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
_SPDX: Final[Mapping[str, str]] = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""Names that classifiers have, where a package has no SPDX expression. "BSD License" is any; both are allowed."""

HEAD: Final = """# Licences

What Earshot's images and page hold, made by `make licences` from the locks and the packages' own words; a test compares
it with the locks and the allowed licences. Earshot itself is MIT. MPL-2.0 binds changes of its own files, and none is
changed here. Debian's packages in the images keep their texts in `/usr/share/doc`; its Python
3.11.2 has async-timeout (Apache-2.0) installed beside what stands here.
"""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Package:
    """One package under its normalised name."""

    name: str
    version: str
    licence: str

    @property
    def allowed(self) -> bool:
        """Whether its licence may be used: of alternatives one must be allowed, of several at once all."""
        ways = self.licence.split(" OR ")
        return any(all(part in ALLOWED for part in way.split(" AND ")) for way in ways)


def normalised(name: str) -> str:
    """The name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def spdx(text: str) -> str:
    """A licence as an SPDX expression where it is known as one, else as it is."""
    return " AND ".join(_SPDX.get(part, part) for part in text.split("; "))


def python_packages(report: Iterable[Mapping[str, str]], wanted: set[str]) -> list[Package]:
    """Those of pip-licenses' report that are wanted."""
    packages = [
        Package(name=normalised(item["Name"]), version=item["Version"], licence=spdx(item["License"]))
        for item in report
    ]
    return sorted(package for package in packages if package.name in wanted)


def page_packages(lock: Mapping[str, Any]) -> list[Package]:
    """What the page's lock file installs for its users' browsers."""
    return sorted(
        {
            Package(name=path.rpartition("node_modules/")[2], version=item["version"], licence=item.get("license", "-"))
            for path, item in lock["packages"].items()
            if path and not item.get("dev") and not item.get("optional") and not item.get("link")
        }
    )


def locked(image: str) -> list[tuple[str, str, str]]:
    """(normalised name, version, marker) of every line of an image's lock; some packages have a line per Python."""
    lines = (ROOT / "requirements" / f"{image}.txt").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+))?", line) for line in lines)
    return [(normalised(item["name"]), item["version"], (item["marker"] or "").strip()) for item in found if item]


def table(packages: Iterable[Package]) -> list[str]:
    """Lines of a table."""
    rows = [f"| {package.name} | {package.version} | {package.licence} |" for package in packages]
    return ["| package | version | licence |", "|---|---|---|", *rows, ""]


def main() -> int:
    """Entry point; returns the exit code."""
    wanted = {name for image in IMAGES for name, _, _ in locked(image)}
    lock = json.loads((ROOT / "gateway" / "web" / "package-lock.json").read_text(encoding="utf-8"))
    python, page = python_packages(json.load(sys.stdin), wanted), page_packages(lock)
    refused = [package for package in (*python, *page) if not package.allowed]
    for package in refused:
        print(f"{package.name} {package.version} is under {package.licence}, which is not allowed")
    if refused:
        return 1
    text = "\n".join([HEAD, "## Images", "", *table(python), "## Page", "", *table(page)])
    PAGE.write_text(text, encoding="utf-8")
    print(f"{len(python)} packages of the images and {len(page)} of the page, all under allowed licences")
    return 0


if __name__ == "__main__":
    sys.exit(main())

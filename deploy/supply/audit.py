"""`pip-audit … --format json | python -m deploy.supply.audit IMAGE [--strict]`: what of it must be acted upon.

Exit 1 where a package has a known vulnerability. Packages that could not be asked about (no network, or an index
without advisories) are counted and said, and are a failure with `--strict` only: pip-audit itself would call them good.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What an audit found."""

    asked: int
    unasked: int
    vulnerable: tuple[str, ...]
    """One line for each: package, version, advisories, versions that mend it."""

    def text(self, image: str) -> str:
        """What a person reads."""
        lines = [f"{image}: {self.asked} packages asked about, {len(self.vulnerable)} with known vulnerabilities"]
        if self.unasked:
            lines.append(f"{image}: {self.unasked} packages could NOT be asked about; nothing is known of them")
        return "\n".join([*lines, *self.vulnerable])

    def code(self, *, strict: bool) -> int:
        """The exit code."""
        return int(bool(self.vulnerable) or (strict and self.unasked > 0))


def findings(report: Iterable[dict[str, Any]]) -> Findings:
    """The findings in the `dependencies` of pip-audit's report."""
    packages = list(report)
    asked = [package for package in packages if "skip_reason" not in package]
    return Findings(
        asked=len(asked),
        unasked=len(packages) - len(asked),
        vulnerable=tuple(_line(package) for package in asked if package["vulns"]),
    )


def _line(package: dict[str, Any]) -> str:
    said = "; ".join(f"{vuln['id']}, mended in {' '.join(vuln['fix_versions']) or '-'}" for vuln in package["vulns"])
    return f"  {package['name']} {package['version']}: {said}"


def main() -> int:
    """Entry point; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.supply.audit", description=__doc__)
    parser.add_argument("image")
    parser.add_argument("--strict", action="store_true")
    given = parser.parse_args()
    text = sys.stdin.read().strip()
    if not text:
        print(f"{given.image}: NOT audited, pip-audit reached nobody")
        return int(given.strict)
    found = findings(json.loads(text)["dependencies"])
    print(found.text(given.image))
    return found.code(strict=given.strict)


if __name__ == "__main__":
    sys.exit(main())

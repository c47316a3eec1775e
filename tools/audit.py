"""Known weaknesses of all that the locks pin, by pip-audit from the database OSV; the outcome in out/supply/audit.txt.

Ends with 0 only if the database answered for every single package of every lock and knows nothing against any; with 1 if
it knows something; with 3, and the words NOT AUDITED, if it could not be asked or left a package out. Before anything
else it is asked for a version whose weakness is public: a database that does not know that one says nothing about others.
Packages for other platforms count too, so their markers are taken off before pip-audit, which would leave them out.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tools.pins import pins

OUTCOME = Path("out/supply/audit.txt")
SERVICE = "https://api.osv.dev/v1/query"
PASSED, WEAK, NOT_AUDITED = 0, 1, 3
KNOWN_WEAK = ("pyyaml", "5.3")  # CVE-2020-1747: its full loader runs what it reads; mended in 5.3.1
UNREACHED = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|Could not connect|Max retries|resolve|unreachable", re.IGNORECASE
)
UNREACHABLE = "the database of vulnerabilities could not be reached"

Package = tuple[str, str]  # name and version


@dataclass(frozen=True, slots=True)
class Answer:
    """What pip-audit reported: for each package that it looked up its weaknesses; `trouble` says why it gave up."""

    found: Mapping[Package, tuple[str, ...]]
    trouble: str = ""


def wanted(locks: Mapping[str, str]) -> dict[Package, list[str]]:
    """All packages of the locks' texts, and which locks pin each."""
    packages: dict[Package, list[str]] = defaultdict(list)
    for name, text in sorted(locks.items()):
        for one in pins(text):
            packages[one.name, one.version].append(name)
    return dict(packages)


def layers(packages: Iterable[Package]) -> list[list[Package]]:
    """The packages in groups with one version of a name in each, since pip-audit takes no two at once."""
    groups: list[dict[str, str]] = []
    for name, version in sorted(packages):
        group = next((one for one in groups if name not in one), None)
        if group is None:
            groups.append(group := {})
        group[name] = version
    return [list(group.items()) for group in groups]


def ask(packages: Iterable[Package], service: str) -> Answer:
    """Run pip-audit over some packages."""
    with TemporaryDirectory() as folder:
        lock, report = Path(folder, "lock.txt"), Path(folder, "report.json")
        lock.write_text("".join(f"{name}=={version}\n" for name, version in packages), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--strict", "--disable-pip", "--no-deps", "--requirement", str(lock)]
        command += ["--vulnerability-service", "osv", "--osv-url", service, "--progress-spinner", "off"]
        command += ["--format", "json", "--output", str(report), "--cache-dir", str(Path(folder, "cache"))]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        if not report.exists():
            return Answer({}, trouble(done.stderr))
        return Answer(dict(answered(json.loads(report.read_text(encoding="utf-8")))))


def trouble(complaint: str) -> str:
    """One line from what pip-audit complained."""
    last = (complaint.strip().splitlines() or ["it said nothing"])[-1].strip()
    return UNREACHABLE if UNREACHED.search(complaint) else f"pip-audit gave up: {last[:200]}"


def answered(report: Mapping[str, list[dict[str, Any]]]) -> Iterator[tuple[Package, tuple[str, ...]]]:
    """Each package of pip-audit's report that was looked up, with what is known against it; a skipped one is left out."""
    for one in report["dependencies"]:
        if "skip_reason" not in one:
            yield (one["name"], one["version"]), tuple(sorted(weakness["id"] for weakness in one["vulns"]))


def audit(packages: Mapping[Package, list[str]], service: str) -> tuple[int, list[str]]:
    """The exit code, and what to tell."""
    control = ask([KNOWN_WEAK], service)
    if control.trouble:
        return NOT_AUDITED, [f"NOT AUDITED: {control.trouble}"]
    if not control.found.get(KNOWN_WEAK):
        return NOT_AUDITED, [
            f"NOT AUDITED: the database knows nothing against {'=='.join(KNOWN_WEAK)}, which is known to be weak"
        ]
    answers = [ask(group, service) for group in layers(packages)]
    found = {package: weak for one in answers for package, weak in one.found.items()}
    lines = [
        f"  {name}=={version} ({', '.join(packages[name, version])}): {', '.join(found[name, version])}"
        for name, version in sorted(found.keys() & packages.keys())
        if found[name, version]
    ]
    troubles = [one.trouble for one in answers if one.trouble]
    silent = sorted(packages.keys() - found.keys())
    if silent:
        named = ", ".join("==".join(one) for one in silent[:5]) + (", ..." if len(silent) > 5 else "")
        troubles.append(f"{len(silent)} of {len(packages)} packages were not looked up: {named}")
    tell = [*lines, *(f"NOT AUDITED: {one}" for one in troubles)]
    if lines:
        return WEAK, [*tell, f"audit: {len(lines)} of {len(packages)} packages have known weaknesses"]
    return (NOT_AUDITED, tell) if troubles else (PASSED, [f"audit: {len(packages)} packages looked up, no known weakness"])


def main(arguments: list[str] | None = None, root: Path = Path()) -> int:
    """Audit the locks of the project under `root`, write and print the outcome, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--service", default=SERVICE, help="where the database OSV, or a copy of it, answers")
    given = parser.parse_args(arguments)
    locks = {path.stem: path.read_text(encoding="utf-8") for path in sorted((root / "locks").glob("*.txt"))}
    locks.pop("overrides", None)  # what a lock may leave aside, and no lock itself
    code, lines = audit(wanted(locks), given.service)
    (root / OUTCOME).parent.mkdir(parents=True, exist_ok=True)
    (root / OUTCOME).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""The licences of all packages that the locks pin, in out/supply/licences.md, and whether a user may have each.

Reads what the installed packages say about themselves: those of .venv, and of the environments of the peers where they
are there. For what a user can install (the base and every extra but those for work on the project) a licence must be
permissive, or weak copyleft (LGPL, MPL), which binds those who change that library. Strong copyleft, and what nobody
knows, fails. What only tests, checks, pages and peers need is never passed on: it is listed apart and fails nothing.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from tools.pins import BASE, Pin, brought, plain, read
from tools.pins import INSIDE as EXTRAS_INSIDE
from tools.spdx import Family, family, said

TABLE = Path("out/supply/licences.md")
LOCKS = ("test", "check", "docs")
INSIDE = EXTRAS_INSIDE | {"build", "peer"}  # nothing of these is passed on to a user
ALLOWED = frozenset({Family.PERMISSIVE, Family.WEAK})

# What a person settled: the licence, and how it is known. An entry that the package contradicts, or that no lock needs,
# is a fault.
SETTLED = {
    "aeventkit": ("BSD-2-Clause", "its licence file; the classifier names BSD and `Other/Proprietary` at once"),
    "apsw": ("Zlib", "its licence file, which offers any open-source licence as well"),
    "axe-playwright-python": ("MIT", "its licence file"),
    "colorama": ("BSD-3-Clause", "its licence file; installed on Windows alone"),
    "httpx2-jsfetch": ("BSD-3-Clause", "its metadata; installed in a browser's Python alone"),
    "ib-async": ("BSD-2-Clause", "its licence file; the classifier says `Other/Proprietary`"),
    "importlib-metadata": ("Apache-2.0", "its metadata; installed on Python 3.11 alone"),
    "lazy-importer": ("Apache-2.0", "its metadata; installed on Python 3.11 alone"),
    "multitasking": ("Apache-2.0", "its licence file; the metadata name no version"),
    "peewee": ("MIT", "its licence file"),
    "pywin32": ("PSF-2.0", "its classifier; installed on Windows alone"),
    "vectorbt": ("LicenseRef-Apache-2.0-Commons-Clause", "its licence file: not open source, a yardstick alone"),
    "zipp": ("MIT", "its metadata; installed on Python 3.11 alone"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One package: `bringers` are the extras that bring it, or the work it is for; `fault` is what is wrong."""

    name: str
    version: str
    licence: str
    family: Family
    bringers: frozenset[str]
    fault: str = ""
    remark: str = ""


Said = Mapping[str, tuple[str, str]]  # by name: version, and what it says


def installed(found: Iterable[Distribution]) -> dict[str, tuple[str, str]]:
    """By name, the version of each installed package and what it says about its licence."""
    told = {}
    for one in found:
        meta = one.metadata
        name, expression, field = ((meta.get_all(key) or [""])[0] for key in ("Name", "License-Expression", "License"))
        classes = [text for text in meta.get_all("Classifier") or [] if text.startswith("License")]
        told[plain(name)] = (one.version, said(expression, field, classes))
    return told


def row(one: Pin, bringers: frozenset[str], told: Said, settled: Said) -> Row:
    """The row of one package; a package of another version than the lock's says nothing about it."""
    version, licence = told.get(one.name, ("", ""))
    remark = "" if version else "not installed here"
    if version and version != one.version:
        licence, remark = "", f"{version} is installed"
    stated, reason = settled.get(one.name, ("", ""))
    kind = family(licence or stated)
    fault = ""
    if stated and licence not in ("", stated):
        fault = f"settled as {stated}, but it says {licence}: look again"
    elif kind not in ALLOWED and bringers - INSIDE:
        fault = f"{kind}" + (f" ({remark})" if remark else "") + ": leave it out, or settle it in tools/licences.py"
    return Row(one.name, one.version, licence or stated or "?", kind, bringers, fault, reason or remark)


def stale(settled: Iterable[str], names: Iterable[str]) -> list[str]:
    """Entries that nobody needs."""
    return sorted(set(settled) - set(names))


def table(title: str, rows: Iterable[Row], about: str) -> list[str]:
    """A Markdown table under its title."""
    lines = [f"## {title}", "", about, "", "| package | version | licence | family | brought by | |", "|---" * 6 + "|"]
    for one in sorted(rows, key=lambda one: (one.family in ALLOWED, one.name)):
        remark = one.fault or one.remark
        bringers = BASE if BASE in one.bringers else ", ".join(sorted(one.bringers))
        lines.append(f"| {one.name} | {one.version} | {one.licence} | {one.family} | {bringers} | {remark} |")
    return [*lines, ""]


def of_project(root: Path, told: Said) -> tuple[list[Row], list[Row]]:
    """The rows of what users can install, and of what is for work on the project alone."""
    locked, extras = read(root, LOCKS[0])
    bringers = brought(locked, extras)
    rows = [row(one, bringers[one.name] or frozenset({"build"}), told, SETTLED) for one in locked]
    seen = {one.name for one in locked}
    for lock in LOCKS[1:]:
        more = [one for one in read(root, lock)[0] if one.name not in seen]
        rows += [row(one, frozenset({lock}), told, SETTLED) for one in more]
        seen |= {one.name for one in more}
    return [one for one in rows if one.bringers - INSIDE], [one for one in rows if not one.bringers - INSIDE]


def of_peer(root: Path, peer: str) -> list[Row]:
    """The rows of a peer's environment; without one, every licence in it is unknown."""
    told = installed(distributions(path=[str(path) for path in (root / f".venv-{peer}").glob("lib/python*/site-packages")]))
    return [row(one, frozenset({"peer"}), told, SETTLED) for one in read(root, peer)[0]]


def counted(rows: Iterable[Row]) -> str:
    """How many of each family."""
    counts = Counter(one.family for one in rows)
    return ", ".join(f"{counts[one]} {one}" for one in Family if counts[one])


def main(root: Path = Path()) -> int:
    """Write the table of the project under `root`, print what is wrong, and return the exit code."""
    theirs, ours = of_project(root, installed(distributions()))
    peers = {path.stem: of_peer(root, path.stem) for path in sorted((root / "locks").glob("peer-*.txt"))}
    lines = ["# Licences", "", "Made by `make supply` from locks/ and from what the installed packages say.", ""]
    lines += table("What a user can install", theirs, f"{len(theirs)} packages: {counted(theirs)}.")
    lines += table("For work on the project alone", ours, f"{len(ours)} packages, never passed on: {counted(ours)}.")
    for peer, rows in peers.items():
        lines += table(f"Of {peer}", rows, f"{len(rows)} packages, for `make bench` alone: {counted(rows)}.")
    (root / TABLE).parent.mkdir(parents=True, exist_ok=True)
    (root / TABLE).write_text("\n".join(lines), encoding="utf-8")
    every = [one for rows in (theirs, ours, *peers.values()) for one in rows]
    faults = [f"  {one.name} {one.version} ({', '.join(sorted(one.bringers))}): {one.fault}" for one in every if one.fault]
    idle = stale(SETTLED, (one.name for one in every))
    faults += [f"  {name} is settled in tools/licences.py, but no lock has it: take it out" for name in idle]
    print(*faults, f"licences: {len(theirs)} packages for users: {counted(theirs)}; {len(faults)} faults", sep="\n")
    print(f"  {len(ours)} for work on the project alone: {counted(ours)}; table in {TABLE}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

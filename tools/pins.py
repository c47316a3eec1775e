"""What a lock pins, and which part of the project asked for it.

A lock names beside each package what needs it (`# via`); the extras of pyproject.toml say which of the first are whose.
Following the one from the other tells for every package which extras bring it. A package that another needs only under
an extra of its own counts as brought all the same: too much is reported, never too little.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE = "base"
INSIDE = frozenset({"test", "check", "docs"})  # extras for those who work on the project: no user installs them
HEAD = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+?))?\s*\\?$")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VIA = re.compile(r"^\s+#\s+(?:via\s+)?(?P<who>\S.*?)\s*$")
NAME = re.compile(r"^[A-Za-z0-9][\w.-]*")
ROOT = "trimtab (pyproject.toml"  # how a lock writes the project itself; a dependency group follows after a colon


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock: `marker` says where it is installed at all, `via` what needs it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    via: tuple[str, ...]


def plain(name: str) -> str:
    """A package's name as an index writes it: `Ruamel_YAML` becomes `ruamel-yaml`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> tuple[Pin, ...]:
    """The packages of a lock, by name. Raises ValueError for a line it does not understand and for a pin without a hash."""
    found = [pin(block) for block in blocks(text)]
    for one in found:
        if not one.hashes:
            raise ValueError(f"{one.name}=={one.version} has no hash: make the lock anew with `make lock`.")
    return tuple(sorted(found, key=lambda one: (one.name, one.version)))


def blocks(text: str) -> list[list[str]]:
    """The lines of each package, its own line first."""
    found: list[list[str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            found.append([line])
        elif found:
            found[-1].append(line)
        else:
            raise ValueError(f"line {number} of the lock belongs to no package: {line.strip()!r}")
    return found


def pin(block: list[str]) -> Pin:
    """One package from its lines."""
    if not (head := HEAD.match(block[0])):
        raise ValueError(f"{block[0]!r} pins no package to one version: make the lock anew with `make lock`.")
    told = [found["who"] for line in block[1:] if (found := VIA.match(line)) and found["who"] != "via"]
    who = [one for one in told if not one.startswith("--")]  # an override is no package: what it overrides stands beside it
    return Pin(
        plain(head["name"]),
        head["version"],
        head["marker"] or "",
        tuple(sorted(HASH.findall("\n".join(block)))),
        tuple(sorted(one if one.startswith(ROOT) else plain(one) for one in who)),
    )


def asked(project: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The names that pyproject.toml asks for: under `base`, and under each extra. Versions and markers are left out."""
    table = project["project"]
    extras = {BASE: table["dependencies"], **table["optional-dependencies"]}
    return {extra: frozenset(map(name_of, wanted)) for extra, wanted in extras.items()}


def name_of(requirement: str) -> str:
    """The package that a requirement such as `psycopg[binary]>=3.2` names."""
    if not (found := NAME.match(requirement)):
        raise ValueError(f"{requirement!r} names no package.")
    return plain(found[0])


def brought(locked: Iterable[Pin], extras: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """For each package of the lock the extras that bring it; none for what the build alone needs."""
    needs: dict[str, set[str]] = defaultdict(set)
    names = set()
    for one in locked:
        names.add(one.name)
        for who in one.via:
            needs[who].add(one.name)
    found: dict[str, set[str]] = {name: set() for name in names}
    for extra, roots in extras.items():
        for name in reached(roots & names, needs):
            found[name].add(extra)
    return {name: frozenset(bringers) for name, bringers in found.items()}


def reached(roots: Iterable[str], needs: Mapping[str, set[str]]) -> set[str]:
    """All packages that follow from the roots."""
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(needs.get(name, ()))
    return seen


def read(root: Path, lock: str) -> tuple[tuple[Pin, ...], dict[str, frozenset[str]]]:
    """The packages of `locks/LOCK.txt` under `root`, and what pyproject.toml asks for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return pins((root / "locks" / f"{lock}.txt").read_text(encoding="utf-8")), asked(project)

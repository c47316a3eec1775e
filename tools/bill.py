"""The bill of materials: what the lock of everything pins, as CycloneDX 1.6, in out/supply/bill.json.

Made from locks/test.txt and pyproject.toml alone, so that the same lock gives the same bytes on any machine and any day:
it holds no time and no serial number. The scope of a component says who gets it: `required` with the base, `optional`
with an extra that a user may install, `excluded` for tests and builds. Its hashes are those of all files that the lock
allows, one per platform. The bill is checked against the schema that the library of CycloneDX carries.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tools.pins import BASE, INSIDE, ROOT, Pin, asked, brought, pins

LOCK = "locks/test.txt"
BILL = Path("out/supply/bill.json")
VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def bill(lock: str, project: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The bill of a lock's text; `project` is pyproject.toml, `version` the project's own."""
    locked, extras = pins(lock), asked(project)
    bringers = brought(locked, extras)
    facts = [("lock", LOCK), ("lock-sha256", hashlib.sha256(lock.encode()).hexdigest())]
    facts += [("extra-not-locked", extra) for extra in not_locked(extras, bringers)]
    own = {"type": "application", "bom-ref": "trimtab", "name": "trimtab", "version": version}
    licence = {"license": {"id": project["project"]["license"], "acknowledgement": "declared"}}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": own | {"licenses": [licence]}, "properties": properties(facts)},
        "components": [component(one, bringers[one.name]) for one in locked],
        "dependencies": dependencies(locked),
    }


def not_locked(extras: Mapping[str, frozenset[str]], bringers: Mapping[str, frozenset[str]]) -> list[str]:
    """The extras for users of which a package is in no lock, so that the bill cannot speak of it."""
    return sorted(extra for extra, names in extras.items() if extra not in INSIDE and names - bringers.keys())


def component(one: Pin, extras: frozenset[str]) -> dict[str, Any]:
    """One package: who gets it, where, and by which hashes its files are known."""
    facts = [("extra", extra) for extra in sorted(extras)]
    if one.marker:
        facts.append(("installed-where", one.marker))
    return {
        "type": "library",
        "bom-ref": address(one),
        "name": one.name,
        "version": one.version,
        "scope": "required" if BASE in extras else "optional" if extras - INSIDE else "excluded",
        "purl": address(one),
        "hashes": [{"alg": "SHA-256", "content": content} for content in one.hashes],
    } | ({"properties": properties(facts)} if facts else {})


def properties(facts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Facts under names of ours, as CycloneDX wants them."""
    return [{"name": f"trimtab:{name}", "value": value} for name, value in facts]


def address(one: Pin) -> str:
    """The package URL, which names a package and its version without naming a server."""
    return f"pkg:pypi/{one.name}@{quote(one.version, safe='')}"


def dependencies(locked: Iterable[Pin]) -> list[dict[str, Any]]:
    """Who needs what, the project first."""
    by_name = {one.name: one for one in locked}
    needs: dict[str, set[str]] = {who: set() for who in ("trimtab", *map(address, by_name.values()))}
    for one in by_name.values():
        for who in one.via:
            needs["trimtab" if who.startswith(ROOT) else address(by_name[who])].add(address(one))
    return [{"ref": who, "dependsOn": sorted(names)} if names else {"ref": who} for who, names in needs.items()]


def text_of(made: Mapping[str, Any]) -> str:
    """The bill as text, always the same for the same bill."""
    return json.dumps(made, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def fault(text: str) -> str | None:
    """What the schema says against a bill; None if nothing."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return None if found is None else repr(found)[:400]


def main(root: Path = Path()) -> int:
    """Write the bill of the project under `root`, and return 1 if the schema refuses it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    version = VERSION.search((root / "src/trimtab/__init__.py").read_text(encoding="utf-8"))
    if version is None:
        raise SystemExit("src/trimtab/__init__.py states no __version__")
    text = text_of(made := bill((root / LOCK).read_text(encoding="utf-8"), project, version[1]))
    (root / BILL).parent.mkdir(parents=True, exist_ok=True)
    (root / BILL).write_text(text, encoding="utf-8")
    wrong = fault(text)
    scopes = [one["scope"] for one in made["components"]]
    counts = ", ".join(f"{scopes.count(scope)} {scope}" for scope in ("required", "optional", "excluded"))
    missing = [one["value"] for one in made["metadata"]["properties"] if one["name"] == "trimtab:extra-not-locked"]
    print(f"bill: {len(scopes)} components of {LOCK} ({counts}), SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:16]}")
    print(*(f"  the extra {extra} is in no lock: the bill does not speak of it" for extra in missing), sep="\n")
    if wrong is not None:
        print(f"bill: refused by the schema of CycloneDX 1.6: {wrong}")
    return 1 if wrong is not None else 0


if __name__ == "__main__":
    sys.exit(main())

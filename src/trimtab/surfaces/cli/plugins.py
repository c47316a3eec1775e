"""`new signal`, `check-signal`, `plugins list`: components of one's own, from the first file to the verdict."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.desk.conformance import check
from trimtab.desk.own_signal import own_signal, require_free
from trimtab.desk.plugins import plugins
from trimtab.desk.registry import importable
from trimtab.desk.writing import write_text
from trimtab.desk.yaml12 import parse
from trimtab.surfaces.cli.options import counted, hint, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def new_signal(options: Namespace) -> int:
    """Write one file with one class. Nothing is overwritten."""
    own = own_signal(options.name)
    place = Path(options.out or f"{own.name}.py")
    if place.exists():
        raise UsageError(f"{place} exists already", remedy="Give another name: trimtab new signal NAME --out FILE.py.")
    module = _module(place)
    require_free(module)
    write_text(place, own.text(module))
    target = f"{module}:{own.kind}"
    steps = {
        "check": f"trimtab check-signal {target}",
        "use": f"signals: {{{own.name}: {{use: {target}}}}}",
        "see": "trimtab signals policy.yaml",
    }
    if options.json:
        print_json("new-signal", {"file": str(place), "use": target, "next": list(steps.values())})
        return 0
    say(f" wrote {place}")
    say(f" check it   {steps['check']}")
    say(f" use it     in a policy in this folder: {steps['use']}")
    say(f" see it     {steps['see']}")
    return 0


def _module(place: Path) -> str:
    """The name under which a file is imported from the current folder. Raises UsageError where it cannot be."""
    if place.suffix != ".py" or place.is_absolute() or ".." in place.parts:
        remedy = "Give a .py file in this folder or below it: --out my_value.py."
        raise UsageError(f"{place} cannot be imported from here", remedy=remedy)
    return ".".join(place.with_suffix("").parts)


def check_signal(options: Namespace) -> int:
    """Audit one component on generated markets. Exit 0 where it passes, 1 where it does not."""
    with importable(Path()):
        verdict = check(options.role, options.component, _parameters(options.set))
    if options.json:
        findings = [{"name": one.name, "passed": one.passed, "detail": one.detail} for one in verdict.findings]
        print_json("check-signal", {"component": verdict.component, "passed": verdict.passed, "findings": findings})
        return 0 if verdict.passed else 1
    for one in verdict.findings:
        for line in wrapped(f"{'pass' if one.passed else 'FAIL'}  {one.name}: {one.detail}"):
            say(line)
    say(f" {verdict.words}")
    return 0 if verdict.passed else 1


def _parameters(pairs: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` as a policy file reads `KEY: VALUE`."""
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise UsageError(f"--set {pair} has no value", remedy="Write --set window=6M.")
        found[key.strip()] = parse(f"- {value}", f"--set {pair}").values[0]
    return found


def list_plugins(options: Namespace) -> int:
    """Every component by role, and whether it can be loaded."""
    found = plugins()
    broken = [one for one in found if one.fault]
    if options.json:
        rows = [
            {"role": p.role, "name": p.name, "class": p.target, "from": p.origin, "loads": not p.fault, "fault": p.fault}
            for p in found
        ]
        print_json("plugins", {"components": rows})
        return 0
    role = ""
    for one in found:
        if one.role != role:
            role = one.role
            say(f" {role}")
        say(f"   {one.name:<22} {one.target:<58} {one.origin}")
        for line in wrapped(f"      ! {one.fault}") if one.fault else ():
            say(line)
    say(f" {counted(len(found), 'component')}, {len(broken)} cannot be loaded")
    hint(" one of your own: trimtab new signal MyValue", options)
    return 0

"""Read a mandate from YAML: every fault is pointed to with file, line and column, as in a policy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.desk.config import Builder
from trimtab.desk.yaml12 import Document, parse, read_text
from trimtab.governance.changes import Terms
from trimtab.governance.constraints import Constraint
from trimtab.governance.mandate import Mandate, Objectives, Responsibilities, RiskManagement, Scope, Signatory
from trimtab.governance.overrides import Bounds
from trimtab.governance.review_plan import ReviewPlan

KEYS = ("mandate", *(one.name for one in fields(Mandate)))


def load_mandate(path: str | Path) -> Mandate:
    """The mandate in a YAML file. Raises PolicyError with file:line:col, UsageError where there is no such file."""
    text = read_text(path, "the mandate", remedy="Check the name, or write a new one: trimtab mandate init.")
    return read_mandate(parse(text, str(path)))


def mandate_from(values: Mapping[str, Any], *, name: str = "mandate") -> Mandate:
    """The mandate in plain values, as a file would hold them."""
    return read_mandate(parse(json.dumps(values, default=str, ensure_ascii=False), name))


def read_mandate(document: Document) -> Mandate:
    """The mandate in a parsed document."""
    build = Builder(document)
    top = document.values
    if not isinstance(top, dict):
        raise build.fault((), "this file holds no mandate", "Start with `mandate: 1`, or write one: trimtab mandate init.")
    build.keys(top, KEYS, ())
    if top.get("mandate") != 1:
        raise build.fault(("mandate",), "the format version is missing or unknown", "Begin the file with `mandate: 1`.")
    parts = {
        "scope": build.plain(Scope, top.get("scope"), ("scope",)),
        "responsibilities": build.plain(Responsibilities, top.get("responsibilities"), ("responsibilities",)),
        "objectives": _objectives(build, top),
        "constraints": tuple(_each(build, top, "constraints", Constraint)),
        "risk_management": _risk(build, top),
        "signatures": tuple(_each(build, top, "signatures", Signatory)),
    }
    try:
        return Mandate(**_head(build, top), **parts)
    except ParameterError as error:
        raise build.fault((error.field,), error.what, error.remedy) from None


def _head(build: Builder, top: Mapping[str, Any]) -> dict[str, Any]:
    """Name, version, title and first day."""
    found: dict[str, Any] = {}
    for name in ("name", "version", "title"):
        if name in top or name != "title":
            if not isinstance(top.get(name), str):
                raise build.fault((name,), f"{name} is {top.get(name)!r}, not text", f'Write for example {name}: "1".')
            found[name] = top[name]
    try:
        found["effective_from"] = date.fromisoformat(str(top.get("effective_from")))
    except ValueError:
        what = f"effective_from is {top.get('effective_from')!r}, not a date"
        raise build.fault(("effective_from",), what, "Write it as 2026-01-01.") from None
    return found


def _objectives(build: Builder, top: Mapping[str, Any]) -> Objectives:
    entries = build.mapping(top.get("objectives"), ("objectives",))
    weights = build.mapping(entries.get("benchmark"), ("objectives", "benchmark"))
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            path = ("objectives", "benchmark", name)
            raise build.fault(path, f"{'.'.join(path)} is {weight!r}, not a number", "Weights are fractions, such as 0.40.")
    found: Objectives = build.plain(Objectives, {**entries, "benchmark": weights}, ("objectives",))
    return found


def _risk(build: Builder, top: Mapping[str, Any]) -> RiskManagement:
    path = ("risk_management",)
    entries = build.mapping(top.get("risk_management"), path)
    build.keys(entries, [one.name for one in fields(RiskManagement)], path)
    kinds = {"review": ReviewPlan, "overrides": Bounds, "changes": Terms}
    parts = {name: build.plain(kind, entries[name], (*path, name)) for name, kind in kinds.items() if entries.get(name)}
    if not isinstance(entries.get("monitoring", ""), str):
        raise build.fault((*path, "monitoring"), f"monitoring is {entries['monitoring']!r}", "Write it as text.")
    return RiskManagement(entries.get("monitoring", ""), **parts)


def _each(build: Builder, top: Mapping[str, Any], key: str, kind: type[Any]) -> Iterator[Any]:
    entries = [] if top.get(key) is None else top[key]
    if not isinstance(entries, list):
        raise build.fault((key,), f"{key} must be a list", "Begin each with a dash.")
    yield from (build.plain(kind, part, (key, k)) for k, part in enumerate(entries))

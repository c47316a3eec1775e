"""Read the `controls:` of a policy: checks of orders before they leave, bare or with their place in the written policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trimtab.core.controls import Ruled
from trimtab.core.rules import Severity
from trimtab.desk.config import Binding, Builder, canonical


@dataclass(frozen=True, slots=True)
class Written:
    """Where a rule or a control stands in the written policy."""

    id: str = ""
    source: str = ""
    effective_from: date | None = None
    severity: Severity = Severity.BLOCK


def controls_of(build: Builder, value: Any, bound: Binding) -> tuple[Ruled, ...] | None:
    """The controls of a policy; None where it is silent, and those that come with Trimtab apply."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise build.fault(("controls",), "controls must be a list", "Begin each control with a dash.")
    return tuple(_one(build, part, ("controls", k), bound) for k, part in enumerate(value))


def _one(build: Builder, value: Any, path: tuple[str | int, ...], bound: Binding) -> Ruled:
    entries = build.mapping(value, path)
    if "control" not in entries:
        return Ruled(build.component("controls", entries, path, bound))
    build.keys(entries, ("control", "id", "source", "effective_from", "severity"), path)
    control = build.component("controls", entries["control"], (*path, "control"), bound)
    place = build.plain(Written, {key: part for key, part in entries.items() if key != "control"}, path)
    return Ruled(control, place.id, place.source, place.severity, place.effective_from)


def canonical_control(ruled: Ruled) -> Mapping[str, Any]:
    """A control as a policy file writes it."""
    return {
        "control": canonical("controls", ruled.control),
        "id": ruled.id,
        "source": ruled.source,
        "effective_from": None if ruled.effective_from is None else ruled.effective_from.isoformat(),
        "severity": ruled.severity.value,
    }

"""Every component that a policy can name, ours and those of installed packages, and whether it can be loaded."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from trimtab.core.errors import PolicyError
from trimtab.desk import registry

BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One component: its role, its name in a policy, its class, the package it comes from, and what is wrong with it."""

    role: str
    name: str
    target: str
    origin: str
    fault: str = ""


def plugins() -> tuple[Plugin, ...]:
    """Every component by role and name. One that cannot be loaded says why, and breaks nothing."""
    return tuple(one for role in registry.BUILT_IN for one in sorted(_of_role(role), key=lambda one: (one.name, one.origin)))


def _of_role(role: str) -> list[Plugin]:
    ours = registry.BUILT_IN[role]
    found = [Plugin(role, name, target, BUILT_IN, _fault(role, name)) for name, target in ours.items()]
    taken = {*ours}
    for point in entry_points(group=f"trimtab.{role}"):
        hidden = f"the name {point.name} is taken" if point.name in taken else ""
        found.append(Plugin(role, point.name, point.value, _package(point), hidden or _fault(role, point.name)))
        taken.add(point.name)
    return found


def _fault(role: str, name: str) -> str:
    try:
        registry.find(role, name)
    except PolicyError as error:
        return str(error)
    return ""


def _package(point: EntryPoint) -> str:
    """The distribution that brought an entry point, with its version."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "unknown package"

"""Which components are of one's own: not Trimtab's, or Trimtab's with such a one inside. They are trusted less."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from trimtab.core.slots import slots_of
from trimtab.desk.policy import Policy

OURS = "trimtab."


def outsiders(*components: Any) -> bool:
    """Whether any of these components, or of those that they hold, is not Trimtab's own."""
    return any(True for component in components for _ in strangers(component))


def strangers(component: Any) -> Iterator[Any]:
    """Every component of one's own in a component: itself, and those that it holds."""
    foreign, slots = _kind(type(component))  # type: ignore[arg-type]  # a class can be hashed
    if foreign:
        yield component
    for name in slots:
        held = getattr(component, name)
        inside = held.values() if isinstance(held, Mapping) else held if isinstance(held, tuple) else (held,)
        for part in inside:
            yield from strangers(part)


def of_policy(policy: Policy) -> tuple[Any, ...]:
    """Every component of one's own that a policy asks: signals, combiner, regime, forecaster, allocator, reacher."""
    asked = (policy.combine, policy.regime, policy.forecaster, policy.allocator, policy.reacher)
    return tuple(one for component in (*policy.signals.values(), *asked) for one in strangers(component))


def traders(policy: Policy) -> tuple[Any, ...]:
    """What a policy asks at each decision of an account: reacher, costs, limits."""
    return (policy.reacher, policy.costs, *(rule.limit for rule in policy.rules.rules))


@cache
def _kind(kind: Any) -> tuple[bool, tuple[str, ...]]:
    """Whether a class is of one's own, and which of its fields hold components: once a class."""
    ours = kind.__module__.startswith(OURS) or kind.__module__ == "builtins"
    try:
        return not ours, tuple(slots_of(kind)) if hasattr(kind, "__dataclass_fields__") else ()
    except NameError:  # a type that is named and nowhere to be found: no mark of ours is on it
        return not ours, ()

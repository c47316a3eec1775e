"""Whom a policy is compared with: its own benchmark held still, a policy of the gallery by name, or another file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from trimtab.construction.pace import Pace
from trimtab.construction.static import Static
from trimtab.core.errors import UsageError
from trimtab.core.rules import Rules
from trimtab.core.schedule import TradeAt
from trimtab.desk.canonical import commitment
from trimtab.desk.gallery import named, names
from trimtab.desk.load import load_policy
from trimtab.desk.policy import Policy
from trimtab.desk.words import sentences
from trimtab.forecasts.none import NoForecast
from trimtab.regimes.none import NoRegime
from trimtab.signals.vote import Vote

SAA = "saa"


def static(policy: Policy) -> Policy:
    """The policy's benchmark, put back to weight on the same schedule at the same costs: the bar to clear."""
    shares = [f"{weight * 100:g}" for weight in policy.benchmark if weight]
    title = f"Static benchmark {' / '.join(shares)}" if len(shares) <= 4 else "Static benchmark"
    held = replace(
        policy,
        signals={},
        combine=Vote(),  # nothing to combine: the policy's own may name its signals
        regime=NoRegime(),
        forecaster=NoForecast(),
        views="",
        allocator=Static(tuple(policy.benchmark)),
        reacher=Pace(),
        rules=Rules((), len(policy.universe)),
        series=tuple(name for name in policy.series if name == policy.cash.series),
    )
    return renamed(held, policy, f"{policy.name}-static", title, "static benchmark")


def later(policy: Policy) -> Policy:
    """The same policy, filled at the next observation instead of the very close that decided it."""
    moved = replace(policy, schedule=replace(policy.schedule, trade=TradeAt.NEXT_OBSERVATION, lag=0))
    return renamed(moved, policy, f"{policy.name}-next", "The same, filled an observation later", "next observation")


def renamed(policy: Policy, origin: Policy, name: str, title: str, what: str) -> Policy:
    """`policy` under a name of its own, committed to as `what` is done to `origin`."""
    form = {"of": json.loads(origin.text), "as": what}
    identity = replace(origin.identity, name=name, title=title, canonical=form, sha256=commitment(form))
    changed = replace(policy, identity=identity)
    return replace(changed, sentences=sentences(changed))


def derived(policy: Policy) -> bool:
    """Whether it was made of another policy to stand beside it, by `renamed`: nobody chose its parameters."""
    return "of" in policy.identity.canonical


def rival(policy: Policy, other: str | Policy) -> Policy:
    """`saa`, a file, the name of a policy of the gallery, or a policy as it is. Raises UsageError where it is none of them.

    A file that is called as a policy of the gallery is the file.
    """
    if isinstance(other, Policy):
        return other
    if other == SAA:
        return static(policy)
    if Path(other).is_file():
        return load_policy(other)
    if other in names():
        return named(other)
    remedy = f"Use saa, a file, or one of {', '.join(names())}."
    raise UsageError(f"{other!r} is neither a policy file nor one of the gallery", remedy=remedy)

"""What overrides did to a decision: in the journal, beside what the model said, and in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from trimtab.core.trades import Decision, Order
from trimtab.desk.overridden_trades import HAIR, Applied
from trimtab.desk.policy import Policy
from trimtab.desk.record import after, number
from trimtab.governance.overrides import Override

_SEEN = 5e-5  # weights closer than this look the same on a screen


def traded_record(policy: Policy, put: Applied) -> dict[str, Any]:
    """What is traded in plain values, beside the record of what the model said."""
    made = put.decision
    units = {order.asset: str(order.units) for order in made.orders}
    columns = zip(policy.universe, made.target.tolist(), after(made).tolist(), strict=True)
    return {
        "overrides": [one.id for one in put.living],
        "relaxed": list(made.relaxed),
        "assets": {
            asset.id: {"target": number(target), "after": number(then), "units": units.get(a, "0")}
            for a, (asset, target, then) in enumerate(columns)
        },
    } | ({"refused": made.refused} if made.refused else {})


def put_note(policy: Policy, put: Applied, instruments: Sequence[str]) -> dict[str, Any]:
    """What the next decision asks: the weight of overrides before this one and after its orders, and the units of these.

    And what holds `kept` from moving: how large they are is known here alone.
    """
    units = {order.asset: str(order.units) for order in put.decision.orders}
    columns = enumerate(zip(policy.universe, put.before.tolist(), put.after.tolist(), instruments, strict=True))
    rows = {
        asset.id: {"before": before, "after": then, "instrument": name, "units": units.get(a, "0")}
        for a, (asset, before, then, name) in columns
        if abs(before) > HAIR or abs(then) > HAIR
    }
    names = [asset.id for asset in policy.universe]
    kept = {name: weight for name, weight in zip(names, put.kept.tolist(), strict=True) if abs(weight) > HAIR}
    return {"ids": [one.id for one in put.living], "put": rows} | ({"kept": kept} if kept else {})


def reason_of(traded: Decision, order: Order, model: Decision, living: Sequence[Override]) -> str:
    """Why an order, in a few words: where the asset stands, where it is to be, and where the model alone wants it."""
    held, target = float(traded.book.held[order.asset]), float(traded.target[order.asset])
    base, aim = float(traded.reach.base[order.asset]), float(traded.today.goal[order.asset])
    wanted = float(model.target[order.asset])
    words = f"held {held:.1%}, target {target:.1%}"
    if abs(base - held) > _SEEN:
        words += "; a limit is broken by what is held"
    if living and abs(wanted - target) > _SEEN:
        words += f"; the model's is {wanted:.1%}, the rest is of {_named(living)}"
    elif abs(base - held) <= _SEEN < abs(aim - target):
        words += f", on the way to {aim:.1%}"
    return words


def what_words(one: Override) -> str:
    """What an override changes: `SPY +3.0 %, TLT -3.0 %, hold GLD`."""
    parts = [f"{name} {_percent(shift)} %" for name, shift in one.shifts.items()]
    parts += [f"hold {', '.join(one.holds)}"] if one.holds else []
    return ", ".join(parts)


def _percent(shift: Decimal) -> str:
    """Percent with as many decimals as it has, from one to three."""
    text = f"{shift * 100:+.3f}"
    return text[:-2] + text[-2:].rstrip("0")


def override_words(one: Override) -> str:
    """An override in a line: id, who, what, until when, why."""
    return f"{one.id} {one.by}: {what_words(one)} until {one.ends}: {one.why}"


def moved_lines(policy: Policy, model: Decision, put: Applied | None) -> Iterator[str]:
    """Each living override in a line, then the lines that differ from the model's own."""
    if put is None:
        return
    for one in put.living:
        yield override_words(one)
    pairs = zip(policy.universe, model.target.tolist(), put.decision.target.tolist(), strict=True)
    moved = [f"{asset.id} {was:.1%} -> {target:.1%}" for asset, was, target in pairs if abs(was - target) > _SEEN]
    yield f"from the model's target to ours: {', '.join(moved)}" if moved else "the model's targets are not changed"
    yield from unpaid_lines(policy, model, put)


def unpaid_lines(policy: Policy, model: Decision, put: Applied) -> Iterator[str]:
    """What overrides take from an asset beyond what it has, and what they would borrow; nothing where all is paid for."""
    for asset, then in zip(policy.universe, put.after.tolist(), strict=True):
        had = max(0.0, -then)
        takes = [one for one in put.living if one.shifts.get(asset.id, 0) < 0]
        wanted = -float(sum(one.shifts.get(asset.id, 0) for one in put.living))
        held = any(asset.id in one.holds for one in put.living)
        if takes and not held and wanted - had > _SEEN:
            verb = "takes" if len(takes) == 1 else "take"
            rest = f"where there is {had:.2%} to take: cash pays for the other {wanted - had:.2%}"
            yield f"{_named(takes)} {verb} {wanted:.2%} from {asset.id}, {rest}"
    cash, before = (1.0 - float(np.sum(one.target)) for one in (put.decision, model))
    if cash < min(before, 0.0) - _SEEN:
        yield f"with {_named(put.living)} cash comes to {cash:.2%}"


def _named(some: Sequence[Override]) -> str:
    return ", ".join(one.id for one in some)


def whole_shift(weight: Decimal) -> str:
    """A weight as exact text, without idle zeros."""
    return f"{weight.normalize():f}"

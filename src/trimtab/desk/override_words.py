"""What overrides did to a decision: in the journal, beside what the model said, and in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

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
    """What the next decision asks: the weight of overrides before this one and after its orders, and the units of these."""
    units = {order.asset: str(order.units) for order in put.decision.orders}
    columns = enumerate(zip(policy.universe, put.before.tolist(), put.after.tolist(), instruments, strict=True))
    rows = {
        asset.id: {"before": before, "after": then, "instrument": name, "units": units.get(a, "0")}
        for a, (asset, before, then, name) in columns
        if abs(before) > HAIR or abs(then) > HAIR
    }
    return {"ids": [one.id for one in put.living], "put": rows}


def reason_of(traded: Decision, order: Order, model: Decision, living: Sequence[Override]) -> str:
    """Why an order, in a few words: where the asset stands, where it is to be, and where the model alone wants it."""
    held, target = float(traded.book.held[order.asset]), float(traded.target[order.asset])
    base, aim = float(traded.reach.base[order.asset]), float(traded.today.goal[order.asset])
    wanted = float(model.target[order.asset])
    words = f"held {held:.1%}, target {target:.1%}"
    if abs(base - held) > _SEEN:
        words += "; a limit is broken by what is held"
    if living and abs(wanted - target) > _SEEN:
        words += f"; the model's is {wanted:.1%}, the rest is of {', '.join(one.id for one in living)}"
    elif abs(base - held) <= _SEEN < abs(aim - target):
        words += f", on the way to {aim:.1%}"
    return words


def what_words(one: Override) -> str:
    """What an override changes: `SPY +3.0 %, TLT -3.0 %, hold GLD`."""
    parts = [f"{name} {float(shift) * 100.0:+.1f} %" for name, shift in one.shifts.items()]
    parts += [f"hold {', '.join(one.holds)}"] if one.holds else []
    return ", ".join(parts)


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


def whole_shift(weight: Decimal) -> str:
    """A weight as exact text, without idle zeros."""
    return f"{weight.normalize():f}"

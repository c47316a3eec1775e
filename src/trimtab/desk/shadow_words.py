"""The shadow of an account told: in sentences, and in plain values for programs."""

from __future__ import annotations

from typing import Any

from trimtab.core.money import Currency
from trimtab.desk.ladder import Brought, Shadow
from trimtab.desk.record import number

SEEN = 5e-5  # what is less than this is nothing on a screen


def cost_words(one: Brought, money: Currency) -> str:
    """What one rung brought or cost: `cost 0.42 % (1,032 USD)`; `brought nothing yet` where that rounds to nothing."""
    if abs(one.linked) < SEEN:
        return "brought nothing yet" if not round(one.money) else f"came to less than 0.01 % ({one.money:+,.0f} {money.code})"
    verb = "brought" if one.linked > 0.0 else "cost"
    amount = one.money if one.linked > 0.0 else -one.money
    return f"{verb} {100.0 * abs(one.linked):.2f} % ({amount:,.0f} {money.code})"


def shadow_words(shadow: Shadow) -> tuple[str, ...]:
    """Account and model, each override, and the rest, in sentences."""
    first, last, money = shadow.dates[0], shadow.dates[-1], shadow.currency
    made, model = (f"{100.0 * (float(one[-1]) - 1.0):+.2f} %" for one in (shadow.account, shadow.model))
    head = f"From {first} to {last} {shadow.name} made {made}, its model as specified {model}"
    lines = [f"{head}: what people did {cost_words(shadow.total, money)}."]
    for override, one in zip(shadow.overrides, shadow.costs, strict=True):
        lines.append(f"{one.name} ({override.by}: {override.why}) {cost_words(one, money)} so far.")
    if len(shadow.costs) > 1:
        lines.append(f"All overrides together {cost_words(shadow.together, money)}.")
    lines.append(f"The rest, such as late trades, other prices and edited orders, {cost_words(shadow.rest, money)}.")
    return (*lines, *shadow.notes)


def brought_document(one: Brought) -> dict[str, Any]:
    """One rung in plain values; above zero helped."""
    return {"name": one.name, "linked": number(one.linked), "money": str(one.money), "daily": [number(x) for x in one.daily]}


def shadow_document(shadow: Shadow) -> dict[str, Any]:
    """All of it in plain values: what one unit became each day, by the account and each step, and what each rung brought."""
    return {
        "account": shadow.name,
        "policy": shadow.policy.name,
        "sha256": shadow.policy.sha256,
        "currency": shadow.currency.code,
        "dates": [str(one) for one in shadow.dates],
        "wealth": {
            "account": shadow.account.tolist(),
            "model": shadow.model.tolist(),
            "steps": [step.tolist() for step in shadow.steps[1:]],
        },
        "overrides": [brought_document(one) for one in shadow.costs],
        "together": brought_document(shadow.together),
        "rest": brought_document(shadow.rest),
        "total": brought_document(shadow.total),
        "words": list(shadow_words(shadow)),
        "notes": list(shadow.notes),
    }

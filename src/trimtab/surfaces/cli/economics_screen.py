"""How the economics of a policy look: on a screen, and as one JSON document."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from trimtab.attribution.cost_creep import QuarterCosts
from trimtab.desk.economising import Economised
from trimtab.governance.economics import Economics
from trimtab.surfaces.cli.screen import head
from trimtab.surfaces.cli.wrapping import wrapped

SHOWN = 8  # quarters


def lines(found: Economised) -> Iterator[str]:
    """The screen: an alarm first, then what it rests on, benefit, costs, what is left, capacity, schedules, quarters."""
    if found.alarm:
        yield from wrapped(f"ALARM {found.alarm_words}")
        yield ""
    yield from head(found.result)
    for remark in found.remarks:
        yield from wrapped(f"! {remark}")
    yield ""
    yield from _benefit(found)
    yield ""
    yield from _costs(found.economics)
    yield ""
    yield from _left(found)
    yield from _schedules(found)
    yield from _quarters(found)


def _benefit(found: Economised) -> Iterator[str]:
    one = found.economics
    yield from wrapped(f"Expected over its benchmark, before costs and taxes: {_percent(one.benefit)} a year "
                       f"[{_percent(one.low)}, {_percent(one.high)}], {100 * found.level:g} % interval.")  # fmt: skip
    validated = f"validated: {found.validation}" if found.validation else "not validated in this workspace"
    yield from wrapped(f"Source: {found.source}; {validated}.")


def _costs(one: Economics) -> Iterator[str]:
    """A line a cost: money a year, and basis points of the assets."""
    yield f" {'Cost a year of ' + _money(one.assets.amount, one.assets.currency):<36}{one.assets.currency:>14}{'bp':>9}"
    for name, cost in one.fixed.items():
        yield _cost(name, float(cost.amount), Fraction(cost.amount) / Fraction(one.assets.amount), "   fixed")
    for name, rate in one.rates.items():
        yield _cost(name, float(rate * one.assets.amount), Fraction(rate), "")
    share = f"   {100 * float(one.fixed_share):.0f} % of it fixed"
    yield _cost("all", float(one.cost) * float(one.assets.amount), one.cost, share)


def _cost(name: str, money: float, rate: Fraction, more: str) -> str:
    return f" {name:<36}{money:>14,.0f}{1e4 * float(rate):>9.1f}{more}"


def _left(found: Economised) -> Iterator[str]:
    """Net benefit, the verdict, break-even, what it takes, and capacity."""
    one = found.economics
    low, high = one.interval
    yield f" Net benefit: {_percent(one.net)} a year [{_percent(low)}, {_percent(high)}]"
    yield from wrapped(found.verdict)
    beyond = f" with {_percent(one.hurdle, sign=False)} left over" if one.hurdle else ""
    yield from wrapped(f"Break-even{beyond}: {_break_even(one)}.")
    wanted = f"To leave {_percent(one.hurdle, sign=False)} a year" if one.hurdle else "To cover its cost"
    yield from wrapped(f"{wanted} it has to bring {_percent(one.gross_for(one.hurdle), sign=False)} a year before costs.")
    able, why = found.capacity, found.no_capacity
    yield from wrapped(f"Capacity: {able.words}" if able is not None else f"Capacity is not known: {why}.")
    if able is not None and able.fifth < float(one.assets.amount):
        yield from wrapped(f"! {_money(one.assets.amount, one.assets.currency)} is above it on more than one date in twenty.")


def _break_even(one: Economics) -> str:
    if one.break_even is None:
        return "no size pays, for what grows with the money leaves nothing"
    if not one.break_even:
        return "any size pays, for nothing is fixed"
    return f"it pays from {_money(one.break_even, one.assets.currency)} on"


def _schedules(found: Economised) -> Iterator[str]:
    if not found.schedules:
        return
    yield ""
    yield f" {'The same, deciding at':<26}{'benefit':>10}{'cost':>10}{'net':>10}   a year"
    for one in found.schedules:
        cells = "".join(f"{_percent(value):>10}" for value in (one.benefit, one.cost, one.net))
        yield f" {one.decide:<26}{cells}{'   its own' if one.own else ''}"
    for added in found.faster:
        yield from wrapped(added.words)


def _quarters(found: Economised) -> Iterator[str]:
    """The last quarters: realised against assumed cost."""
    yield ""
    if found.quarters is None:
        yield from wrapped(f"Realised against assumed cost, {found.costs_of}: nothing was traded.")
        return
    yield f" {'Realised against assumed':<26}{'traded':>16}{'realised':>12}{'assumed':>12}{'ratio':>8}"
    for row in found.quarters.quarters[-SHOWN:]:
        yield f" {row.quarter:<26}{row.traded:>16,.0f}{row.realised:>12,.0f}{row.assumed:>12,.0f}{_ratio(row):>8}"
    whose = "the backtest, moves of the price until the fill included" if found.costs_of == "backtest" else found.costs_of
    said = "" if found.alarm else " No alarm: the last four quarters did not all cost more than 1.25 times what was assumed."
    yield from wrapped(f"Of {whose}. {found.quarters.sentence}{said}")


def _ratio(row: QuarterCosts) -> str:
    return f"{row.ratio:.2f}" if math.isfinite(row.ratio) else "-"


def _percent(value: Any, *, sign: bool = True) -> str:
    return f"{round(100.0 * float(value), 2) + 0.0:{'+' if sign else ''}.2f} %"


def _money(amount: Any, currency: str) -> str:
    return f"{float(amount):,.0f} {currency}"


def document(found: Economised) -> dict[str, Any]:
    """All of it as plain values; fractions a year, amounts in the currency of the assets."""
    one = found.economics
    low, high = one.interval
    return {
        "policy": found.result.policy.name,
        "policy_sha256": found.result.policy.sha256,
        "notes": list(found.result.notes),
        "remarks": list(found.remarks),
        "trials": found.result.trials.total,
        "aum": str(one.assets),
        "benefit": {"value": float(one.benefit), "low": float(one.low), "high": float(one.high), "level": found.level},
        "source": found.source,
        "validation": found.validation or None,
        "fixed": {name: str(cost) for name, cost in one.fixed.items()},
        "rates": {name: float(rate) for name, rate in one.rates.items()},
        "cost": float(one.cost),
        "fixed_share": float(one.fixed_share),
        "net": {"value": float(one.net), "low": float(low), "high": float(high)},
        "marginal": one.marginal,
        "verdict": found.verdict,
        "hurdle": float(one.hurdle),
        "break_even": None if one.break_even is None else float(one.break_even),
        "gross_needed": float(one.gross_for(one.hurdle)),
        **_rest(found),
    }


def _rest(found: Economised) -> dict[str, Any]:
    """Capacity, schedules and quarters."""
    able = found.capacity
    rows = found.quarters.quarters if found.quarters is not None else ()
    return {
        "capacity": None if able is None or not math.isfinite(able.worst) else able.worst,
        "no_capacity": found.no_capacity or None,
        "schedules": [
            {"decide": one.decide, "benefit": one.benefit, "cost": one.cost, "net": one.net, "own": one.own}
            for one in found.schedules
        ],
        "faster": [
            {"faster": one.faster, "slower": one.slower, "worth": one.worth, "words": one.words}
            | {"benefit": one.benefit.value, "low": one.benefit.low, "high": one.benefit.high, "cost": one.cost}
            for one in found.faster
        ],
        "costs_of": found.costs_of,
        "quarters": [
            {"quarter": row.quarter, "traded": row.traded, "realised": row.realised, "assumed": row.assumed} for row in rows
        ],
        "alarm": found.alarm,
        "alarm_words": found.alarm_words or None,
    }

"""`capacity`: the money at which a policy's trades become too large for their markets, and what would lift it."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.costs.capacity import Participation
from trimtab.desk.capacity import SIZES, Sizing, capacity_of
from trimtab.desk.policy import Policy
from trimtab.desk.words import described
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import hint, opened, print_json, progress, say
from trimtab.surfaces.cli.wrapping import wrapped


def capacity(options: Namespace) -> int:
    """Run the policy, and set its trades against what their markets traded."""
    sizes, basket = _sizes(options.sizes), _basket(options.basket)
    policy = opened(options.policy, options)
    within = _within(options, basket, policy)
    market = market_of(policy, options)
    found = capacity_of(policy, market, within, sizes=sizes, progress=progress(options, policy.name))
    if options.json:
        print_json("capacity", document(found))
        return 0
    for line in lines(found):
        say(line)
    hint(" next: a rule {use: max_participation, share: 0.10} keeps trades within it", options)
    return 0


def lines(found: Sizing) -> Iterator[str]:
    """The screen: the answer, asset by asset, the cost by size, and what would lift it."""
    policy, currency = found.result.policy, found.result.currency
    yield f" {policy.title}    policy {policy.sha256[:12]}    {found.result.dates[0]} to {found.result.dates[-1]}"
    yield from wrapped(found.capacity.words)
    yield ""
    yield f" {'':<26}{'least, ' + currency:>18}{'binds on':>12}"
    least, binds = found.capacity.worst_by_asset, found.capacity.binds
    for a in np.argsort(least, kind="stable").tolist():
        basket = "  by its basket" if found.capacity.flagged[a] else ""
        yield f" {policy.universe[a].title:<26}{_money(float(least[a])):>18}{int(binds[a]):>7} dates{basket}"
    yield ""
    yield from wrapped(f"Cost of trading by size ({described(found.costs)}):")
    for size, annual in zip(found.curve.sizes.tolist(), found.curve.annual.tolist(), strict=True):
        yield f" {_money(size):>18} {currency}   {1e4 * annual:8.1f} bps a year"
    yield ""
    yield " What would lift it (least; 5th percentile; median)"
    for lift in found.lifts:
        late = "   it does not: single trades grow" if lift.worst < found.capacity.worst else ""
        late = late if lift.possible else "   more days than lie between decisions"
        numbers = "; ".join(_money(value) for value in (lift.worst, lift.fifth, lift.median))
        yield f"  {lift.words:<34} {numbers}{late}"
    yield "  futures, or larger funds, in place of single lines: give what they trade, --basket ASSET=MONEY"


def document(found: Sizing) -> dict[str, Any]:
    """All of it as plain values."""
    assets = [asset.id for asset in found.result.assets]
    held = found.capacity
    return {
        "policy": found.result.policy.name,
        "share": held.within.share,
        "days": held.within.days,
        "worst": _plain(held.worst),
        "fifth": _plain(held.fifth),
        "median": _plain(held.median),
        "by_asset": dict(zip(assets, map(_plain, held.worst_by_asset.tolist()), strict=True)),
        "binds": dict(zip(assets, held.binds.tolist(), strict=True)),
        "by_date": [
            {"date": str(date), "capacity": _plain(money), "binds": assets[a] if a >= 0 else None}
            for date, money, a in zip(held.dates, held.by_date.tolist(), held.binding.tolist(), strict=True)
        ],
        "cost_by_size": [
            {"size": size, "annual": _plain(cost)}
            for size, cost in zip(found.curve.sizes.tolist(), found.curve.annual.tolist(), strict=True)
        ],
        "lifts": [
            {"what": one.words, "worst": _plain(one.worst), "fifth": _plain(one.fifth), "median": _plain(one.median)}
            | {"possible": one.possible}
            for one in found.lifts
        ],
    }


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _money(value: float) -> str:
    return "unknown" if math.isnan(value) else "not traded" if math.isinf(value) else f"{value:,.0f}"


def _within(options: Namespace, basket: dict[str, float], policy: Policy) -> Participation:
    """What a trade may take of its market. Raises UsageError for what it cannot, before anything is loaded."""
    for name in ("share", "days"):
        value = getattr(options, name)
        if not 0.0 < value < math.inf or (name == "share" and value > 1.0):
            remedy = "Give a fraction above 0, such as 0.10." if name == "share" else "Give a number of days above 0."
            raise UsageError(f"--{name} is {value:g}", remedy=remedy)
    require_named("--basket", tuple(basket), policy)
    return Participation(options.share, options.days, basket)


def require_named(option: str, names: tuple[str, ...], policy: Policy) -> None:
    """Raise UsageError for a name that is neither an asset nor a class of the policy."""
    known = dict.fromkeys(name for asset in policy.universe for name in (asset.id, asset.asset_class) if name)
    for name in names:
        if name not in known:
            raise UsageError(
                f"{option} names {name!r}, no asset or class of {policy.name}", remedy=f"Known: {', '.join(known)}."
            )


def _sizes(text: str) -> tuple[float, ...]:
    found = tuple(_amount(part) for part in text.split(",")) if text else SIZES
    if not all(found):
        raise UsageError(f"--sizes {text!r} are not amounts above 0", remedy="Write for example --sizes 1e6,1e8,1e9.")
    return found


def _basket(entries: list[str]) -> dict[str, float]:
    found = {}
    for entry in entries:
        name, _, money = entry.partition("=")
        found[name] = _amount(money)
        if not found[name] or not name:
            raise UsageError(f"--basket {entry!r} is no asset and amount", remedy="Write for example SPY=5e9.")
    return found


def _amount(text: str) -> float:
    """An amount of money above 0; 0 where it is none."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0.0 < value < math.inf else 0.0

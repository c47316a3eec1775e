"""From target weights to orders over several accounts at once: the equations of `execution.sizing`, in floats.

The value V after trading solves V = nav - cost(w V - held), account by account, by the same contraction; the target is
w V / price, rounded down to the smallest unit. An account has the same bits alone and in every batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.frictions import CostModel
from trimtab.core.values import Dealing
from trimtab.desk.policy import Policy

HAIR = 1e-9  # what rounding does to a weight
_LEAST = 0.01  # a smaller part of the whole could not pay for its own trades
_ENOUGH = 1e-15  # of net asset value


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """Where N accounts go: `target` and `held` weights (N, A), `nav` (N,), `quanta` held (N, A), `cash` (N,), `prices` (A,)."""

    target: Array
    held: Array
    nav: Array
    quanta: Array
    cash: Array
    prices: Array
    dealing: Dealing | None = None


def sized(policy: Policy, wanted: Wanted, *, borrow: float) -> Array | None:
    """Orders (N, A) in the smallest parts of units, those below the minimum left out. None: nobody moves."""
    target = wanted.target
    moves = np.logical_or.reduce(target != wanted.held, -1)
    moving = np.count_nonzero(moves)
    if not moving:
        return None
    lotting = policy.lotting
    stays = _kept(wanted)
    reserve = float(lotting.currency.minor) * target.shape[-1]
    value = np.maximum(_value_after(wanted, policy.costs, reserve, stays), 0.0)
    orders = np.floor(target * value[:, np.newaxis] * (10.0**lotting.digits / wanted.prices)) - wanted.quanta
    if not np.minimum.reduce(wanted.prices) > 0.0:
        orders = np.where(wanted.prices > 0.0, orders, 0.0)  # nothing is ordered at a price that is not known
    if stays is not None:
        orders[stays] = 0.0
    if moving < len(moves):
        orders[~moves] = 0.0
    if lotting.minimum:
        small = (np.abs(orders) * (wanted.prices / 10.0**lotting.digits) < float(lotting.minimum)) & (orders != 0.0)
        orders[small] = 0.0
        short = small.any(axis=-1)
        if short.any():
            orders[short] = _paid_for(orders[short], wanted, short, policy, borrow)
    return orders


def afforded(orders: Array, power: Array, per: Array, costs: CostModel, dealing: Dealing | None) -> Array:
    """Purchases (N, A), none more than `orders`, that need no more than `power` (N,); each cut by the same share.

    `per` (A,) is the price of the smallest part. As `execution.affording` does it: the share is taken again until the
    money does, and what is cut loses one smallest part at least.
    """
    while True:
        amounts = orders * per
        need = np.add.reduce(amounts + costs.charge(amounts, dealing), -1)
        over = (need > power) & (orders > 0.0).any(axis=-1)
        if not over.any():
            return orders
        share = (np.maximum(power[over], 0.0) / need[over])[:, np.newaxis]
        orders[over] = np.maximum(np.minimum(np.floor(orders[over] * share), orders[over] - 1.0), 0.0)


def _kept(wanted: Wanted) -> Mask | None:
    """(N, A) what stays to the last unit, since nobody knows what a trade in it would cost. None: nothing."""
    dealing = wanted.dealing
    if dealing is None:
        return None
    unknown = ~(np.isfinite(dealing.adv) & (dealing.adv > 0.0) & np.isfinite(dealing.volatility))
    found = unknown & (np.abs(wanted.target - wanted.held) <= HAIR)
    return found if found.any() else None


def _value_after(wanted: Wanted, costs: CostModel, reserve: float, stays: Mask | None) -> Array:
    """(N,) net asset value that is left when the trades have paid their costs out of it, in currency.

    An account whose value is found is left alone while others are still sought.
    """
    target, held, paying = wanted.target, wanted.held * wanted.nav[:, np.newaxis], _paying(wanted.target, stays)
    nav = wanted.nav - reserve / paying
    value, enough = nav, _ENOUGH * nav
    step, answer, found = np.zeros(len(nav)), nav, np.zeros(len(nav), dtype=bool)
    for number in range(60):  # a contraction by about the cost rate; Aitken's extrapolation saves a round or two
        way = target * value[:, np.newaxis]
        way -= held
        if stays is not None:
            way[stays] = 0.0
        left = nav - np.add.reduce(costs.charge(way, wanted.dealing), -1) / paying
        before, step = step, left - value
        answer = np.where(found, answer, left) if number else left
        found |= np.abs(step) <= enough
        if np.count_nonzero(found) == len(found):
            return answer
        value = _extrapolated(left, step, before) if number else left
    return np.where(found, answer, value)


def _extrapolated(left: Array, step: Array, before: Array) -> Array:
    """Where the values (N,) will come to rest, by their last two steps; one step on, where that is not near."""
    slope = np.divide(step, before, out=np.zeros(len(left)), where=before != 0.0)
    slope = np.where(np.abs(slope) < 0.5, slope, 0.0)
    return np.asarray(left + step * slope / (1.0 - slope))


def _paying(target: Array, stays: Mask | None) -> Array | float:
    """The part (N,) of the whole that pays for trades; all of it, where what stays leaves no part."""
    if stays is None:
        return 1.0
    kept = np.where(stays, target, 0.0).sum(axis=-1)
    return np.where(kept < 1.0 - _LEAST, 1.0 - kept, 1.0)


def _paid_for(orders: Array, wanted: Wanted, rows: Mask, policy: Policy, borrow: float) -> Array:
    """The orders (R, A) of some accounts, their purchases cut to what cash, loans and the sales among them pay for."""
    per, costs = np.where(wanted.prices > 0.0, wanted.prices, 0.0) / 10.0**policy.digits, policy.costs
    sales = np.minimum(orders, 0.0)
    power = wanted.cash[rows] + borrow * wanted.nav[rows]
    power -= float(policy.currency.minor) * np.count_nonzero(orders, axis=-1)
    power -= np.add.reduce(sales * per + costs.charge(-sales * per, wanted.dealing), -1)
    return np.where(orders > 0.0, afforded(np.maximum(orders, 0.0), power, per, costs, wanted.dealing), orders)

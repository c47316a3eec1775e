"""From knowledge to a decision: `aims` for many dates at once, `decide` for one account on one of them."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np

from trimtab.construction.admit import admit
from trimtab.construction.blend import Blend
from trimtab.core.arrays import Array, Mask, frozen
from trimtab.core.errors import BreachError
from trimtab.core.roles import Allocator
from trimtab.core.terms import CLOSE
from trimtab.core.trades import Book, Decision, Reach
from trimtab.core.values import Aims, Forecast, Parts, Regime, Scores, Sleeves, Today
from trimtab.data.view import MarketView
from trimtab.desk.asking import Walk, allocated, combined, heard_all, levering, levers, told, walk
from trimtab.desk.blending import blended
from trimtab.desk.dealing import dealing_of
from trimtab.desk.gates import borrow_of
from trimtab.desk.other_sources import listening
from trimtab.desk.outsiders import of_policy, outsiders, traders
from trimtab.desk.policy import Policy
from trimtab.desk.unknown import unknown_weights
from trimtab.execution.sizing import Sized, paid_for, size

NOTHING = Sized((), ())
UNHEARD = nullcontext()  # what is Trimtab's own reads nothing
HAIR = 1e-9  # what rounding does to a weight


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where we would be (D, A): by which factors (D, F), with which sleeves, and what their signals said (K, D, A)."""

    aim: Array
    factors: Array | None = None
    sleeves: Sleeves | None = None
    others: Array | None = None


def aims(policy: Policy, view: MarketView, *, along: Walk = walk) -> Aims:
    """What knowledge alone says, from the policy's `since` to the last date of `view`; folds run from its first row.

    `along` is how: a sweep listens whether any memory mattered. What components of one's own read beside the view is noted.
    """
    with listening(*of_policy(policy)):
        return _aims(policy, view, along)


def _aims(policy: Policy, view: MarketView, along: Walk) -> Aims:
    parts = heard_all(policy.signals, view, along=along)
    regime = told(policy.regime, view, along=along)
    scores = combined(policy.combine, parts, regime, along=along)
    forecast = policy.forecaster(view, scores, regime)
    found = placed(policy, policy.allocator, view, (scores, regime, forecast), along=along)
    goal = admit(found.aim, policy.rules, forecast.covariance)
    view.window(CLOSE, 1)  # the book is valued at these prices: they are inputs too, and count as known
    dealing = dealing_of(view, policy.liquidity) if policy.deals else None
    if found.others is not None:
        parts = Parts(parts.assets, tuple(policy.voices), np.concatenate([parts.values, found.others]))
    said = (parts, regime, scores, forecast, found.aim, goal.weights, goal.relaxed)
    return Aims(view.days, view.assets, *said, view.known, found.sleeves, dealing, found.factors)


def placed(
    policy: Policy, allocator: Allocator, view: MarketView, said: tuple[Scores, Regime, Forecast], *, along: Walk = walk
) -> Placed:
    """The aim, and what stands behind it where that is a blend, or another allocator that was scaled."""
    _, regime, forecast = said
    if isinstance(allocator, Blend):
        sleeves, others = blended(allocator, view, policy.schedule, (regime, forecast))
        return Placed(np.asarray(sleeves.contributions.sum(axis=0)), None, sleeves, others)
    if levering(allocator):
        inner = placed(policy, allocator.of, view, said, along=along)
        factors = levers(allocator, inner.aim, regime, forecast, along=along)
        by = factors[:, :1]
        scaled = inner.sleeves and replace(inner.sleeves, contributions=inner.sleeves.contributions * by)
        return Placed(inner.aim * by, factors, scaled, inner.others)
    return Placed(allocated(allocator, *said))


def decide(policy: Policy, today: Today, book: Book) -> Decision:
    """Target and orders of one account; `today` is one row of the aims.

    Where no portfolio keeps the limits, or what the weights need is not known, nothing is traded and the decision says why.
    Code of one's own gets this date alone, in copies: whatever it looks through, no later date is there.
    """
    seen = today
    if outsiders(*traders(policy)):
        seen, book = today.alone, replace(book, prices=frozen(book.prices.copy()))
    book = informed(policy, seen, book)
    invested = np.add.reduce(today.goal)
    if invested != invested:
        return _refused(today, book, unknown_weights(policy, today))
    try:
        with UNHEARD if seen is today else listening(policy.reacher):
            reach = policy.reacher(seen, book, policy.rules, policy.costs)
    except BreachError as refusal:
        return _refused(today, book, str(refusal))
    return reached(policy, today, book, reach)


def reached(policy: Policy, today: Today, book: Book, reach: Reach, *, keeps: Mask | None = None) -> Decision:
    """The decision to go where `reach` says: orders that are sized and paid for; `keeps` (A,) is not traded by one unit.

    It says why nothing is traded where nobody knows what trading would cost.
    """
    if policy.deals and (unknown := _unknown_costs(policy, reach, book)):
        return _refused(today, book, f"what trading costs is not known: no volume or volatility of {unknown}")
    moves = bool(
        np.logical_or.reduce(reach.target != book.held)
    )  # what stays as it is gets no order, not even for a cent of rounding
    still = book if keeps is None else replace(book, still=keeps if book.still is None else book.still | keeps)
    sized = sized_for(policy, reach.target, still) if moves else NOTHING
    if keeps is not None:  # the others may be too few to pay for what trading costs
        sized = paid_for(sized, still, policy.costs, policy.lotting, borrow=borrow_of(policy))
    relaxed = tuple(dict.fromkeys((*(("tilt",) if today.relaxed else ()), *reach.relaxed)))
    return Decision(today, book, reach, sized.orders, sized.below_minimum, relaxed)


def sized_for(policy: Policy, target: Array, book: Book) -> Sized:
    """Orders that lead from a book to a target (A,) as the policy trades: costs set aside, what is too small left out."""
    window = policy.rules.window(book) if policy.rules.windows else None
    sized = size(target, book, policy.costs, policy.lotting, prefix=f"{book.when}:", window=window)
    return paid_for(sized, book, policy.costs, policy.lotting, borrow=borrow_of(policy)) if sized.below_minimum else sized


def informed(policy: Policy, today: Today, book: Book) -> Book:
    """The book with what today's knowledge says of it, as far as limits and costs ask."""
    locked = policy.rules.locked
    if not (policy.watches or policy.deals or today.aims.sleeves is not None or locked is not None):
        return book
    still = today.still
    if locked is not None and book.funded:  # first funding makes the commitment (see `construction.restricted.Locked`)
        still = locked if still is None else still | locked
    covariance = today.forecast.covariance if policy.watches else None
    return replace(book, covariance=covariance, dealing=today.dealing, still=still)


def _unknown_costs(policy: Policy, reach: Reach, book: Book) -> str:
    """The assets whose trade would cost nobody knows what; empty where there are none."""
    way = reach.target - book.held
    charged = policy.costs.charge(np.where(np.abs(way) <= HAIR, 0.0, way) * book.nav, book.dealing)
    return ", ".join(asset.id for asset, cost in zip(policy.universe, charged.tolist(), strict=True) if cost != cost)


def _refused(today: Today, book: Book, why: str) -> Decision:
    reach = Reach(book.held, book.held, np.asarray(0.0), np.asarray(np.nan))  # no budget was asked
    return Decision(today, book, reach, (), refused=why)

"""The tax of selling as a term of an objective: piecewise linear, convex where the tax of each asset rises.

A sale takes the tranches of an asset in their order, each at its own tax a unit of weight. Where the order is not by
rising tax, the programme prices the convex envelope (neighbours pooled until the tax rises: Barlow, Bartholomew, Bremner
and Brunk 1972), which is never more than the tax. What is held beyond all tranches is taxed as the last of them.

A loss that sells first saves tax, and then the tax of a move bends the wrong way where selling turns into buying. So a
first programme finds what is bought where losses save nothing; a second lets them save in the assets that it did not buy,
and these are then not bought. Last, each other asset with losses is tried that way, and stays so where all is better for
it. Every step is at least as good as the one before, nothing is bought and sold at once, and the best of all ways is
mostly found, not surely. With no loss among the tranches one programme is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.construction.conic import boxed
from trimtab.construction.optimum import Within
from trimtab.construction.terms import Objective, Scene, Term, Writing, disliked
from trimtab.core.arrays import Array, Mask
from trimtab.core.taxes import Selling, Tranche, tranches
from trimtab.core.trades import Book

Solve = Callable[[Scene, Within], Array]


@dataclass(frozen=True, slots=True)
class Taxes(Term):
    """What the sales of today are taxed, as a fraction of net asset value: `Return() - 5 * Risk() - Taxes()`.

    Nothing where the scene has no `selling`. `charge` and `curve` are the voices of a `TaxCost`.
    """

    def charge(self, target: Array, book: Book) -> Array:
        """(...) tax of the sales between what is held and `target` (..., A), in the order in which units leave."""
        if book.selling is None:
            return np.zeros(target.shape[:-1])
        return tax_of(book.held - target, book.selling)

    def curve(self, book: Book) -> Selling | None:
        """The same with a tax that rises, asset by asset; None where the book does not say."""
        return None if book.selling is None else rising(book.selling)

    def value(self, weights: Array, scene: Scene) -> float:
        """Tax of going from what is held to `weights` (A,)."""
        return 0.0 if scene.selling is None else float(tax_of(scene.held - weights, scene.selling))

    def write(self, factor: float, writing: Writing, scene: Scene) -> None:
        """A variable for each tranche, at most its weight; those of an asset make up what it sells."""
        disliked(factor, self)
        if scene.selling is None:
            return
        real, last = _real(scene.selling)
        asset, place = np.nonzero(real & _matters(scene.selling)[:, np.newaxis])
        if not len(asset):
            return
        form, weights = writing.form, scene.selling.weights[asset, place]
        parts, rows = form.variables(len(asset)), np.arange(len(asset))
        form.charge(parts, -factor * scene.selling.now[asset, place])
        form.at_most(np.zeros(len(asset)), (rows, parts, -1.0))
        capped = place != last[asset]
        if capped.any():
            form.at_most(weights[capped], (np.arange(capped.sum()), parts[capped], 1.0))
        saves = _saves(scene.selling)
        for exactly, add in ((True, form.equal), (False, form.at_most)):
            own = saves[asset] == exactly
            who, row = np.unique(asset[own], return_inverse=True)
            if len(who):  # what is sold is what the tranches give: no more of them, where selling more would save tax
                sold = (np.arange(len(who)), writing.weights[who], -1.0)
                add(-scene.held[who], sold, (row, parts[own], -1.0))

    def spoken(self, weights: Any, scene: Scene, cvxpy: Any) -> Any:
        """For each asset the greatest of the lines that its tranches lie on."""
        total: Any = 0.0
        if scene.selling is None:
            return total
        real, saves = _real(scene.selling)[0], _saves(scene.selling)
        for a in np.flatnonzero(_matters(scene.selling)):  # one expression for each asset: that is how cvxpy says it
            own = np.flatnonzero(real[a])
            size, tax = scene.selling.weights[a, own], scene.selling.now[a, own]
            ends = np.cumsum(size * tax) - np.cumsum(size) * tax
            if not saves[a]:
                tax, ends = np.append(tax, 0.0), np.append(ends, 0.0)  # buying is not taxed
            total += cvxpy.max(tax * (scene.held[a] - weights[a]) + ends)
        return total


def tax_of(sold: Array, selling: Selling) -> Array:
    """(...) tax of selling `sold` (..., A), in weight; what is below zero is bought and not taxed."""
    if not selling.weights.shape[1]:
        return np.zeros(sold.shape[:-1])
    real, last = _real(selling)
    starts = np.cumsum(selling.weights, 1) - selling.weights
    room = np.where(np.arange(real.shape[1]) == last[:, np.newaxis], np.inf, selling.weights)
    parts = np.clip(sold[..., np.newaxis] - starts, 0.0, np.where(real, room, 0.0))
    return np.asarray(np.einsum("...ak,ak->...", parts, selling.now))


def rising(selling: Selling) -> Selling:
    """The convex envelope: the same where the tax of each asset rises, else its tranches pooled until it does.

    A tranche made of several is not put off: its `later` is its `now`.
    """
    steps = np.where(_real(selling)[0], selling.now, np.inf)
    if not (steps[:, 1:] < steps[:, :-1]).any():
        return selling
    return tranches([_pooled(*row) for row in zip(selling.weights, selling.now, strict=True)])


def best_taxed(objective: Objective, scene: Scene, within: Within, solve: Solve) -> Array:
    """The weights (A,) that `solve` finds for a scene with taxes: in several programmes, where losses save tax."""
    selling = scene.selling
    priced = any(isinstance(term, Taxes) and factor for factor, term in objective.parts)
    if selling is None or not priced or not _saves(selling).any():
        return solve(scene, within)
    saves = _saves(selling)
    sold = np.zeros(len(saves), dtype=bool)
    answer = _answer(sold, scene, within, solve)
    sold = saves & (answer <= scene.held)
    if sold.any():
        answer = _answer(sold, scene, within, solve)
    for a in _tempting(selling, saves & ~sold) if objective.standard else ():
        wider = sold | (np.arange(len(sold)) == a)
        if (within.base <= scene.held)[wider].all():  # else there may be no such portfolio
            other = _answer(wider, scene, within, solve)
            if objective.value(other, scene) > objective.value(answer, scene):
                answer, sold = other, wider
    return answer


def _answer(sold: Mask, scene: Scene, within: Within, solve: Solve) -> Array:
    """The best where losses save tax in the assets `sold` (A,) alone, and these are not bought."""
    selling: Any = scene.selling
    if sold.any():
        within = replace(within, region=boxed(within.region, (np.full(len(sold), -np.inf), np.where(sold, scene.held, np.inf))))
    now = np.where(sold[:, np.newaxis], selling.now, np.maximum(selling.now, 0.0))
    return solve(replace(scene, selling=replace(selling, now=now)), within)


def _tempting(selling: Selling, which: Mask) -> list[int]:
    """The assets `which` (A,), those first whose losses save most."""
    saved = np.minimum(selling.weights * selling.now, 0.0).sum(1)
    return [int(a) for a in np.argsort(saved, kind="stable") if which[a]]


def _real(selling: Selling) -> tuple[Mask, Array]:
    """Which tranches are any (A, K), and the place of the last one of each asset (A,); -1 where there is none."""
    real = selling.weights > 0.0
    width = real.shape[1]
    return real, np.where(real, np.arange(width), -1).max(1, initial=-1)


def _matters(selling: Selling) -> Mask:
    """Whose sales (A,) are taxed, or save tax."""
    return np.asarray(((selling.weights > 0.0) & (selling.now != 0.0)).any(1))


def _saves(selling: Selling) -> Mask:
    """Whose sales (A,) can save tax."""
    return np.asarray(((selling.weights > 0.0) & (selling.now < 0.0)).any(1))


def _pooled(weights: Array, now: Array) -> list[Tranche]:
    """One asset (K,): a tranche that is taxed less than the one before becomes one with it."""
    found: list[Tranche] = []
    for weight, tax in zip(weights.tolist(), now.tolist(), strict=True):
        last = Tranche(weight, tax, tax, np.inf)
        while found and weight > 0.0 and last.now < found[-1].now:
            last = _both(found.pop(), last)
        found += [last] if weight > 0.0 else []
    return found


def _both(one: Tranche, other: Tranche) -> Tranche:
    weight = one.weight + other.weight
    tax = (one.now * one.weight + other.now * other.weight) / weight
    return Tranche(weight, tax, tax, np.inf)

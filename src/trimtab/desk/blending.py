"""A blend at work: each sleeve looks on its own dates, and what they put in adds up to the aim.

A sleeve that does not decide keeps its holdings, which drift. How they drift is worked out from prices alone, as if the
whole had been held as it was aimed at, so that it is knowledge like any other: live replays it, and no book is asked.
Its sleeves that do decide share out what the others leave. Where every sleeve decides, w = sum of a_k w_k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trimtab.construction.blend import Blend, Sleeve
from trimtab.core.arrays import Array, Mask
from trimtab.core.calendar import Frequency
from trimtab.core.roles import RegimeModel
from trimtab.core.schedule import Schedule
from trimtab.core.terms import TOTAL_RETURN
from trimtab.core.values import Forecast, Regime, Scores, Sleeves
from trimtab.data.view import MarketView
from trimtab.desk.asking import allocated, combined, heard_all, told
from trimtab.desk.dates import scheduled


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """What one sleeve says on the dates of the blend: its weights (D, A) and signals (K, D, A), each the last known."""

    weights: Array
    parts: Array
    decides: Mask


def blended(blend: Blend, view: MarketView, own: Schedule, beliefs: tuple[Regime, Forecast]) -> tuple[Sleeves, Array]:
    """The sleeves of a blend, and the answers (K, D, A) of all their signals, in order; `own` is the policy's schedule."""
    regime, forecast = beliefs
    when = deciding(view, [sleeve.decide or own.decide for sleeve in blend.sleeves.values()], own.offset)
    voices = [_voice(*one, view, beliefs) for one in zip(blend.sleeves.values(), when, strict=True)]
    weights, decides = (np.stack([getattr(voice, name) for voice in voices]) for name in ("weights", "decides"))
    shares = blend.shares(weights, regime, forecast)
    decides &= np.isfinite(weights).all(axis=2) & np.isfinite(shares)
    put = contributions(weights, shares, decides, _growth(view))
    return Sleeves(tuple(blend.sleeves), weights, put, decides), np.concatenate([voice.parts for voice in voices])


def contributions(weights: Array, shares: Array, decides: Mask, growth: Array) -> Array:
    """(K, D, A) what K sleeves put into the whole: `weights` (K, D, A) of their own, `shares` (K, D), `growth` (D, A).

    `growth` is that of each asset since the date before. The sum is NaN until every sleeve has decided once; one that has
    not is NaN, and counts as cash to the others.
    """
    count, dates, assets = weights.shape
    out = np.empty((count, dates, assets))
    held = np.full((count, assets + 1), np.nan)  # fractions of the whole, cash last
    part = np.zeros(count)  # the shares last known
    whole = np.concatenate([weights, 1.0 - weights.sum(-1, keepdims=True)], axis=-1)
    for d in range(dates):
        deciding = decides[:, d]
        part = np.where(np.isfinite(shares[:, d]), shares[:, d], part)
        if deciding.all():
            held = part[:, np.newaxis] * whole[:, d]
        else:
            held = _decided(_drifted(held, growth[d], part), deciding, part, whole[:, d])
        out[:, d] = held[:, :-1]
    return out


def _drifted(held: Array, growth: Array, part: Array) -> Array:
    """Holdings (K, A + 1) after a `growth` (A,), as fractions of what the whole is worth then."""
    grown = np.concatenate([held[:, :-1] * growth, held[:, -1:]], axis=1)
    worth = grown.sum(axis=1)
    total = np.where(np.isnan(worth), part, worth).sum()
    return np.asarray(grown / total) if total > 0.0 else grown


def _decided(held: Array, deciding: Mask, part: Array, whole: Array) -> Array:
    """Holdings (K, A + 1) after some sleeves decide: they share out what the others leave, by their shares `part` (K,)."""
    kept = held[~deciding].sum(axis=1)
    pool = 1.0 - float(np.where(np.isnan(kept), part[~deciding], kept).sum())
    own = part[deciding]
    after = held.copy()
    after[deciding] = (pool * own / own.sum())[:, np.newaxis] * whole[deciding] if own.sum() > 0.0 else 0.0
    return after


def _voice(sleeve: Sleeve, decides: Mask, view: MarketView, beliefs: tuple[Regime, Forecast]) -> Voice:
    regime, forecast = beliefs
    rows = np.flatnonzero(decides)
    own = view.at(rows)
    regime = _own(sleeve.regime, own) or Regime(regime.states, regime.probabilities[rows])
    parts = heard_all(sleeve.signals, own)
    nothing = Scores(own.assets, np.full((len(rows), len(own.assets)), np.nan))
    scores = combined(sleeve.combine, parts, regime) if sleeve.combine is not None else nothing
    if sleeve.forecast is not None:
        forecast = sleeve.forecast(own, scores, regime)
    else:
        forecast = replace(forecast, mean=forecast.mean[rows], covariance=forecast.covariance[rows], repaired=None)
    weights = allocated(sleeve.allocator, scores, regime, forecast)
    return Voice(_held_on(weights, decides), _held_on(np.moveaxis(parts.values, 0, 1), decides).swapaxes(0, 1), decides)


def _own(model: RegimeModel | None, view: Any) -> Regime | None:
    return told(model, view) if model is not None else None


def _held_on(rows: Array, decides: Mask) -> Array:
    """Rows (N, ...) of the N dates that decide, on all dates (D, ...): the last one holds on; NaN before the first."""
    at = np.cumsum(decides) - 1
    unknown = np.full((1, *rows.shape[1:]), np.nan)
    return np.asarray(np.concatenate([rows, unknown])[at])


def deciding(view: MarketView, schedules: Sequence[Frequency], offset: int = 0) -> Mask:
    """(K, D) on which decision dates of a view each of K schedules, all moved by `offset`, calls for a decision.

    A date for which none of them calls is one on which somebody asks all the same: then all decide.
    """
    found = np.array([np.isin(view.rows, scheduled(view.market, every, offset)) for every in schedules])
    return np.asarray(found | ~found.any(axis=0))


def _growth(view: MarketView) -> Array:
    """(D, A) growth of each asset since the decision date before; 1 where that is unknown, and on the first."""
    index = view.window(TOTAL_RETURN, 1)[:, 0]
    growth = np.ones(index.shape)
    growth[1:] = index[1:] / index[:-1]
    return np.where(np.isfinite(growth), growth, 1.0)

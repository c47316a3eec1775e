"""Margin: how far leverage is from a call, and what a path of returns does to a levered position.

Equity over gross exposure must not fall below the maintenance requirement, or the broker calls and what is held is sold
until the initial requirement is met (Board of Governors of the Federal Reserve System, Regulation T, 12 CFR 220, asks for
an initial 50 %; FINRA Rule 4210 for 25 % to maintain it, and many brokers for more).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Gt, Lt

from trimtab.core.arrays import Array, Index, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TIE, check_ranges
from trimtab.numerics.returns import over


@dataclass(frozen=True, slots=True)
class Margin:
    """What equity must be of gross exposure: `initial` after a trade or a call, `maintenance` at any time."""

    initial: Annotated[float, Gt(0.0), Lt(1.0)] = 0.50
    maintenance: Annotated[float, Gt(0.0), Lt(1.0)] = 0.25

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.maintenance > self.initial:
            what = f"maintenance {self.maintenance:g} is above the initial requirement of {self.initial:g}"
            raise ParameterError(what, field="maintenance", remedy="Give at most the initial requirement.")


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Equity over gross (T, ...), the sessions on which it was too low, and on which it became so (a call)."""

    ratio: Array
    below: Mask
    called: Mask

    @property
    def count(self) -> Index:
        """How many calls (...)."""
        return np.asarray(self.called.sum(axis=0), dtype=np.intp)

    @property
    def first(self) -> Index:
        """The number of the session of the first (...), -1 where there was none."""
        return first_of(self.called)


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A levered position over T sessions: what stood at the end of each, after any forced sale, and what was sold.

    `equity` and `gross` (T + 1, ...), the start among them, in units of the equity at the start; `ratio` (T, ...) equity
    over gross before a sale, 0 after a loss of everything, NaN while nothing is held; `called`, `sold` and `interest` paid
    (T, ...). Ruin: equity at or below 0. Everything is sold, and equity stays what it is: below 0 is owed.
    """

    equity: Array
    gross: Array
    ratio: Array
    called: Mask
    sold: Array
    interest: Array

    @property
    def ruined(self) -> Index:
        """The number of the session (...) that left no equity, -1 where some was left."""
        return first_of(self.equity[1:] <= 0.0)

    @property
    def count(self) -> Index:
        """How many calls (...), ruin among them."""
        return np.asarray(self.called.sum(axis=0), dtype=np.intp)

    @property
    def first(self) -> Index:
        """The number of the session of the first call (...), -1 where there was none."""
        return first_of(self.called)


def margin_calls(gross: Array, value: Array, maintenance: float) -> Calls:
    """Calls on an account with gross exposure and net asset value (T, ...) at the end of each session, currency.

    The ratio is NaN where nothing is held or one of the two is unknown: no call, unless equity is below 0. A call lasts until
    a session on which the ratio is high enough or nothing is held any more; it is counted once.
    """
    gross, value = np.broadcast_arrays(np.asarray(gross, dtype=float), np.asarray(value, dtype=float))
    ratio = np.where(gross > 0.0, over(value, gross), np.nan)
    below = (ratio < maintenance * (1.0 - TIE)) | (value < 0.0)
    called = np.zeros_like(below)
    waiting = np.zeros(below.shape[1:], dtype=bool)
    for t, low in enumerate(below):  # a call stands until it is met
        called[t] = low & ~waiting
        waiting = low | (waiting & np.isnan(ratio[t]) & (gross[t] != 0.0))
    return Calls(ratio, below, called)


def fall_to_call(leverage: Array | float, maintenance: float) -> Array:
    """The loss of gross exposure in one session that would bring a call today, for leverage (...) = gross / equity.

    (1 - m k) / (k (1 - m)): 0 where the call is there already, 1 where no fall brings one (nothing is borrowed), NaN where
    leverage is unknown. Leverage below 0 stands for equity that is gone.
    """
    k = np.asarray(leverage, dtype=float)
    borrowed = np.where(k > 1.0, k, np.nan)
    fall = np.clip((1.0 - maintenance * borrowed) / (borrowed * (1.0 - maintenance)), 0.0, 1.0)
    return np.where(k > 1.0, fall, np.where(k < 0.0, 0.0, np.where(np.isnan(k), np.nan, 1.0)))


def hold_levered(returns: Array, leverage: Array | float, margin: Margin, *, borrowing: Array | float = 0.0) -> Path:
    """Buy `leverage` (...) times the equity, keep the units, and meet each call by a sale at the close.

    `returns` (T, ...) are simple, per session; leading axes broadcast, one path for each. `borrowing` is what debt costs
    per session (T,) or one rate for all; cash that is left over earns nothing. What follows an unknown return, or one below
    -100 %, is NaN, and no call is counted there. Raises ParameterError for leverage below 0, or above what the initial
    requirement allows.
    """
    returns = np.asarray(returns, dtype=float)
    rates = np.broadcast_to(np.asarray(borrowing, dtype=float), returns.shape[:1])
    k = np.asarray(leverage, dtype=float)
    if not ((k >= 0.0) & (k * margin.initial <= 1.0 + TIE)).all():
        remedy = f"An initial requirement of {margin.initial:g} allows leverage from 0 to {1.0 / margin.initial:g}."
        raise ParameterError(f"leverage {k.max():g} cannot be had", field="leverage", remedy=remedy)
    shape = np.broadcast_shapes(returns.shape[1:], k.shape)
    gross = np.broadcast_to(k, shape)
    debt = gross - 1.0
    columns = np.zeros((6, len(returns), *shape))
    for t, (row, rate) in enumerate(zip(returns, rates, strict=True)):  # each session starts from where the last one ended
        gross, debt = _session(gross, debt, (row, rate), margin, columns[:, t])
    equity, held, ratio, called, sold, interest = columns
    start = np.ones((1, *shape))
    return Path(np.concatenate([start, equity]), np.concatenate([start * k, held]), ratio, called > 0.0, sold, interest)


def first_of(told: Mask) -> Index:
    """The first number along the first axis of (T, ...) at which something is so, -1 where it never is; shape (...)."""
    if len(told) == 0:
        return np.full(told.shape[1:], -1, dtype=np.intp)
    return np.where(told.any(axis=0), np.argmax(told, axis=0), -1)


def _session(gross: Array, debt: Array, moves: tuple[Array, Array], margin: Margin, out: Array) -> tuple[Array, Array]:
    """One session: the market moves, interest is paid, a call is met. Fills `out` and returns gross and debt afterwards."""
    row, rate = moves
    alive = ~(gross <= 0.0)  # what is unknown stays unknown
    growth = 1.0 + np.where(np.isfinite(row) & (row >= -1.0), row, np.nan)
    interest = np.where(alive, np.maximum(debt, 0.0) * rate, 0.0)
    after = np.where(alive, gross * growth, 0.0)
    equity = np.where(alive, after - debt - interest, -debt)
    ratio = np.where(alive & (after == 0.0), 0.0, over(equity, after))
    called = alive & ((equity <= 0.0) | (ratio < margin.maintenance * (1.0 - TIE)))
    kept = np.where(called, np.maximum(equity, 0.0) / margin.initial, after)
    for place, value in enumerate((equity, kept, ratio, called, after - kept, interest)):
        out[place] = value
    return kept, kept - equity

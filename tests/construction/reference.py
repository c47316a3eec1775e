"""What the tests of construction share: a universe, books and aims to decide on, random rules, the least turnover."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog

from trimtab.construction.limits import LongOnly, MaxLeverage, MaxTilt, MaxWeight, MinWeight, Of
from trimtab.core.arrays import Array
from trimtab.core.frictions import Limit
from trimtab.core.region import Region
from trimtab.core.rules import Rule, Rules
from trimtab.core.trades import Book, Turnover
from trimtab.core.values import Aims, Asset, Days, Forecast, Parts, Regime, Scores

CLASSES = ("equity", "bonds", "real")


def universe(count: int) -> tuple[Asset, ...]:
    """Assets A0, A1, ... in three classes by turns."""
    return tuple(Asset(f"A{i}", asset_class=CLASSES[i % 3]) for i in range(count))


def rules_of(*limits: Limit, count: int) -> Rules:
    return Rules(tuple(Rule(limit) for limit in limits), count)


def book_of(held: Array, *, when: str = "2024-05-31", fills: dict[str, float] | None = None, funded: bool = True) -> Book:
    """An account holding `held`; `fills` gives past one-way turnover by date, all of it between asset 0 and cash."""
    dates = np.array(list(fills or {}), dtype="datetime64[D]")
    moves = np.zeros((len(dates), held.shape[-1] + 1))
    moves[:, 0] = moves[:, -1] = 0.5 * np.array(list((fills or {}).values()), dtype=float)
    nothing = np.ones(held.shape[-1])
    return Book(np.datetime64(when), held, 100.0, 0.0, nothing, (), 0, Turnover(dates, moves), funded)  # type: ignore[arg-type]


def scores_of(*rows: list[float]) -> Scores:
    values = np.array(rows, dtype=float)
    return Scores(universe(values.shape[-1]), values)


def nothing_known(scores: Scores) -> tuple[Regime, Forecast]:
    count = len(scores.values)
    return Regime((), np.empty((count, 0))), Forecast(
        np.full(scores.values.shape, np.nan), np.full((*scores.values.shape, scores.values.shape[-1]), np.nan)
    )


def aims_of(goal: Array) -> Aims:
    """Aims of one date, of which a reacher reads the goal."""
    assets = universe(goal.shape[-1])
    scores = Scores(assets, np.zeros((1, goal.shape[-1])))
    regime, forecast = nothing_known(scores)
    days = Days(np.array(["2024-05-31"], dtype="datetime64[D]"), np.array(["2024-05-31T22"], dtype="datetime64[s]"))
    parts, known = Parts(assets, (), np.empty((0, *goal.shape))), days.cutoffs
    return Aims(days, assets, parts, regime, scores, forecast, goal, goal, goal > 9, known)


def least_turnover(held: Array, region: Region) -> float:
    """The smallest one-way turnover from `held` (A,) into `region`, cash counted, as a linear programme (HiGHS)."""
    count = len(held)
    whole = np.append(held, 1.0 - held.sum())
    rows, ends = [], []
    for group in region.groups:
        members = np.append(group.members, False).astype(float)
        rows += [members, -members]
        ends += [group.cap - members @ whole, members @ whole - group.floor]
    kept = [k for k, end in enumerate(ends) if np.isfinite(end)]
    matrix = np.array([np.concatenate([rows[k], -rows[k]]) for k in kept]).reshape(-1, 2 * count + 2)
    box = np.eye(count + 1)
    low, high = np.append(region.low, region.low_cash), np.append(region.high, region.high_cash)
    for end, sign in ((high - whole, 1.0), (whole - low, -1.0)):
        some = np.isfinite(end)
        matrix = np.vstack([matrix, sign * np.hstack([box, -box])[some]])
        ends, kept = [ends[k] for k in kept] + list(end[some]), range(len(kept) + int(some.sum()))
    balance = np.concatenate([np.ones(count + 1), -np.ones(count + 1)])[None]
    answer = linprog(np.full(2 * count + 2, 0.5), matrix, np.array(ends), balance, [0.0], bounds=(0, None))
    assert answer.status == 0
    return float(answer.fun)


_WEIGHT = st.one_of(st.integers(0, 8).map(lambda k: k / 8.0), st.floats(0.0, 1.0))


@st.composite
def portfolios(draw, count: int, *, spare: float = 1.0) -> Array:
    """Weights (A,) of at least 0 that sum to `spare` or less."""
    weights = np.array(draw(st.lists(_WEIGHT, min_size=count, max_size=count)))
    return spare * weights / max(weights.sum(), 1.0)


@st.composite
def rule_sets(draw, count: int) -> Rules:
    """One to four limits that all allow one portfolio, found by loosening each until it does."""
    assets = universe(count)
    inside = draw(portfolios(count))
    limits: list[Limit] = [MaxLeverage(1.5, assets)] if draw(st.booleans()) else []
    for kind in draw(st.lists(st.sampled_from([LongOnly, MaxWeight, MinWeight, MaxTilt]), min_size=1, max_size=3)):
        of = draw(st.sampled_from([Of.ASSET, Of.CLASS]))
        room, gap = draw(_WEIGHT), draw(st.sampled_from([0.0, 0.01, 0.1]))
        if kind is LongOnly:
            limits.append(LongOnly(assets))
        elif kind is MaxTilt:
            benchmark = draw(portfolios(count))
            zero = MaxTilt(0.0, of, tuple(benchmark), assets)
            limits.append(MaxTilt(_fraction(zero.breach(inside, None) + gap), of, tuple(benchmark), assets))
        else:
            only = draw(st.sampled_from([(), ("A0",) if of is Of.ASSET else ("equity",)]))
            sign, loose = (1.0, 0.0) if kind is MaxWeight else (-1.0, 1.0)
            worst = kind(loose, of, _known(only, of, count), assets).breach(inside, None)
            limits.append(kind(_fraction(loose + sign * (worst + gap * room)), of, _known(only, of, count), assets))
    return rules_of(*limits, count=count)


def _fraction(number: float) -> float:
    return float(min(max(number, 0.0), 1.0))


def _known(only: tuple[str, ...], of: Of, count: int) -> tuple[str, ...]:
    """Every class that has an asset, where all are meant: a small universe need not have all three."""
    return only or (() if of is Of.ASSET else CLASSES[:count])

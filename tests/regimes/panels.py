"""Panels for regime models: three assets whose volatility, correlation and prices change, and series known late."""

from __future__ import annotations

import dataclasses

import numpy as np

from tests.signals.array_view import ArrayView, Named, month_ends, random_panel
from trimtab.core.terms import CLOSE, DAY, TOTAL_RETURN, WEEK, Span


def shifting_panel(seed: int, count: int, *, daily: bool = False, gaps: float = 0.0) -> ArrayView:
    """A random panel of three assets with calm and wild times, a factor that comes and goes, and the series `output`."""
    rng = np.random.default_rng(seed)
    made = random_panel(seed, count, 3, daily=daily)
    wave = np.sin(np.arange(count) / 9.0)
    size = 0.02 * np.exp(wave)[:, None]
    shared = np.array([1.0, 0.6, 0.9]) * np.sign(wave + 0.2)[:, None] ** np.array([0.0, 0.0, 1.0])
    moves = size * (0.6 * rng.standard_normal((count, 3)) + shared * rng.standard_normal((count, 1)))
    total = 100.0 * np.exp(np.cumsum(moves, axis=0))
    total[rng.random((count, 3)) < gaps] = np.nan
    dates = month_ends("2000-01", len(made.named["long"].dates))
    late = dates + np.timedelta64(10, "D")
    months = np.arange(len(dates))
    prices = 100.0 * np.exp(np.cumsum(0.003 + 0.004 * np.sin(months / 5.0)))
    output = 100.0 * np.exp(np.cumsum(0.001 + 0.012 * np.sin(months / 7.0)))
    named = {**made.named, "prices": Named(dates, late, prices), "output": Named(dates, late, output)}
    return dataclasses.replace(made, fields={TOTAL_RETURN: total, CLOSE: total}, named=named)


def views(seed: int, span: Span, layout: str) -> ArrayView:
    """A panel long enough for `span`, with gaps now and then; decisions at even steps."""
    rng = np.random.default_rng(seed)
    daily = bool(rng.integers(2))
    count = 3 * span.count + 12 if not daily or span.every is DAY else (55 if span.every is WEEK else 23 * span.count)
    made = shifting_panel(seed, count, daily=daily, gaps=float(rng.choice([0.0, 0.01])))
    step = max(1, count // 16)
    return dataclasses.replace(made.at(*range(int(rng.integers(step)), count, step)), layout=layout)

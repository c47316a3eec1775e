"""What a covariance says, word for word."""

from __future__ import annotations

import numpy as np

from tests.signals.array_view import panel, random_panel
from trimtab.core.terms import Span, months, sessions
from trimtab.forecasts.telling import told

VIEW = random_panel(1, 30, 5, daily=True)
ROWS = np.zeros((20, 5))
# Volatilities 10 %, 20 %, 40 %; correlations 0.5, 0, -0.2: average 0.1.
COVARIANCE = np.array([[0.01, 0.01, 0.0], [0.01, 0.04, -0.016], [0.0, -0.016, 0.16]])


def padded(size: int) -> np.ndarray:
    whole = np.full((5, 5), np.nan)
    whole[:size, :size] = COVARIANCE[:size, :size]
    return whole


def test_all_parts() -> None:
    rows = ROWS.copy()
    rows[:7, 3:] = np.nan
    said = told(VIEW, sessions(20), rows, padded(3), ["shrunk by 12 %"])
    assert said == (
        "last 20 days: volatility 10.0 % (A0) to 40.0 % (A2) a year, average correlation +0.10, shrunk by 12 %; "
        "unknown: A3 (13 of 20 returns are known), A4 (13 of 20 returns are known)"
    )


def test_one_asset_has_no_correlation() -> None:
    one = padded(1)
    assert told(VIEW, months(20), ROWS, one).startswith("last 20 months: volatility 10.0 % a year; unknown: A1 (20 of 20")
    assert told(VIEW, Span.parse("20W"), ROWS, one).startswith("last 20 weeks: ")


def test_nothing_known() -> None:
    rows = np.full((20, 5), np.nan)
    assert told(VIEW, sessions(20), rows, padded(0)) == (
        "covariance unknown: A0 (0 of 20 returns are known), A1 (0 of 20 returns are known), "
        "A2 (0 of 20 returns are known) and 2 more"
    )
    nobody = panel(np.empty((3, 0)))
    assert told(nobody, sessions(20), np.empty((20, 0)), np.empty((0, 0))) == "covariance unknown: there are no assets"

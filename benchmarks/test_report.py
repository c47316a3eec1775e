"""The tear sheet of 25 years of days against a benchmark: how long its HTML takes, beside quantstats' for the same series."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from benchmarks.conftest import Table
from benchmarks.stopwatch import seconds

YEARS, RATIO, MOST = 25, 5.0, 1.0  # times faster than quantstats at least; CPU seconds at most

pytestmark = pytest.mark.usefixtures("pinned")


def series() -> tuple[pd.Series, pd.Series]:
    """Returns of a fund and of its benchmark on the weekdays of 25 years, made from one seed."""
    days = pd.bdate_range("2000-01-03", periods=252 * YEARS)
    random = np.random.default_rng(8)
    market = pd.Series(random.normal(0.0003, 0.011, len(days)), index=days, name="Market")
    return (0.6 * market + random.normal(0.0001, 0.003, len(days))).rename("Fund"), market


def test_the_html_report_takes_a_fifth_of_what_quantstats_takes(table: Table, tmp_path: Path) -> None:
    fund, market = series()
    ours = seconds(lambda: trimtab.report(fund, market, out=tmp_path / "ours.html"), 5)
    theirs = seconds(lambda: by_quantstats(fund, market, tmp_path / "theirs.html"), 1)
    assert (tmp_path / "theirs.html").stat().st_size > 100_000
    table.add(
        "HTML report, 25 years of days", f"{ours:.2f} s, quantstats {theirs:.2f} s, {theirs / ours:.0f} times", f">= {RATIO:g}"
    )
    assert ours <= MOST
    assert theirs / ours >= RATIO


def by_quantstats(fund: pd.Series, market: pd.Series, place: Path) -> None:
    """The same series through quantstats, drawn off screen; its own warnings are not ours."""
    import matplotlib as mpl

    mpl.use("Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import quantstats

        quantstats.reports.html(fund, market, output=str(place), match_dates=False)

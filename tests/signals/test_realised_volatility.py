"""RealisedVolatility: worked by hand, against pandas, in blocks, and where it is unknown."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, panel, random_panel
from tests.signals.laws import same, walked
from trimtab.core.errors import ParameterError
from trimtab.core.terms import MONTH, TOTAL_RETURN, Span, months, sessions
from trimtab.numerics.ranks import percentile_rank, rank_of_last
from trimtab.signals import realised_volatility
from trimtab.signals.percentiles import calm, turn
from trimtab.signals.realised_volatility import RealisedVolatility

nan = np.nan
SMALL = RealisedVolatility(sessions(2), sessions(5), 0.8, 0.4, 5)


def prices(returns: list[float]) -> list[float]:
    return np.cumprod([100.0, *(1.0 + r for r in returns)]).tolist()


def daily(values: list[float] | np.ndarray) -> ArrayView:
    return panel(values, daily=True)


def test_by_hand() -> None:
    # Sums of two squares, in units of 1 %^2: 1+1 = 2, 1+4 = 5, 4+9 = 13, 9+1 = 10, 1+16 = 17, 16+0 = 16, 0+0 = 0, 0+1 = 1.
    # Five of them: 17 is highest of (2 5 13 10 17): .9; 16 of (5 13 10 17 16): .7; 0 of (13 10 17 16 0): .1;
    # 1 of (10 17 16 0 1): .3. Off above .8, on below .4, and .7 keeps what was.
    view = daily(prices([0.01, -0.01, 0.02, -0.03, 0.01, 0.04, 0.0, 0.0, 0.01]))
    ranks = SMALL.measure(view).values[:, 0]
    assert np.isnan(ranks[:6]).all()
    assert ranks[6:] == pytest.approx([0.9, 0.7, 0.1, 0.3])
    assert SMALL(view).values[6:, 0].tolist() == [-1.0, 0.0, 1.0, 1.0]
    assert walked(SMALL, SMALL(view).values)[6:, 0].tolist() == [-1.0, -1.0, 1.0, 1.0]


def test_the_volatility_in_the_words_by_hand() -> None:
    # Last two returns 1 %, 4 %: sqrt(252 / 2 x (.0001 + .0016)) = .4628.
    view = daily(prices([0.01, -0.01, 0.02, -0.03, 0.01, 0.04]))
    assert SMALL.sentence(view, 0) == "2-day volatility 46.3 % a year, percentile 90.0 %, above 80 %: off"
    assert SMALL.flip(view, 0) == "turns on below 40 % in the percentile of 2-day volatility"
    assert SMALL.words == "percentile of 2-day volatility among its last 5, off above 80 %, on below 40 %"


def test_edges_hold() -> None:
    ranks = np.array([0.8, 0.8 + 1e-15, 0.81, 0.6, 0.6 - 1e-16, 0.59, 0.7, nan])
    assert same(calm(ranks, 0.6, 0.8), np.array([0, 0, -1, 0, 0, 1, 0, nan]))
    assert turn(0.7, 0.6, 0.8) == "turns on below 60 %, off above 80 %"
    assert turn(nan, 0.6, 0.8) == ""


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gaps=st.sampled_from([0.0, 0.01]))
def test_against_pandas(seed: int, gaps: float) -> None:
    view = random_panel(seed, 120, 2, daily=True, gaps=gaps)
    signal = RealisedVolatility(sessions(6), sessions(40), minimum=20)
    frame = pd.DataFrame(view.fields[TOTAL_RETURN])
    squares = frame.pct_change(fill_method=None) ** 2
    volatility = np.sqrt(252.0 / 6.0 * squares.rolling(6).sum())
    rolled = volatility.rolling(40, min_periods=20)
    expected = (rolled.rank(pct=True) - 0.5 / rolled.count()).where(volatility.notna())  # ties, itself among them, are half
    np.testing.assert_allclose(signal.measure(view).values, expected, rtol=1e-9, atol=1e-12)


def test_months_are_months() -> None:
    view = random_panel(3, 60, 1)
    signal = RealisedVolatility(months(3), months(24), minimum=24)
    assert signal.rows == Span(27, MONTH)
    assert "3-month volatility" in signal.sentence(view, 0)
    squares = (pd.Series(view.fields[TOTAL_RETURN][:, 0]).pct_change() ** 2).rolling(3).sum()
    shown = f"{100.0 * float(np.sqrt(12.0 / 3.0 * squares.iloc[-1])):.1f} % a year"
    assert shown in signal.sentence(view, 0)


def test_a_steady_index_does_not_vary_in_any_currency() -> None:
    """Bills whose returns differ in their last bits only."""
    bills = 1.0001 ** np.arange(60.0)
    signal = RealisedVolatility(sessions(5), sessions(30), minimum=30)
    for factor in (1.0, 0.3, 1e-6, 7.0):
        view = daily(bills * factor)
        assert np.isnan(signal(view).values).all()
        assert signal.sentence(view, 0) == "percentile of 5-day volatility unknown: it has not varied"
    steps = np.cumprod(np.where(np.arange(60) % 2, 1.0001, 0.9999))  # up and down by as much: all volatilities tie
    assert np.isnan(signal(daily(steps)).values).all()


def test_what_is_unknown() -> None:
    flat = daily(np.full(30, 7.0))
    assert np.isnan(SMALL(flat).values).all()
    assert SMALL.sentence(flat, 0) == "percentile of 2-day volatility unknown: it has not varied"
    short = daily(prices([0.01, -0.02, 0.01]))
    assert SMALL.sentence(short, 0) == "percentile of 2-day volatility unknown: 2 values are known, 5 are needed"
    gap = random_panel(1, 12, 1, daily=True)
    gap.fields[TOTAL_RETURN][-2] = nan
    assert np.isnan(SMALL(gap).values[-2:]).all()
    assert SMALL.sentence(gap, 0) == "2-day volatility unknown: 0 of 2 returns are known"
    wrong = random_panel(1, 12, 1, daily=True)
    wrong.fields[TOTAL_RETURN][-2] = 0.0
    assert np.isnan(SMALL(wrong).values[-2:]).all()  # no return is more than -100 %


def test_an_old_gap_does_not_silence_it_for_years() -> None:
    view = random_panel(2, 60, 1, daily=True)
    signal = RealisedVolatility(sessions(3), sessions(40), minimum=20)
    view.fields[TOTAL_RETURN][30] = nan
    assert np.isfinite(signal(view).values[34:]).all()
    assert np.isnan(signal(view).values[30:34]).all()


def test_ranks_by_hand() -> None:
    # 3 among (1, 3, nan, 3, 5, 3): one below, three equal of five: (1 + 1.5) / 5.
    rows = np.array([1.0, 3.0, nan, 3.0, 5.0, 3.0])
    assert rank_of_last(rows, least=5) == pytest.approx(0.5)
    assert np.isnan(rank_of_last(rows, least=6))
    assert np.isnan(rank_of_last(np.full(6, 2.0), least=2))
    assert rank_of_last(np.array([1.0, 1.0 + 1e-10, 2.0, 1.0]), least=2, tie=1e-9) == pytest.approx(1.5 / 4)
    many = np.random.default_rng(0).integers(0, 9, (20, 15)).astype(float)
    assert same(rank_of_last(many, least=2), percentile_rank(many))


@pytest.mark.parametrize("cells", [1, 40, 10_000])
def test_blocks_are_the_whole(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    view = random_panel(5, 70, 5, daily=True, gaps=0.02)
    signal = RealisedVolatility(sessions(3), sessions(20), minimum=10)
    whole = signal(view).values
    monkeypatch.setattr(realised_volatility, "_CELLS", cells)
    assert same(signal(view).values, whole)


def test_memory_stays_small() -> None:
    """250 dates of 40 assets and 1,281 rows are 100 MB of volatilities at once; block by block they are a few."""
    index = np.cumprod(1.0 + 0.01 * np.random.default_rng(0).standard_normal((1530, 40)), axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(index, 1281, axis=0).transpose(0, 2, 1)

    class Windowed:
        def window(self, field: object, n: int, *, every: object) -> np.ndarray:
            return windows

    tracemalloc.start()
    ranks = RealisedVolatility()._ranks(Windowed())  # type: ignore[arg-type]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ranks.shape == (250, 40)
    assert np.isfinite(ranks).all()
    assert most < 20e6


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RealisedVolatility(sessions(1)), "window"),
        (lambda: RealisedVolatility(months(3)), "history"),
        (lambda: RealisedVolatility(history=sessions(100)), "history"),
        (lambda: RealisedVolatility(minimum=1), "minimum"),
        (lambda: RealisedVolatility(off_above=1.2), "off_above"),
        (lambda: RealisedVolatility(off_above=0.5), "on_below"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field

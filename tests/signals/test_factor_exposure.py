"""Exposure to factors: against statsmodels on drawn and on real data, late and stale series, its words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.real_world import HOURS_2, fund, monthly
from tests.shared_data import shared
from tests.signals.array_view import ArrayView, Named, month_ends, random_panel
from trimtab.core.errors import ParameterError
from trimtab.core.terms import CLOSE, TOTAL_RETURN, Span, months, sessions
from trimtab.core.values import Asset
from trimtab.data.assembly import assemble
from trimtab.data.view import look
from trimtab.signals.factor_exposure import FactorExposure, SeriesAre, Show

nan = np.nan


def world(seed: int, count: int = 40, late: int = 0) -> tuple[ArrayView, pd.DataFrame]:
    """A panel of three assets driven by the factors hml and mkt, known `late` days after; and the factors' returns."""
    rng = np.random.default_rng(seed)
    made = random_panel(seed, count, 3)
    factors = 0.03 * rng.standard_normal((count, 2))
    returns = factors @ np.array([[0.5, 1.0, -0.3], [1.0, 1.1, 0.0]]) + 0.02 * rng.standard_normal((count, 3))
    index = 50.0 * np.cumprod(1.0 + returns, axis=0)
    ends = made.sessions
    named = {name: Named(ends, ends + late, factors[:, k]) for k, name in enumerate(("hml", "mkt"))}
    fields = {TOTAL_RETURN: index, CLOSE: index}
    return dataclasses.replace(made, fields=fields, named=made.named | named), pd.DataFrame(factors, columns=["hml", "mkt"])


def fitted(returns: pd.Series, factors: pd.DataFrame) -> tuple[float, float]:
    """Slope and t of the first factor."""
    known = sm.OLS(returns.to_numpy(), sm.add_constant(factors.to_numpy())).fit()
    return float(known.params[1]), float(known.tvalues[1])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(6, 30), late=st.sampled_from([0, 5, 40]))
def test_against_statsmodels_whatever_the_delay(seed: int, n: int, late: int) -> None:
    view, factors = world(seed, late=late)
    returns = pd.DataFrame(view.fields[TOTAL_RETURN]).pct_change()
    bills = pd.Series(view.named["bills"].values).pct_change()
    off = {0: 0, 5: 1, 40: 2}[late]  # months by which the latest factor return lies back
    signal = FactorExposure("hml", ("mkt",), "bills", months(n), Show.BETA)
    row = 39
    rows = slice(row - off - n + 1, row - off + 1)
    expected = [fitted((returns[a] - bills)[rows], factors[rows]) for a in range(3)]
    assert signal(view).values[row] == pytest.approx([one[0] for one in expected], rel=1e-8, abs=1e-10)
    assert dataclasses.replace(signal, show=Show.T)(view).values[row] == pytest.approx(
        np.clip([one[1] for one in expected], -3.0, 3.0), rel=1e-8, abs=1e-8
    )
    assert np.isnan(signal(view).values[: n + off]).all()
    assert np.isfinite(signal(view).values[n + off :]).all()


def test_by_hand() -> None:
    # Factor 1, -1, 1, -1 %; the asset makes twice that and 1 % besides: slope 2, a perfect fit, so t is cut at 3.
    factor = np.array([0.0, 0.01, -0.01, 0.01, -0.01])
    ends = month_ends("2000-01", 5)
    index = np.cumprod(1.01 + 2.0 * factor)[:, None]
    view = ArrayView(ends, {TOTAL_RETURN: index, CLOSE: index}, [4], {"hml": Named(ends, ends, factor)})
    assert FactorExposure("hml", window=months(4), show=Show.BETA)(view).values[0, 0] == pytest.approx(2.0, rel=1e-9)
    assert FactorExposure("hml", window=months(4))(view).values[0, 0] == 3.0
    assert np.isnan(FactorExposure("hml", window=months(5))(view).values).all()


def test_a_stale_series_gives_no_answer() -> None:
    view, _ = world(1)
    late = month_ends("2000-01", 40)[-1]
    stopped = dataclasses.replace(view.named["mkt"], known=np.where(np.arange(40) > 36, late + 500, view.sessions))
    view = dataclasses.replace(view, named=view.named | {"mkt": stopped})  # nothing after row 36
    for most_late in range(4):
        signal = FactorExposure("hml", ("mkt",), window=months(12), most_late=most_late)
        known = np.isfinite(signal(view).values[35:]).all(axis=1)
        assert known.tolist() == [True, True, *[most_late >= late for late in (1, 2, 3)]]
    said = FactorExposure("hml", ("mkt",), window=months(12), most_late=2).sentence(view.at(39), 0)
    assert said == "exposure to hml unknown: the latest mkt is 89 days old"  # 31 January to 30 April 2003
    assert np.isfinite(FactorExposure("hml", window=months(12))(view).values[39]).all()  # the one that it needs is fresh


def test_a_factor_without_a_row_for_a_month_gives_no_answer_and_never_a_shifted_one() -> None:
    view, _ = world(3)
    signal = FactorExposure("hml", window=months(12))
    hml = view.named["hml"]
    kept = np.delete(np.arange(len(hml.dates)), len(hml.dates) - 5)
    broken = dataclasses.replace(view, named={**view.named, "hml": Named(hml.dates[kept], hml.known[kept], hml.values[kept])})
    assert np.isfinite(signal(view).values[-1]).all()
    assert np.isnan(signal(broken).values[-1]).all()
    assert "unknown" in signal.sentence(broken, 0)


@pytest.mark.parametrize("series_are", ["returns", "index"])
def test_returns_and_their_index_say_the_same(series_are: str) -> None:
    """Hml as returns r(t), or as the index that grows by them, one row longer at the start."""
    view, _ = world(4)
    hml = view.named["hml"]
    index = Named(hml.dates, hml.known, np.cumprod(1.0 + hml.values))
    asked = view if series_are == "returns" else dataclasses.replace(view, named={**view.named, "hml": index})
    found = FactorExposure("hml", window=months(12), series_are=SeriesAre(series_are))(asked).values[-1]
    assert np.allclose(found, FactorExposure("hml", window=months(12))(view).values[-1], rtol=1e-9)


def test_sessions_pair_with_the_date_itself_or_not_at_all() -> None:
    rng = np.random.default_rng(2)
    view = random_panel(2, 40, 2, daily=True)
    fresh = Named(view.sessions, view.sessions, 0.01 * rng.standard_normal(40))
    late = dataclasses.replace(fresh, known=view.sessions + 1)
    view = dataclasses.replace(view, named={"fresh": fresh, "late": late})
    assert np.isfinite(FactorExposure("fresh", window=sessions(20), most_late=0)(view).values[20:]).all()
    assert np.isnan(FactorExposure("late", window=sessions(20))(view).values).all()


@pytest.mark.parametrize("change", ["constant asset", "constant factor", "collinear", "gap in the factor", "gap in the asset"])
def test_what_cannot_be_fitted_is_unknown_and_says_so(change: str) -> None:
    view, _ = world(3)
    index, hml = view.fields[TOTAL_RETURN].copy(), view.named["hml"].values.copy()
    mkt = view.named["mkt"]
    if change == "constant asset":
        index[:, 0] = 50.0 * 1.01 ** np.arange(40)
    if change == "gap in the asset":
        index[30, 0] = nan
    hml[30] = nan if change == "gap in the factor" else hml[30]
    hml = np.full(40, 0.01) if change == "constant factor" else 0.002 - 2.0 * mkt.values if change == "collinear" else hml
    named = view.named | {"hml": dataclasses.replace(mkt, values=hml)}
    view = dataclasses.replace(view, fields={TOTAL_RETURN: index, CLOSE: index}, named=named)
    signal = FactorExposure("hml", ("mkt",), window=months(20))
    values = signal(view).values[39]
    assert np.isnan(values[0])
    assert np.isfinite(values[1:]).all() == change.endswith("asset")
    assert "unknown: a return of its 20-month window is" in signal.sentence(view, 0)


def test_one_asset_or_date_is_judged_alone() -> None:
    view, _ = world(4)
    whole = FactorExposure("hml", ("mkt",), window=months(12))(view).values
    some = dataclasses.replace(view, fields={name: rows[:, [1]] for name, rows in view.fields.items()})
    assert FactorExposure("hml", ("mkt",), window=months(12))(some).values[39, 0] == whole[39, 1]


@pytest.fixture(scope="module")
def funds() -> tuple[object, pd.DataFrame, pd.DataFrame]:
    """Four US funds with Fama and French's factors, known a month later; and both as tables by month."""
    frame = pd.read_parquet(shared("etf_daily.parquet"))
    factors = pd.read_csv(shared("french_ff5_monthly.csv.gz"), parse_dates=["date"]).set_index("date") / 100.0
    names = ("SPY", "IWM", "QQQ", "IEF")
    histories = {name: fund(name, frame[frame["ticker"] == name]) for name in names}
    series = {name: monthly(name, factors[name], months=2) for name in ("mkt_rf", "smb", "hml")}
    series["bills"] = monthly("bills", (1.0 + factors["rf"]).cumprod(), months=1)
    market = assemble(tuple(Asset(name, name) for name in names), histories | series, series=tuple(series))
    closes = frame.pivot_table(index="date", columns="ticker", values="adj_close")[list(names)]
    returns = closes.groupby(pd.to_datetime(closes.index).to_period("M")).last().pct_change(fill_method=None)
    factors.index = factors.index.to_period("M")
    return market, returns, factors


def test_small_companies_are_small_and_real_funds_agree_with_statsmodels(funds: tuple[object, ...]) -> None:
    market, returns, factors = funds
    dates = market.sessions.astype("datetime64[M]")  # type: ignore[attr-defined]
    ends = np.flatnonzero(np.append(dates[1:] != dates[:-1], True))
    rows = ends[np.isin(dates[ends], np.array(["2010-06", "2016-11", "2024-12"], dtype="datetime64[M]"))]
    view = look(market, rows, cut_off=HOURS_2, since=np.datetime64("2000-01-01"))  # type: ignore[arg-type]
    signal = FactorExposure("smb", ("mkt_rf", "hml"), "bills", show=Show.BETA)
    got, sure = signal(view).values, dataclasses.replace(signal, show=Show.T)(view).values
    for d, month in enumerate(("2010-04", "2016-09", "2024-10")):  # the factors of May are known on 1 July
        span = pd.period_range(end=month, periods=36, freq="M")
        for a, name in enumerate(returns.columns):  # type: ignore[attr-defined]
            excess = returns.loc[span, name] - factors.loc[span, "rf"]  # type: ignore[attr-defined]
            slope, t = fitted(excess, factors.loc[span, ["smb", "mkt_rf", "hml"]])  # type: ignore[attr-defined]
            assert got[d, a] == pytest.approx(slope, rel=1e-8)
            assert sure[d, a] == pytest.approx(np.clip(t, -3.0, 3.0), rel=1e-8)
    assert (sure[:, 1] == 3.0).all()  # IWM holds small companies: t far above 3
    assert (got[:, 1] > 0.6).all()
    assert (sure[:, 0] < 0.0).all()  # SPY holds large ones


def test_words() -> None:
    view, _ = world(5, late=5)
    signal = FactorExposure("hml", ("mkt",), window=months(12))
    beta, t = signal.fit(view).slopes[39, 0, 1], signal.fit(view).t[39, 0, 1]
    said = f"exposure to hml {beta:+.3g} (t {t:+.1f}) in a 12-month window, up to 1 step ago"
    assert signal.sentence(view, 1) == said
    assert signal.sentence(view.at(0), 1) == "exposure to hml unknown: hml is not known yet"
    assert signal.flip(view, 1) == ""
    assert signal.words == "t-statistic of the exposure to hml in a 12-month window, mkt held constant"
    assert FactorExposure("bab", show=Show.BETA).words == "exposure to bab in a 36-month window"
    assert FactorExposure("hml", ("mkt",), "bills").needs == ("hml", "mkt", "bills")
    assert np.array_equal(signal.measure(view).values[39], signal.fit(view).slopes[39, 0])


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: FactorExposure(""), "factor"),
        (lambda: FactorExposure("hml", ("hml",)), "among"),
        (lambda: FactorExposure("hml", ("mkt", "mkt")), "among"),
        (lambda: FactorExposure("hml", ("",)), "among"),
        (lambda: FactorExposure("hml", ("mkt",), window=Span(3)), "window"),
        (lambda: FactorExposure("hml", most_late=-1), "most_late"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(make: object, field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)

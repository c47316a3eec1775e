"""The sample series against hand arithmetic, published figures and what is known of the files."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.core.terms import CLOSE, OPEN, TOTAL_RETURN
from trimtab.data import sample_files
from trimtab.data.history import History, Kind
from trimtab.data.months import last_weekdays
from trimtab.data.par_bond import monthly_returns
from trimtab.data.publication import known_instants
from trimtab.data.sample_catalogue import INDUSTRIES
from trimtab.data.samples import Samples

PACKAGES = ("arch", "linearmodels", "skfolio")

Loaded = dict[str, History]


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI must install the samples extra; missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"the samples extra is not installed: {', '.join(missing)}")
    source = Samples()
    return dict(zip(source.names(), source.load(source.names()), strict=True))


def returns(history: History) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return history.values[1:] / history.values[:-1] - 1.0


def at(history: History, date: str) -> float:
    row = np.flatnonzero(history.dates == np.datetime64(date))
    return float(history.values[row[0]])


def test_us_equity_starts_with_the_first_month_of_the_file(loaded: Loaded) -> None:
    equity, bills = loaded["us_equity"], loaded["bills"]
    assert [str(day) for day in equity.span] == ["1926-06-30", "2018-11-30"]
    # July 1926: Mkt-RF 2.96 % + RF 0.22 %; October 1987: -23.24 % + 0.60 %
    assert returns(equity)[0] == pytest.approx(0.0318, abs=1e-12)
    assert at(equity, "1987-10-30") / at(equity, "1987-09-30") - 1.0 == pytest.approx(-0.2264, abs=1e-12)
    assert returns(bills)[0] == pytest.approx(0.0022, abs=1e-12)
    assert loaded["bill_yield"].values[0] == pytest.approx(12 * 0.0022)


def test_holding_the_market_matches_the_independent_figures(loaded: Loaded) -> None:
    # Faber's window 1927-06 to 2012-12 (n = 1027): CAGR 9.50 %, volatility 18.93 %, Sharpe .391, largest drawdown
    # -83.71 %, computed independently from the same monthly factors and checked against French's daily file.
    equity, bills = loaded["us_equity"], loaded["bills"]
    dates = equity.dates[1:]
    inside = (dates >= np.datetime64("1927-06-01")) & (dates <= np.datetime64("2012-12-31"))
    market, bill = returns(equity)[inside], returns(bills)[inside]
    wealth = np.concatenate([[1.0], np.cumprod(1.0 + market)])
    excess = market - bill
    drawdown = wealth / np.maximum.accumulate(wealth) - 1.0
    assert len(market) == 1027
    assert wealth[-1] ** (12 / 1027) - 1.0 == pytest.approx(0.0950, abs=5e-5)
    assert market.std(ddof=1) * np.sqrt(12) == pytest.approx(0.1893, abs=5e-5)
    assert excess.mean() / excess.std(ddof=1) * np.sqrt(12) == pytest.approx(0.391, abs=5e-4)
    assert drawdown.min() == pytest.approx(-0.8371, abs=5e-5)
    assert str(dates[inside][int(drawdown.argmin()) - 1]) == "1932-06-30"  # the Depression's trough


def test_monthly_series_are_dated_by_the_last_weekday_without_a_gap(loaded: Loaded) -> None:
    for history in loaded.values():
        if history.about.frequency != "monthly":
            continue
        months = history.dates.astype("datetime64[M]")
        assert (np.diff(months).astype(int) == 1).all(), history.about.name
        assert (history.dates == last_weekdays(months)).all(), history.about.name


def test_yields_are_decimal_averages_known_a_business_day_later(loaded: Loaded) -> None:
    for name, first, last in (("aaa_yield", 0.0535, 0.0402), ("baa_yield", 0.0712, 0.0513)):
        history = loaded[name]
        assert history.values[[0, -1]] == pytest.approx([first, last])
        assert history.about.is_average
        assert history.about.kind is Kind.YIELD
        assert history.about.lag_days == 1
        assert not history.about.holdable


def test_long_corporate_reprices_the_yields(loaded: Loaded) -> None:
    bond, rate = loaded["long_corporate"], loaded["aaa_yield"]
    assert [str(day) for day in bond.span] == ["1926-06-30", "2018-11-30"]
    inside = (rate.dates >= bond.span[0]) & (rate.dates <= bond.span[1])
    assert returns(bond) == pytest.approx(monthly_returns(rate.values[inside]), abs=1e-12)
    assert bond.about.is_average
    assert bond.about.holdable
    assert any("monthly averages" in note for note in bond.about.notes)
    # Long corporate bonds are known to have earned about 6 % a year over these 92 years.
    assert bond.values[-1] ** (12 / (len(bond.dates) - 1)) - 1.0 == pytest.approx(0.06, abs=0.005)
    assert (returns(loaded["baa_corporate"]) - returns(bond)).mean() > 0.0


def test_industries_are_raw_returns_not_excess(loaded: Loaded) -> None:
    # In 1974-1985 bills paid about 9 % a year: the mean of the industries lies by the market's total return, which it
    # could not if bills had been taken out.
    names = [f"industry_{column.lower()}" for column in INDUSTRIES]
    dates = loaded[names[0]].dates[1:]
    inside = (dates >= np.datetime64("1974-01-01")) & (dates <= np.datetime64("1985-12-31"))
    mean = np.mean([returns(loaded[name])[inside].mean() for name in names]) * 12
    own = loaded["us_equity"].dates[1:]
    same = (own >= np.datetime64("1974-01-01")) & (own <= np.datetime64("1985-12-31"))
    market, bill = (returns(loaded[name])[same].mean() * 12 for name in ("us_equity", "bills"))
    assert bill > 0.08
    assert abs(mean - market) < abs(mean - (market - bill)) / 3
    assert returns(loaded["industry_nodur"])[0] == pytest.approx(0.0367)  # January 1949


def test_factors_cannot_be_held_and_come_late(loaded: Loaded) -> None:
    for name, first in (("smb", -0.0230), ("hml", -0.0287), ("mom", -0.0292)):
        history = loaded[name]
        assert returns(history)[0] == pytest.approx(first, abs=1e-12)
        assert not history.about.holdable
        assert TOTAL_RETURN not in history.fields
        assert history.about.lag_days >= 20


def test_core_cpi_is_known_in_the_middle_of_the_next_month(loaded: Loaded) -> None:
    cpi = loaded["core_cpi"]
    assert cpi.values[[0, -1]] == pytest.approx([28.5, 259.481])
    known = known_instants(cpi).astype("datetime64[D]")
    following = (cpi.dates.astype("datetime64[M]") + 1).astype("datetime64[D]")
    days = (known - following).astype(int) + 1
    assert days.min() >= 15
    assert days.max() <= 19


def test_daily_series(loaded: Loaded) -> None:
    sp500, wti, vix = loaded["sp500"], loaded["wti"], loaded["vix"]
    assert sp500.about.kind is Kind.PRICE
    assert set(sp500.fields) == {OPEN, CLOSE}
    assert "price only: dividends are missing" in sp500.about.notes
    assert at(sp500, "2018-12-31") == pytest.approx(2506.850098)
    assert at(sp500, "2008-10-13") / at(sp500, "2008-10-10") - 1.0 == pytest.approx(0.1158, abs=5e-5)  # best day
    assert len(wti.dates) == 8611 - 290  # '.' marks holidays
    assert len(vix.dates) == 1305 - 46
    for history in (wti, vix):
        assert np.isfinite(history.values).all()
        assert not history.about.holdable
        assert history.issues[0].action == "left out"


def test_fund_prices_have_dividends_in_them(loaded: Loaded) -> None:
    firsts = {"mtum": 52.704, "qual": 48.351, "size": 48.986, "usmv": 29.338, "vlue": 47.054}
    for name, first in firsts.items():
        assert loaded[name].about.kind is Kind.TOTAL_RETURN
        assert at(loaded[name], "2014-01-02") == first
        assert [str(day) for day in loaded[name].span] == ["2014-01-02", "2022-12-28"]


def test_every_series_says_what_it_is_and_where_it_comes_from(loaded: Loaded) -> None:
    for about in Samples().about():
        assert about.title
        assert any(package in about.provenance for package in PACKAGES)
        assert " as shipped in " in about.provenance
        assert about.frequency in ("daily", "monthly")
        assert about == loaded[about.name].about
        assert np.isfinite(loaded[about.name].values).all()
        if about.holdable:
            assert (loaded[about.name].values > 0.0).all()
        else:
            assert TOTAL_RETURN not in loaded[about.name].fields
        assert about.holdable or about.kind in (Kind.YIELD, Kind.LEVEL)


def test_no_package_is_imported_to_read_its_files() -> None:
    code = (
        "import sys\n"
        "from trimtab.data.samples import Samples\n"
        "source = Samples()\n"
        "source.about()\n"
        "source.load([n for n in source.names() if n in ('us_equity', 'mom', 'mtum')])\n"
        "print([p for p in ('arch', 'linearmodels', 'skfolio', 'pandas') if p in sys.modules])\n"
    )
    if any(find_spec(package) is None for package in PACKAGES):
        pytest.skip("the samples extra is not installed")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert done.stdout.strip() == "[]"


def test_series_come_in_the_order_asked_and_once(loaded: Loaded) -> None:
    got = Samples().load(["bills", "us_equity", "bills"])
    assert [history.about.name for history in got] == ["bills", "us_equity"]
    assert got[1].values.tobytes() == loaded["us_equity"].values.tobytes()


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(PolicyError) as caught:
        Samples().load(["us_equity", "long_corporat"])
    assert caught.value.code == "TT-POL-020"
    assert "'long_corporat'" in str(caught.value)
    assert "Did you mean long_corporate?" in str(caught.value)


def test_without_the_wheels_names_are_listed_and_loading_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_files, "find_spec", lambda _: None)
    assert {about.name for about in Samples().about()} == set(Samples().names())
    with pytest.raises(UsageError, match=r"pip install 'trimtab\[samples\]'.*--synthetic") as caught:
        Samples().load(["us_equity"])
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("damage", ["cut", "header", "ragged", "missing"])
def test_a_damaged_sample_file_is_refused(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = {"header": "Date,RF\n192607,0.2\n", "ragged": "Date,Mkt-RF,RF\n192607,1\n"}.get(damage, "Date,Mkt-RF,RF\n")
    packed = gzip.compress(text.encode())
    file = tmp_path / "arch/data/frenchdata/frenchdata.csv.gz"
    file.parent.mkdir(parents=True)
    if damage != "missing":
        file.write_bytes(packed[:-12] if damage == "cut" else packed)
    monkeypatch.setattr(sample_files, "package_folder", tmp_path.joinpath)
    with pytest.raises(DataError, match="frenchdata") as caught:
        Samples().load(["us_equity"])
    assert caught.value.exit_code == 4

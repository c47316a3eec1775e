"""`trimtab.metrics` in its corners: notes and reasons of everything, bills by window, figures of less than a year."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from trimtab.core.errors import DataError, ParameterError
from trimtab.numerics.conventions import Conventions
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.flows import returns_with_flows
from trimtab.surfaces.metrics import rolling, subject
from trimtab.surfaces.series import read_series

DAYS = pd.bdate_range("2020-01-01", periods=300)
RNG = np.random.default_rng(8)
FUND = pd.Series(RNG.normal(0.0004, 0.01, 300), DAYS, name="fund")
INDEX = pd.Series(RNG.normal(0.0004, 0.01, 300), DAYS, name="index")


def test_notes_of_benchmark_and_bills_are_told():
    bills = pd.Series(0.0001, DAYS)
    notes = " ".join(trimtab.metrics(FUND, 100.0 * (1.0 + INDEX).cumprod(), rf=bills).attrs["notes"])
    assert "benchmark: Read as prices" in notes
    assert "riskless rate: Daily" in notes


def test_each_column_has_reasons():
    found = trimtab.metrics(pd.DataFrame({"a": FUND, "flat": 0.0}))
    assert found.attrs["missing"]["flat"]["sharpe"] == "the returns do not vary"
    assert found.attrs["missing"]["a"] == {}


def test_a_package_by_name():
    one, two = (trimtab.metrics(FUND, conventions=how) for how in ("quantstats", {"package": "quantstats"}))
    pd.testing.assert_series_equal(one, two)
    with pytest.raises(ParameterError, match="package is 'excel'"):
        trimtab.metrics(FUND, conventions="excel")


def test_a_window_is_measured_against_the_bills_of_its_own_time():
    bills = pd.Series(np.linspace(0.0, 0.0004, 300), DAYS)
    given = subject(read_series(FUND), read_series(INDEX), read_series(bills, prices=False))
    found = rolling(given, 60, frozenset({"sharpe", "beta", "cagr"}), Conventions())[1]
    x, y = FUND - bills, INDEX - bills
    np.testing.assert_allclose(found["sharpe"], (x.rolling(60).mean() / x.rolling(60).std()).dropna() * np.sqrt(252), rtol=1e-9)
    np.testing.assert_allclose(found["beta"], (x.rolling(60).cov(y) / y.rolling(60).var()).dropna(), rtol=1e-9)
    assert np.isnan(found["cagr"]).all()  # 60 days are no year


def test_no_interval_a_year_of_less_than_a_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    FUND.iloc[:40].to_csv(tmp_path / "a.csv")
    assert main(["metrics", str(tmp_path / "a.csv"), "--intervals", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["intervals"]
    assert "cagr" not in found
    assert "volatility" in found


def test_flows_leave_nothing_out_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    values, flows = 100.0 * (1.0 + FUND).cumprod(), pd.Series([10.0, np.nan], DAYS[[50, 60]])
    holes = values.where(values.index != DAYS[7])
    one = returns_with_flows(holes, flows)
    assert one.time_weighted == pytest.approx(returns_with_flows(values, flows.iloc[:1]).time_weighted)
    assert {"values that are unknown and left out: 1", "flows that are unknown and left out: 1"} <= set(one.notes)
    for odd, words in ((pd.Series([np.inf], DAYS[[50]]), "infinite"), (pd.Series(["10%"], DAYS[[50]]), "written as percent")):
        with pytest.raises(DataError, match=words):
            returns_with_flows(values, odd)
    pd.DataFrame({"x": 1.0, "worth": values}).to_csv(tmp_path / "v.csv", index_label="date")
    flows.iloc[:1].to_csv(tmp_path / "f.csv", index_label="date", header=["paid"])
    words = ["metrics", str(tmp_path / "v.csv"), "--flows", str(tmp_path / "f.csv")]
    assert main([*words, "--column", "worth", "--json"]) == 0
    assert main([*words, "--rf", "3%"]) == 2
    capsys.readouterr()


def test_a_finer_series_is_compounded_to_the_weeks_and_months_of_its_factors():
    weeks = (1.0 + INDEX).groupby(pd.Grouper(freq="W-FRI")).prod() - 1.0
    found = trimtab.factor_attribution(0.5 * INDEX, weeks.to_frame("market"))
    half = (1.0 + 0.5 * INDEX).groupby(pd.Grouper(freq="W-FRI")).prod() - 1.0
    slope = np.polyfit(weeks.iloc[1:-1], half.iloc[1:-1], 1)[0]  # the first week has no start, the last no end
    assert found.found.betas[0] == pytest.approx(slope, rel=0.01)
    assert float(found.found.share) > 0.99
    assert "series: daily returns, compounded." in [note.replace("index", "series") for note in found.notes]
    months = (1.0 + INDEX).groupby(pd.Grouper(freq="ME")).prod() - 1.0
    found = trimtab.factor_attribution(0.5 * INDEX, months.to_frame("market"))
    assert len(found.dates) == 13  # of 14: the last month ends on its 23rd


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fund": "x"}, "the column fund holds what is no number"),
        ({"fund": np.inf}, "a number of fund is infinite"),
    ],
)
def test_positions_that_are_none(change: dict, words: str):
    positions = pd.DataFrame({"fund": 1.0, "cash": 1.0}, DAYS)
    with pytest.raises(DataError, match=words):
        trimtab.report(FUND, positions=positions.assign(**change))
    with pytest.raises(DataError, match="the positions have no rows"):
        trimtab.report(FUND, positions=positions.iloc[:0])
    with pytest.raises(DataError, match="have one name"):
        trimtab.report(FUND, positions=positions.iloc[:, [0, 0, 1]])


def test_a_report_of_years_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trimtab.report(pd.Series(RNG.normal(0.07, 0.1, 20), pd.date_range("2000-12-31", periods=20, freq="YE")))

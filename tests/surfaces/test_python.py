"""The Python interface: any form of policy and data in, pandas out as pandas, pyfolio and empyrical want it."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.desk import worlds
from tests.surfaces.cli.desk_folder import POLICY, everything, put
from trimtab.core.errors import DataError, PolicyError, UsageError
from trimtab.desk.backtest import backtest as run
from trimtab.desk.prepare import load_market

PLAIN: dict[str, Any] = {
    "trimtab": 1,
    "name": "plain",
    "since": "2010-01-04",
    "universe": {"SPY": {"class": "equity"}, "TLT": {"class": "bonds"}},
    "benchmark": {"SPY": 0.6, "TLT": 0.3},
    "signals": {"average": {"use": "trend", "window": "3M"}},
    "combine": {"use": "vote"},
    "allocator": {"use": "overlay", "tilt": 0.1},
    "costs": {"use": "linear", "bps": 5},
}


def frame(count: int = 260) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    prices = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, (count, 2)), axis=0))
    return pd.DataFrame(prices, index=pd.bdate_range("2010-01-04", periods=count), columns=["SPY", "TLT"])


@pytest.fixture(scope="module")
def result() -> trimtab.Backtest:
    return trimtab.backtest(PLAIN, frame())


# What goes in.


def test_a_policy_in_any_form_is_the_same_policy(tmp_path: Path) -> None:
    put(tmp_path)
    file = tmp_path / "policy.yaml"
    one = trimtab.load_policy(file)
    two = trimtab.load_policy(str(file))
    assert one.sha256 == two.sha256
    runs = [trimtab.backtest(policy) for policy in (one, file, str(file))]
    assert len({r.result.journal_head for r in runs}) == 1
    assert trimtab.load_policy(PLAIN).name == "plain"


def test_data_in_any_form_give_the_same_result(tmp_path: Path, result: trimtab.Backtest) -> None:
    prices = frame()
    folder = tmp_path / "prices"
    folder.mkdir()
    prices.to_csv(folder / "p.csv", index_label="date")
    policy = trimtab.load_policy(PLAIN)
    market = load_market(trimtab.backtest(policy, folder).result.policy)
    for data in (prices, folder, str(folder), market):
        found = trimtab.backtest(policy, data)
        assert found.result.journal_head == result.result.journal_head
        assert found.returns.equals(result.returns)
        assert found.rivals[0].wealth.tolist() == result.rivals[0].wealth.tolist()


def test_a_frame_may_have_gaps_and_more_columns(result: trimtab.Backtest) -> None:
    prices = frame()
    prices["OTHER"] = 1.0
    assert trimtab.backtest(PLAIN, prices).returns.equals(result.returns)
    prices.iloc[100, 0] = np.nan
    gappy = trimtab.backtest(PLAIN, prices)
    assert "SPY has no price on 1 sessions: it is valued at its last known price there." in gappy.result.notes
    nullable = prices.astype("Float64")  # pandas' own missing value
    assert trimtab.backtest(PLAIN, nullable).returns.equals(gappy.returns)


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (lambda f: f.tz_localize("America/New_York"), DataError, "the index of the table has the time zone"),
        (lambda f: f.reset_index(drop=True), DataError, "the index of the table holds no dates"),
        (lambda f: f.set_axis(["x"] * len(f)), DataError, "the index of the table holds no dates"),
        (lambda f: f.set_axis(f.index[:-1].append(pd.DatetimeIndex([pd.NaT]))), DataError, "a date in the index of the table"),
        (lambda f: f[::-1], DataError, "the dates of SPY do not rise"),
        (lambda f: pd.concat([f, f]), DataError, "the dates of SPY do not rise"),
        (lambda f: f.assign(SPY="x"), DataError, "the column SPY holds no numbers"),
        (lambda f: f.assign(SPY=0.0), DataError, "the price of SPY on 2010-01-04 is 0.0"),
        (lambda f: -f, DataError, "Prices are above zero; leave unknown ones empty"),
        (lambda f: f.assign(SPY=np.inf), DataError, "the price of SPY on 2010-01-04 is inf"),
        (lambda f: f.assign(SPY=np.nan), DataError, "SPY (SPY) has no price at all"),
        (lambda f: f.iloc[:0], DataError, "has no price at all"),
        (lambda f: pd.concat([f, f], axis=1), DataError, "two columns of the table are called SPY"),
        (lambda f: f.rename(columns={"SPY": "spy"}), PolicyError, "no series 'SPY' in the table"),
        (lambda f: f["SPY"], UsageError, "the data are a Series, not a DataFrame"),
        (lambda f: f.to_numpy(), UsageError, "the data are a ndarray, not a DataFrame"),
        (lambda _: [1, 2], UsageError, "the data are a list, not a DataFrame"),
        (lambda f: pd.DataFrame({"SPY": f.SPY[:100], "TLT": f.TLT[100:]}), DataError, "no overlap between the series"),
        (lambda _: "no/such/folder", DataError, "there is no such folder or file"),
    ],
)
def test_data_that_cannot_be_used_are_refused_in_one_line(spoil: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as caught:
        trimtab.backtest(PLAIN, spoil(frame()))
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


# What comes out.


def test_returns_are_a_series_of_simple_decimals(result: trimtab.Backtest) -> None:
    returns = result.returns
    assert isinstance(returns, pd.Series)
    assert isinstance(returns.index, pd.DatetimeIndex)
    assert returns.index.tz is None
    assert (returns.name, returns.index.name, str(returns.dtype)) == ("plain", "date", "float64")
    assert returns.index.is_monotonic_increasing
    assert returns.notna().all()
    assert (1.0 + returns).prod() == pytest.approx(result.wealth.iloc[-1] / 1_000_000.0, rel=1e-12)
    assert len(returns) == len(result.wealth) - 1
    assert result.wealth.iloc[0] == 1_000_000.0


def test_weights_are_fractions_with_cash_beside_them(result: trimtab.Backtest) -> None:
    weights = result.weights
    assert list(weights.columns) == ["SPY", "TLT", "cash"]
    assert weights.index.equals(result.wealth.index)
    assert (weights.dtypes == "float64").all()
    assert np.allclose(weights.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert weights.iloc[0].tolist() == [0.0, 0.0, 1.0]  # funded at the next close
    assert weights.iloc[5, 0] == pytest.approx(result.decisions[0].target[0], abs=0.02)


def test_trades_are_a_row_a_fill(result: trimtab.Backtest) -> None:
    trades = result.trades
    assert list(trades.columns) == ["date", "asset", "units", "price", "amount", "cost", "order"]
    assert len(trades) == len(result.result.fills) > 10
    assert str(trades["date"].dtype).startswith("datetime64")
    assert (trades[["units", "price", "amount", "cost"]].dtypes == "float64").all()
    assert set(trades["asset"]) == {"SPY", "TLT"}
    assert np.allclose(trades["amount"], -trades["units"] * trades["price"], atol=0.006)
    assert Decimal(repr(float(trades["units"].iloc[0]))) == result.result.fills[0].units


def test_decisions_keep_everything_that_went_into_them(result: trimtab.Backtest) -> None:
    last = result.decisions[-1]
    assert str(last.today.when) == "2010-12-31"
    assert last.today.parts.names == ("average",)
    assert last.book.nav == pytest.approx(result.wealth.loc["2010-12-31"], rel=1e-9)
    assert result.why() == result.why("2010-12-31")
    assert any("3-month average" in line for line in result.why())
    with pytest.raises(UsageError, match=r"no decision on 2010-12-30\. The last one is of 2010-12-31"):
        result.why("2010-12-30")


def test_the_summary_is_plain_numbers(result: trimtab.Backtest) -> None:
    figures = result.summary()
    assert figures["first"] == "2010-03-31"
    assert figures["end_value"] == result.wealth.iloc[-1]
    assert all(value is None or isinstance(value, int | float | str) for value in figures.values())
    assert figures["volatility"] == pytest.approx(result.returns.std(ddof=1) * np.sqrt(252))


def test_pyfolio_gets_its_three_tables(result: trimtab.Backtest) -> None:
    """Returns: daily simple decimals. Positions: currency by asset, and `cash`. Transactions: amount, price, symbol by time."""
    returns, positions, transactions = result.to_pyfolio()
    assert returns.equals(result.returns)
    assert list(positions.columns) == ["SPY", "TLT", "cash"]
    assert isinstance(positions.index, pd.DatetimeIndex)
    assert positions.index[1:].equals(returns.index)
    assert np.allclose(positions.sum(axis=1), result.wealth, rtol=1e-12)
    assert list(transactions.columns) == ["amount", "price", "symbol"]
    assert isinstance(transactions.index, pd.DatetimeIndex)
    assert (transactions.index.tz, positions.index.tz, returns.index.tz) == (None, None, None)
    assert len(transactions) == len(result.trades)
    # `amount` is a count of units there: positions are what the transactions add up to, at the day's closes.
    units = transactions.pivot_table(index="date", columns="symbol", values="amount", aggfunc="sum").fillna(0.0).cumsum()
    day = units.index[-1]
    held = units.loc[day] * frame().loc[day]
    assert np.allclose(held, positions.loc[day, ["SPY", "TLT"]], atol=0.02)


def test_a_run_without_trades_has_empty_tables_of_the_same_form() -> None:
    idle = trimtab.backtest(PLAIN | {"execution": {"minimum": "100000000 USD"}}, frame(100))
    assert idle.trades.empty
    assert list(idle.trades.columns) == ["date", "asset", "units", "price", "amount", "cost", "order"]
    returns, positions, transactions = idle.to_pyfolio()
    assert (returns == 0.0).all()
    assert (positions["cash"] == 1_000_000.0).all()
    assert list(transactions.columns) == ["amount", "price", "symbol"]
    assert transactions.empty


def test_empyrical_agrees_where_it_is_installed(result: trimtab.Backtest) -> None:
    empyrical = pytest.importorskip("empyrical", reason="an outside check, where it is installed")
    figures, returns = result.summary(), result.returns
    assert empyrical.annual_return(returns) == pytest.approx(figures["cagr"], rel=1e-9)
    assert empyrical.annual_volatility(returns) == pytest.approx(figures["volatility"], rel=1e-9)
    assert empyrical.sharpe_ratio(returns) == pytest.approx(figures["sharpe"], rel=1e-9)
    assert empyrical.max_drawdown(returns) == pytest.approx(figures["max_drawdown"], rel=1e-9)


def test_a_report_is_one_file(result: trimtab.Backtest, tmp_path: Path) -> None:
    path = result.report(tmp_path / "out" / "report.html")
    assert path == tmp_path / "out" / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert set(everything(tmp_path)) == {"out", "out/report.html"}


# Rivals.


def test_rivals_run_over_the_dates_of_the_run_itself(result: trimtab.Backtest) -> None:
    """Regression: the static benchmark needs no warm-up and began two months earlier."""
    (static,) = result.rivals
    assert static.dates.tolist() == result.result.dates.tolist()
    assert static.policy.title == "Static benchmark 60 / 30"


def test_rivals_in_any_form_see_the_same_data(tmp_path: Path) -> None:
    other = PLAIN | {"name": "other", "universe": {"TLT": None, "SPY": None}, "benchmark": {"SPY": 0.6, "TLT": 0.3}}
    found = trimtab.backtest(PLAIN, frame(), vs=[PLAIN, trimtab.load_policy(other), "saa"])
    assert [r.policy.name for r in found.rivals] == ["plain", "other", "plain-static"]
    assert np.allclose(found.rivals[0].wealth, found.result.wealth)
    assert np.allclose(found.rivals[1].wealth, found.result.wealth)  # Regression: the columns of the other were mixed up
    assert trimtab.backtest(PLAIN, frame(), vs=()).rivals == ()


def test_a_rival_that_needs_other_series_says_so() -> None:
    with pytest.raises(PolicyError, match="no series 'us_equity' in the table"):
        trimtab.backtest(PLAIN, frame(), vs=["static-60-40"])
    market = load_market(trimtab.backtest(PLAIN, frame()).result.policy)
    other = PLAIN | {"universe": {"TLT": None, "SPY": None}}
    with pytest.raises(UsageError, match="the market at hand is not that of the policy"):
        trimtab.backtest(PLAIN, market, vs=[other])


# Workspaces.


def test_a_workspace_saves_and_counts(tmp_path: Path) -> None:
    put(tmp_path)
    desk = trimtab.Workspace(tmp_path / "desk")
    assert desk.trials == []
    first = desk.backtest(tmp_path / "policy.yaml")
    second = desk.backtest(tmp_path / "policy.yaml", vs=())
    assert first.run == second.run
    assert (second.result.trials.total, second.result.trials.distinct) == (2, 1)
    assert [trial["run"] for trial in desk.trials] == [first.run] * 2
    assert (tmp_path / "desk" / "runs" / first.run / "run.json").exists()
    assert trimtab.backtest(PLAIN, frame(), workspace=tmp_path / "desk").run != first.run
    assert len(desk.trials) == 3


def test_rivals_that_somebody_named_are_trials_and_what_stands_there_by_itself_is_none(tmp_path: Path) -> None:
    desk = trimtab.Workspace(tmp_path / "desk")
    others = [PLAIN | {"costs": {"use": "linear", "bps": bps}} for bps in range(20, 23)]
    made = desk.backtest(PLAIN, data=frame(), vs=["saa", *others])
    assert (made.result.trials.total, made.result.trials.distinct) == (4, 4)
    assert [entry.get("rival", False) for entry in desk.trials] == [True, True, True, False]
    assert [path.name for path in (tmp_path / "desk" / "runs").glob("[!.]*")] == [made.run]


def test_a_rival_nobody_knows_writes_nothing(tmp_path: Path) -> None:
    """Regression: the run was counted and saved before its rivals were looked at."""
    with pytest.raises(UsageError, match="'nobody' is neither a policy file nor one of the gallery"):
        trimtab.backtest(PLAIN, frame(), vs=["nobody"], workspace=tmp_path / "desk")
    assert everything(tmp_path) == {}


def test_without_a_workspace_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trimtab.backtest(PLAIN, frame())
    assert everything(tmp_path) == {}


# Capacity.


def prices_with_volumes(folder: Path) -> Path:
    """Two funds, one of which trades a thousandth of the other."""
    folder.mkdir()
    closes = frame(400)
    for name, volume in (("SPY", 1_000_000.0), ("TLT", 1_000.0)):
        table = pd.DataFrame({"close": closes[name], "volume": volume})
        table.to_csv(folder / f"{name}.csv", index_label="date")
    return folder


def test_capacity_is_what_the_least_market_takes(tmp_path: Path) -> None:
    prices = prices_with_volumes(tmp_path / "prices")
    found = trimtab.capacity(PLAIN, prices, share=0.10, sizes=[1e6, 1e8])
    bound = found.by_date.dropna()
    assert found.worst == bound["capacity"].min() <= found.fifth <= found.median
    assert found.by_asset.loc["TLT", "least"] < found.by_asset.loc["SPY", "least"]
    assert found.by_asset["binds"].sum() == len(bound)
    assert list(found.cost.index) == [1e6, 1e8]
    assert found.cost[1e8] > found.cost[1e6] > 0.0
    assert found.lifts.loc["trading in 2 days", "worst"] == pytest.approx(2.0 * found.worst)
    assert f"{found.worst:,.0f}" in found.words


def test_capacity_is_in_proportion_to_the_share_and_a_basket_lifts_it(tmp_path: Path) -> None:
    prices = prices_with_volumes(tmp_path / "prices")
    plain = trimtab.capacity(PLAIN, prices)
    assert trimtab.capacity(PLAIN, prices, share=0.20).worst == pytest.approx(2.0 * plain.worst)
    lifted = trimtab.capacity(PLAIN, prices, basket={"bonds": 1e12})
    assert lifted.worst > plain.worst
    assert lifted.by_asset["basket"].tolist() == [False, True]


def test_capacity_without_volumes_says_so() -> None:
    with pytest.raises(DataError, match="volume"):
        trimtab.capacity(PLAIN, frame())


# The gallery.


def test_the_gallery_is_a_table_of_policies_that_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = trimtab.gallery()
    assert table.loc["trend-overlay", "sample"]
    assert not table.loc["gtaa-5", "sample"]
    assert "Faber" in table.loc["gtaa-5", "source"]
    for name, row in table.iterrows():
        assert trimtab.load_policy(str(name)).title == row["title"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gtaa-5").write_text(POLICY)  # a file of that name goes first
    assert trimtab.load_policy("gtaa-5").name == "mine"


# The package.


def test_the_package_offers_what_it_documents() -> None:
    classes, functions = (
        {"Attributed", "Backtest", "Book", "Capacity", "Explained", "FlowReturns", "Orders", "Readings", "Store", "TearSheet"}
        | {"Commitments", "Committee", "Expectation", "Futures", "Overrides", "Reviews", "Sweep", "Validated", "Workspace"}
        | {"Advised", "Desk", "Mandate"}
        | {"BundleCheck", "Economics"},
        {"backtest", "capacity", "check_signal", "factor_attribution", "gallery", "load_policy", "metrics", "read_signals"}
        | {"advise", "expect", "report", "returns_with_flows"}
        | {"economics", "pack", "verify_bundle"},
    )
    assert set(trimtab.__all__) == {*classes, *functions, "__version__"}
    for name in trimtab.__all__:
        assert getattr(trimtab, name)
    with pytest.raises(AttributeError, match="has no attribute 'backtst'"):
        _ = trimtab.backtst


def test_the_desk_and_the_interface_give_the_same_numbers() -> None:
    policy = worlds.policy()
    market = worlds.market(policy, 3)
    assert trimtab.backtest(policy, market).returns.tolist() == run(policy, market).returns.tolist()


FIVE_LINES = """
import trimtab
policy = trimtab.load_policy("policy.yaml")
result = trimtab.backtest(policy)
print(result.returns.tail(), result.weights.tail(), result.trades.tail(), result.summary())
result.report("report.html")
"""


def test_a_newcomers_five_lines_run(tmp_path: Path) -> None:
    put(tmp_path, policy=POLICY)
    source = {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    command = [sys.executable, "-W", "error", "-c", FIVE_LINES]
    done = subprocess.run(command, cwd=tmp_path, env=source, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "report.html").exists()

"""Attribution in Python and in the report: tables that add up, sections that say the same, and regressions on factors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.desk import worlds
from tests.surfaces.reading import Element, cells, read, specs
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.backtest import backtest as run
from trimtab.desk.cost_review import review_costs
from trimtab.desk.health_review import in_or_out, leaning, review_health
from trimtab.desk.rivals import static
from trimtab.numerics.intervals import best_block, interval
from trimtab.numerics.returns import cagr
from trimtab.surfaces.backtest import Backtest
from trimtab.surfaces.factors import factor_attribution, factor_words
from trimtab.surfaces.report import intervals as sureness
from trimtab.surfaces.report.page import render
from trimtab.surfaces.report.study import study
from trimtab.surfaces.report.wording import signed_percent


@pytest.fixture(scope="module")
def test() -> Backtest:
    policy = worlds.policy()
    market = worlds.market(policy, 9, count=900)
    result = run(policy, market)
    return Backtest(result, (run(static(policy).with_horizon(start=result.dates[0].item()), market),))


@pytest.fixture(scope="module")
def page(test: Backtest) -> Element:
    return read(render(study(test.result, test.rivals)))


def table(section: Element, label: str) -> list[list[str]]:
    return cells(section.one("div", aria_label=label))


def test_tables_add_up(test: Backtest) -> None:
    why = test.attribution()
    ahead = why.periods["portfolio"] - why.periods["benchmark"]
    np.testing.assert_allclose(why.periods[list(why.causes.index)].sum(axis=1), ahead, atol=1e-12)
    np.testing.assert_allclose(why.assets.sum(axis=1), why.causes["effect"], atol=1e-12)
    assert why.classes["total"].sum() == pytest.approx(why.causes["effect"].sum(), abs=1e-12)
    assert why.words[0].startswith("From ")
    with pytest.raises(UsageError, match="by 'colour'"):
        test.attribution(by="colour")
    part = test.attribution(first=str(why.periods.index[5].date()), last=str(why.periods["until"].iloc[20].date()))
    assert len(part.periods) == 16


def test_signals_may_be_called_as_anything_else_is() -> None:
    kinds = {"use": "momentum", "lookback": "20D"}, {"use": "momentum", "lookback": "30D"}
    policy = worlds.policy(signals=dict(zip(("costs", "benchmark"), kinds, strict=True)))
    why = Backtest(run(policy, worlds.market(policy, 9)), ()).attribution()
    names = list(why.causes.index)
    assert {"costs", "signal costs", "signal benchmark"} <= set(names)
    assert len(set(names)) == len(names)
    ahead = why.periods["portfolio"] - why.periods["benchmark"]
    np.testing.assert_allclose(why.periods[names].sum(axis=1), ahead, atol=1e-12)
    assert list(why.assets.index) == names


def test_the_report_tells_causes_classes_health_cycles_and_costs(test: Backtest, page: Element) -> None:
    why = test.attribution()
    section = page.one("section", id="attribution")
    rows = table(section, "Causes")
    assert [row[0] for row in rows[1:-1]] == list(why.causes["title"])
    shown = [float(row[1].replace("\u2212", "-")) for row in rows[1:]]
    assert sum(shown[:-1]) == pytest.approx(shown[-1], abs=0.005 * len(shown))
    for name in why.causes["decisions"].iloc[0]:
        assert name in section.text
    health = page.one("section", id="health")
    assert [row[0] for row in table(health, "Signal health")[1:]] == ["Signal trend", "Signal momentum"]
    costs = table(page.one("section", id="costs"), "Costs by quarter")
    assert all(len(row) == 6 for row in costs)


def test_costs_by_quarter_are_those_of_the_fills(test: Backtest) -> None:
    """Realised less assumed, by hand: what each fill paid beyond its units at the decision's price."""
    found = review_costs(test.result)
    assert found is not None
    references = {order.id: float(order.reference) for d in test.result.decisions for order in d.orders}
    fills = [fill for fill in test.result.fills if fill.order in references]
    moved = sum(float(-f.amount) - float(f.units) * references[f.order] for f in fills)
    assert sum(row.realised - row.assumed for row in found.quarters) == pytest.approx(moved, abs=1e-6)
    assert sum(row.assumed for row in found.quarters) == pytest.approx(sum(float(f.cost) for f in fills), abs=1e-9)


def test_health_reads_the_scores_and_what_followed(test: Backtest) -> None:
    trend, momentum = review_health(test.result)
    assert (trend.name, momentum.name) == ("Signal trend", "Signal momentum")
    periods = test.attribution().periods
    assert len(trend.by_date) == len(periods)
    assert not in_or_out(test.result.policy)
    np.testing.assert_array_equal(leaning(test.result.assets), [1.0, 1.0, 0.0])
    split = review_health(test.result, live_from=periods.index[10].to_datetime64())
    assert "live" in split[0].sentences["decay"] or "too few" in split[0].sentences["decay"]


def test_factors_explain_what_was_made_of_them(test: Backtest) -> None:
    """Planted: returns are .5 of one factor, and 1 % a month on top."""
    rng = np.random.default_rng(2)
    dates = pd.date_range("2010-01-31", periods=120, freq="ME")
    factor = pd.Series(rng.normal(0.005, 0.04, 120), index=dates, name="mkt")
    returns = (0.01 + 0.5 * factor + rng.normal(0.0, 1e-4, 120)).rename("mine")
    one = factor_attribution(returns, factor.to_frame())
    assert one.table.loc["mkt", "beta"] == pytest.approx(0.5, abs=1e-3)
    assert one.table.loc["alpha", "a_year"] == pytest.approx(0.12, abs=1e-3)
    assert "chance alone seldom leaves" in factor_words(one)[1]
    daily = factor_attribution(test, factor.rename_axis("date").to_frame().set_index(factor.index - pd.DateOffset(years=9)))
    assert daily.per_year == 12
    with pytest.raises(DataError, match="share 0 periods"):
        factor_attribution(test, factor.to_frame())
    with pytest.raises(UsageError, match="there is no factor"):
        factor_attribution(returns, factor.rename("rf").to_frame())


def test_how_sure_says_the_interval_and_its_method(test: Backtest, page: Element) -> None:
    """The first row is that of `intervals`, asked alone with the block, draws and seed of the page."""
    section = page.one("section", id="intervals")
    rows = {row[0]: row[1:] for row in table(section, "Intervals")}
    r, b = test.result.returns, test.rivals[0].returns
    block = best_block(np.stack([r, b]))
    one = interval(lambda x: cagr(x, 252.0), r, seed=sureness.SEED, draws=sureness.DRAWS, level=0.9, block=block)
    assert rows["Return a year (CAGR)"] == [signed_percent(one.value), signed_percent(one.low), signed_percent(one.high)]
    assert "drawn from this one in blocks of" in section.text
    assert "Return a year beyond the benchmark" in rows


def points(cell: str) -> float:
    return float(cell.replace("\u2212", "-"))


def test_the_table_of_the_chart_of_causes_says_where_its_lines_end(page: Element) -> None:
    """Moves of the years add up to the last row, and that is where each line of the chart ends."""
    names, *years, whole = table(page.one("section", id="attribution"), "Effects by year")
    drawn = specs(page)["charts"]["attribution"]["data"]
    assert [f"{line['name']}, %" for line in drawn] == names[1:-1]
    for k, line in enumerate(drawn, 1):
        assert points(whole[k]) == pytest.approx(100.0 * line["y"][-1], abs=0.006)
        assert sum(points(year[k]) for year in years) == pytest.approx(points(whole[k]), abs=0.006 * len(years))


def test_no_label_of_an_axis_in_percent_stands_twice(page: Element) -> None:
    """Ticks half a percent apart would both be 1 % without decimals."""
    for chart in specs(page)["charts"].values():
        assert chart["layout"]["yaxis"].get("tickformat") != ".0%"
    deeds = [row[-1] for row in table(page.one("section", id="attribution"), "Causes")[1:]]
    assert any(deeds)
    assert not any(" 0.00\u00a0%" in one for one in deeds)


def test_a_client_reads_dates_of_decisions_without_hashes(test: Backtest, page: Element) -> None:
    shown = read(render(replace(study(test.result, test.rivals), client=True))).one("section", id="attribution")
    known = [named for names in test.attribution().causes["decisions"] for named in names]
    assert known
    for named in known:
        assert named in page.one("section", id="attribution").text
        assert named.partition("/")[0] in shown.text
        assert named.partition("/")[2] not in shown.text
    assert "Tracking error, %" not in table(shown, "Causes")[0]
    assert [row[0] for row in table(shown, "Causes")] == [row[0] for row in table(page, "Causes")]


def test_attribution_says_how_it_differs_from_the_key_figures(page: Element) -> None:
    section = page.one("section", id="attribution").text
    for words in ("That benchmark is", "pays its own costs", "those of the calendar", "not the gap between two end values"):
        assert words in section
    assert "key figures take the Sharpe ratio's interval from a formula" in page.one("section", id="intervals").text

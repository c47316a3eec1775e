"""Reports on awkward results: no rivals, other dates, short histories, borrowed cash, nothing traded, no drawdown."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from tests.surfaces.reading import Element, cells, read, specs
from trimtab.core.errors import UsageError
from trimtab.core.trades import Order
from trimtab.core.values import Regime
from trimtab.desk.result import Result
from trimtab.numerics import performance as perf
from trimtab.surfaces.report import frame, page
from trimtab.surfaces.report.page import write_report
from trimtab.surfaces.report.study import MANY, drawn_rows, study


def cut(result: Result, rows: slice) -> Result:
    """The same result over fewer valuation dates."""
    cash = None if result.cash_index is None else result.cash_index[rows]
    short = {"dates": result.dates[rows], "wealth": result.wealth[rows], "weights": result.weights[rows]}
    return replace(result, **short, cash_index=cash)


def test_a_report_without_rivals(monthly):
    root = read(page.render(study(monthly.result)))
    table = {row[0]: row[1:] for row in cells(root.one("section", id="figures").all("table")[0])}
    assert "Tracking error" not in table
    assert "complete calendar years were above zero" in root.one("section", id="years").text


def test_a_rival_is_cut_to_the_dates_both_have(monthly):
    result, rival = monthly.result, monthly.rivals[0]
    late = cut(rival, slice(60, None))
    both = study(result, (late,))
    assert both.rivals[0].dates[0] == late.dates[0]
    assert both.rivals[0].wealth[0] == pytest.approx(both.subject.wealth[np.searchsorted(result.dates, late.dates[0])])
    assert "cover only the dates" in both.notes[0]
    root = read(page.render(both))
    assert both.notes[0] in root.one("header").text
    shifted = replace(rival, dates=rival.dates + 1)
    apart = study(result, (shifted,))
    assert apart.rivals == ()
    assert "is left out" in apart.notes[0]


def test_two_rivals_stand_side_by_side(monthly):
    other = monthly.rivals[0]
    second = replace(other, policy=replace(other.policy, identity=replace(other.policy.identity, title="The second")))
    root = read(page.render(study(monthly.result, (other, second))))
    head = cells(root.one("section", id="figures").all("table")[0])[0]
    assert head == ["Key figures", monthly.result.policy.title, other.policy.title, "The second"]
    assert len(specs(root)["charts"]["growth"]["data"]) == 3


def test_less_than_a_year_is_not_annualised(monthly):
    root = read(page.render(study(cut(monthly.result, slice(0, 7)), ())))
    table = {row[0]: row[-1] for row in cells(root.one("section", id="figures").all("table")[0])}
    assert (table["Return a year (CAGR)"], table["Best year"]) == ("n/a", "n/a")
    assert "less than a year is not annualised" in root.one("section", id="figures").text
    assert not root.all("section", id="rolling") + root.all("section", id="years")


def test_one_valuation_date_is_refused(monthly, tmp_path):
    with pytest.raises(UsageError, match="two valuation dates"):
        write_report(cut(monthly.result, slice(0, 1)), tmp_path / "x.html")


def test_a_place_that_cannot_be_written_is_named(monthly, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write the report"):
        write_report(monthly.result, tmp_path / "file" / "x.html")


def with_last(result: Result, traded: bool = True, **changes: Any) -> Element:
    """The section on the latest decision, with that decision changed."""
    last = replace(result.decisions[-1], **changes)
    fills = result.traded if traded else (*result.traded[:-1], None)
    changed = replace(result, decisions=(*result.decisions[:-1], last), traded=fills)
    return read(page.render(study(changed))).one("section", id="decision")


def test_what_became_of_the_latest_decision(monthly):
    result = monthly.result
    last = result.decisions[-1]
    order = Order("x", 0, Decimal(-10), Decimal(5))
    stopped = replace(result, blocked=(f"{last.today.when}: IPS-4.1",))
    assert "no order was placed" in with_last(result, orders=()).text
    assert "nothing to trade" in with_last(result, orders=()).one("h2").text
    assert f"filled on {result.traded[-1]}" in with_last(result, orders=(order,)).text
    assert "trades of less than 0.1 % each" in with_last(result, orders=(order,)).one("h2").text
    assert "for the data end first" in with_last(result, traded=False, orders=(order,)).text
    assert "for a blocking rule stopped it" in with_last(stopped, traded=False, orders=(order,)).text
    assert cells(with_last(result, orders=(), below_minimum=(0,)).all("table")[0])[1][6] == "below minimum"
    half = replace(last.reach, share=np.array(0.5), left=np.array(0.04))
    assert "50 % of the way" in with_last(result, reach=half).text.replace("\u00a0", " ")
    regime = Regime(("calm", "stress"), np.tile([0.7, 0.3], (len(result.aims), 1)))
    today = replace(result.aims, regime=regime).row(last.today.d)
    assert "Regime: calm 0.70, stress 0.30." in with_last(result, today=today).text


def test_a_policy_without_signals_says_so(monthly):
    section = read(page.render(study(monthly.rivals[0]))).one("section", id="decision")
    assert "the benchmark is held" in section.text
    assert len(section.all("table")) == 1


def test_a_portfolio_that_only_rises_has_no_drawdown(monthly):
    wealth = 1e6 * 1.01 ** np.arange(len(monthly.result.dates)) * (1.0 + 0.001 * (np.arange(len(monthly.result.dates)) % 2))
    root = read(page.render(study(replace(monthly.result, wealth=wealth))))
    assert "never fell" in root.one("section", id="drawdown").one("h2").text
    assert "Calmar ratio of 60/40 with a trend overlay: wealth never fell." in root.one("section", id="figures").text


def test_a_missing_drawing_library_is_named(monkeypatch):
    monkeypatch.setattr(frame, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install plotly"):
        frame.plotly()


def test_borrowed_cash_is_a_line(monthly):
    loaned = replace(monthly.result, weights=monthly.result.weights * 1.4)
    root = read(page.render(study(loaned)))
    cash = specs(root)["charts"]["weights"]["data"][-1]
    assert cash["name"] == "Cash"
    assert "stackgroup" not in cash
    assert "Cash below zero is borrowed" in root.one("section", id="weights").text


def test_a_ribbon_shows_the_likeliest_state_below_the_weights(monthly):
    result = monthly.result
    stressed = np.arange(len(result.aims)) // 12 % 2
    regime = Regime(("calm", "stress"), np.stack([1.0 - stressed, stressed], axis=1).astype(float))
    root = read(page.render(study(replace(result, aims=replace(result.aims, regime=regime)))))
    weights = root.one("section", id="weights")
    strip = [trace for trace in specs(root)["charts"]["weights"]["data"] if trace.get("yaxis") == "y2"]
    first = len(result.aims) - len(result.decisions)
    assert strip[1]["y"] == [*stressed[first:].tolist(), stressed[-1]]
    assert [sum(pair) for pair in zip(strip[0]["y"], strip[1]["y"], strict=True)] == [1.0] * len(strip[0]["y"])
    assert "Regime: calm" in weights.text
    assert {row[-1] for row in cells(weights.all("table")[0])[1:]} == {"calm", "stress"}


def test_more_assets_than_colours_carry_a_pattern(shown_daily):
    traces = specs(shown_daily)["charts"]["weights"]["data"]
    assert ["fillpattern" in trace for trace in traces] == [False] * 10 + [True] * 2 + [False]
    assert all(trace["type"] == "scatter" for trace in traces)


def test_thinned_lines_keep_every_extreme(daily, shown_daily):
    line = study(daily.result).subject
    assert len(line.dates) > MANY > len(line.rows)
    assert line.drawing in shown_daily.one("section", id="growth").text
    drawn = set(line.rows.tolist())
    assert {0, len(line.dates) - 1, int(line.wealth.argmax()), int(line.wealth.argmin())} <= drawn
    for fall in perf.drawdown_table(line.returns):
        assert {fall.peak, fall.trough, fall.end} <= drawn
    drawdowns = specs(shown_daily)["charts"]["underwater"]["data"][0]["y"]
    assert min(drawdowns) == pytest.approx(float(perf.max_drawdown(line.returns)), abs=1e-5)
    century = np.arange("1900-01-01", "2000-01-01", dtype="datetime64[D]")
    assert len(drawn_rows(century, np.ones(len(century)), np.zeros(len(century) - 1))) < MANY

"""The sections Risk and Leverage: their figures are those of the reviews, they are left out without need, and they draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.surfaces.browser import in_a_browser, rendered
from tests.surfaces.conftest import prices
from tests.surfaces.reading import Element, cells, read, specs
from trimtab.desk.leverage_review import TOGETHER, leverage_words, review_leverage
from trimtab.desk.result import Result
from trimtab.desk.risk_review import review_risk, risk_words
from trimtab.surfaces.python import backtest
from trimtab.surfaces.report.page import render, write_report
from trimtab.surfaces.report.risk import leverage, risk
from trimtab.surfaces.report.study import study

IDS = ["A00", "A01", "A02", "A03"]
LEVERED: dict[str, Any] = {
    "trimtab": 1,
    "name": "levered",
    "title": "Risk parity, levered",
    "since": "1998-01-02",
    "end": "2008-12-31",
    "universe": {a: {"series": a, "class": ("equity", "bonds")[k % 2], "name": f"Asset {k + 1}"} for k, a in enumerate(IDS)},
    "benchmark": dict.fromkeys(IDS, 0.25),
    "forecast": {"use": "ewma", "window": "120D"},
    "allocator": {
        "use": "volatility_target",
        "target": 0.16,
        "most": 1.6,
        "step": 0.1,
        "deleverage": {"above": 0.14, "to": 1.0},
        "of": {"use": "risk_parity"},
    },
    "rules": [{"use": "max_leverage", "at_most": 1.5}, {"use": "max_weight", "at_most": 0.36}],
    "cash": {"borrow_spread": 0.01},
    "costs": {"use": "linear", "bps": 5},
    "schedule": {"decide": "month-end", "trade": "next_close"},
}


def ran(**changes: Any) -> Result:
    values = {key: part for key, part in (LEVERED | changes).items() if part is not None}
    return backtest(values, prices(IDS)).result


@pytest.fixture(scope="module")
def levered() -> Result:
    return ran()


@pytest.fixture(scope="module")
def page(levered: Result) -> Element:
    return read(render(study(levered)))


def charts(root: Element) -> dict[str, Any]:
    """The drawings of a page, by name."""
    return specs(root)["charts"]  # type: ignore[no-any-return]


def text(element: Element) -> str:
    return " ".join(element.text.replace("\u2212", "-").replace("\u00a0", " ").split())


def test_the_shares_of_the_last_decision_are_those_of_the_review(levered: Result, page: Element) -> None:
    review = review_risk(levered)
    assert review is not None
    assert review.budgets is not None
    section = page.one("section", id="risk")
    head, *rows = cells(section.all("table")[0])
    assert head == ["Asset", "Weight, %", "Share of risk, %", "Budget, %"]
    target = levered.decisions[-1].target
    for a, row in enumerate(rows):
        expected = [f"{100 * values[a]:.1f}" for values in (target, review.shares[-1], review.budgets)]
        assert row == [levered.assets[a].title, *expected]
    assert sum(float(row[2]) for row in rows) == pytest.approx(100.0, abs=0.3)
    for sentence in risk_words(review):
        assert sentence in text(section)
    most = levered.assets[int(np.argmax(review.shares[-1]))].title
    assert f"{most} bears {100 * review.shares[-1].max():.1f} % of the risk." in text(section)


def test_capital_stands_beside_risk_in_the_same_colours(levered: Result, page: Element) -> None:
    drawn = specs(page)["charts"]
    assert [t["name"] for t in drawn["risk"]["data"]] == [t["name"] for t in drawn["capital"]["data"]]
    assert [t["fillcolor"] for t in drawn["risk"]["data"]] == [t["fillcolor"] for t in drawn["capital"]["data"]]
    last = [trace["y"][-1] for trace in drawn["capital"]["data"]]
    assert last == pytest.approx([w for w in levered.decisions[-1].target if abs(w) > 1e-9], abs=1e-4)


def test_bounds_that_make_contributions_unequal_are_flagged(levered: Result, page: Element) -> None:
    review = review_risk(levered)
    assert review is not None
    assert review.missed.any()
    said = text(page.one("section", id="risk"))
    assert "miss their budgets" in said
    assert ("Contributions miss their budgets." in said) == bool(review.missed[-1])


def test_the_chart_of_risk_holds_every_decision(levered: Result, page: Element) -> None:
    review = review_risk(levered)
    assert review is not None
    drawn = charts(page)["risk"]["data"]
    assert [trace["name"] for trace in drawn] == [asset.title for asset in levered.assets]
    for a, trace in enumerate(drawn):
        np.testing.assert_allclose(np.array(trace["y"], dtype=float), review.shares[:, a], atol=1e-4)


def test_leverage_is_shown_with_its_levels_and_its_sentences(levered: Result, page: Element) -> None:
    review = review_leverage(levered)
    assert review is not None
    section = page.one("section", id="leverage")
    for sentence in leverage_words(review):
        assert sentence.replace("\u2212", "-") in text(section)
    assert f"Gross exposure is {review.gross[-1]:.2f}, at most {review.gross.max():.2f}." in text(section)
    head, *rows = cells(section.one("table"))
    assert head == ["Year end", "Gross exposure", "Correlation of shares and bonds"]
    assert rows[0][0] == str(levered.dates[-1])
    assert rows[0][1] == f"{review.gross[-1]:.2f}"
    assert len(rows) == len({str(day)[:4] for day in levered.dates})
    traces = {trace["name"]: trace for trace in charts(page)["leverage"]["data"]}
    assert traces["Most that rules allow"]["y"] == [1.5, 1.5]
    assert traces["Warning level"]["y"] == [TOGETHER, TOGETHER]
    assert traces["Correlation"]["yaxis"] == traces["Warning level"]["yaxis"] == "y2"
    assert max(v for v in traces["Gross exposure"]["y"]) == pytest.approx(review.gross.max(), abs=0.02)


def test_the_caption_says_what_each_panel_shows(page: Element) -> None:
    said = text(page.one("section", id="leverage"))
    for words in ("gross exposure", "Lower panel: correlation of shares and bonds", "Dashed: the level that warns."):
        assert words in said


def test_a_rule_that_acts_is_told_with_its_dates(levered: Result, page: Element) -> None:
    review = review_leverage(levered)
    assert review is not None
    assert len(review.acted)
    assert f"{review.acted[0]}" in text(page.one("section", id="leverage"))


def test_without_leverage_or_forecast_both_are_left_out() -> None:
    plain = ran(allocator=None, forecast=None, rules=None)
    assert risk(plain) is None
    assert leverage(plain) is None
    ids = {element.attributes.get("id") for element in read(render(study(plain))).all("section")}
    assert not ids & {"risk", "leverage"}
    weighed = ran(allocator={"use": "inverse_volatility"}, rules=None)
    assert risk(weighed) is not None
    assert leverage(weighed) is None
    assert "Budget, %" not in text(risk_page(weighed))


def risk_page(result: Result) -> Element:
    return read(render(study(result))).one("section", id="risk")


def test_one_class_alone_shows_exposure_without_a_second_panel() -> None:
    universe = {a: {"series": a, "class": "equity"} for a in IDS}
    found = read(render(study(ran(universe=universe))))
    drawn = charts(found)["leverage"]
    assert "yaxis2" not in drawn["layout"]
    assert [trace["name"] for trace in drawn["data"]] == ["Gross exposure", "Most that rules allow"]
    assert cells(found.one("section", id="leverage").one("table"))[0] == ["Year end", "Gross exposure"]


def test_unknown_risk_draws_gaps_and_says_so(levered: Result) -> None:
    last = levered.decisions[-1]
    covariance = np.array(last.today.aims.forecast.covariance)
    covariance[last.today.d] = np.nan
    beliefs = replace(last.today.aims, forecast=replace(last.today.aims.forecast, covariance=covariance))
    blind = replace(last, today=beliefs.row(last.today.d))
    found = read(render(study(replace(levered, decisions=(*levered.decisions[:-1], blind)))))
    section = text(found.one("section", id="risk"))
    assert f"On {last.today.when} no risk is known." in section
    assert "nan" not in section
    assert all(trace["y"][-1] is None for trace in charts(found)["risk"]["data"])


@in_a_browser
def test_both_are_drawn_in_a_browser(levered: Result, tmp_path: Any) -> None:
    path = write_report(levered, tmp_path / "risk.html")
    drawn = rendered(path, tmp_path / "profile")
    for name in ("risk", "leverage"):
        start = drawn.index(f'data-chart="{name}"') if f'data-chart="{name}"' in drawn else drawn.index(f'id="{name}"')
        assert "main-svg" in drawn[start : start + 60_000]

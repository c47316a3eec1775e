"""What the report says: its figures are those of the result, and everything in it can be found, read and reached."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.surfaces.reading import cells, read, specs
from trimtab.desk.deflating import chance, deflated
from trimtab.desk.result import Result, Trials
from trimtab.desk.summary import summary
from trimtab.numerics import performance as perf
from trimtab.surfaces.report import page
from trimtab.surfaces.report.figures import GROUPS, columns
from trimtab.surfaces.report.study import study


def test_figures_in_the_table_are_those_of_the_wealth(monthly, shown):
    r, rf = monthly.result.returns, monthly.result.riskfree
    b = monthly.rivals[0].wealth[-len(r) - 1 :]
    b = b[1:] / b[:-1] - 1.0
    years = len(r) / 12.0
    growth = math.prod(1.0 + x for x in r.tolist())
    path = np.cumprod(np.concatenate([[1.0], 1.0 + r]))
    excess = r - rf
    expected = {
        "End value": f"{monthly.result.wealth[-1]:,.0f} USD",
        "Return a year (CAGR)": f"{100 * (growth ** (1 / years) - 1):.1f} %",
        "Volatility": f"{100 * np.std(r, ddof=1) * 12**0.5:.1f} %",
        "Maximum drawdown": f"\u2212{-100 * (path / np.maximum.accumulate(path) - 1).min():.1f} %",
        "Tracking error": f"{100 * np.std(r - b, ddof=1) * 12**0.5:.1f} %",
        "Beta": f"{np.cov(r - rf, b - rf)[0, 1] / np.var(b - rf, ddof=1):.2f}",
    }
    table = {row[0]: row[1:] for row in cells(shown.one("section", id="figures").all("table")[0])}
    for name, figure in expected.items():
        assert table[name][0].replace("\u00a0", " ") == figure
    assert table["Sharpe ratio"][0].startswith(f"{excess.mean() / excess.std(ddof=1) * 12**0.5:.2f} [")
    assert [table["Tracking error"][1], table["Beta"][1]] == ["", ""]  # the benchmark is not compared with itself


def test_turnover_and_cost_agree_with_the_summary(monthly, daily):
    for run in (monthly, daily):
        figures, known = columns(study(run.result))[0], summary(run.result)
        assert figures["turnover"].value == pytest.approx(known["turnover_per_year"])
        assert figures["cost_drag"].value == pytest.approx(known["cost_per_year"])
        for key in ("cagr", "volatility", "sharpe", "max_drawdown", "end_value"):
            assert figures[key].value == pytest.approx(known[key])


def test_every_figure_has_a_definition_that_its_name_leads_to(shown):
    assert {key for group in GROUPS.values() for key in group} <= set(perf.DEFINITIONS)
    keys = [key for name, group in GROUPS.items() for key in group if name not in ("Fees", "Taxes")]  # it has neither
    links = shown.one("section", id="figures").all("a")
    assert [link.text for link in links] == [perf.DEFINITIONS[key].name for key in keys]
    targets = {element.attributes["id"] for element in shown.all("dt") if "id" in element.attributes}
    for key, link in zip(keys, links, strict=True):
        assert link.attributes["href"].removeprefix("#") in targets
        assert link.attributes["title"] == perf.DEFINITIONS[key].sentence


def test_months_and_years_are_the_compounded_returns(monthly, shown):
    table = cells(shown.one("section", id="months").one("table"))
    ends = monthly.result.dates[1:]
    for row in table[1:]:
        year = ends.astype("datetime64[Y]") == np.datetime64(row[0])
        for month, cell in enumerate(row[1:13], 1):
            here = year & (ends.astype("datetime64[M]") == np.datetime64(f"{row[0]}-{month:02d}"))
            wanted = f"{100 * monthly.result.returns[here][0]:+.1f}" if here.any() else ""
            assert cell.replace("\u2212", "-").replace("+0.0", "0.0") == wanted.replace("+0.0", "0.0").replace("-0.0", "0.0")
        total = np.prod(1.0 + monthly.result.returns[year]) - 1.0
        assert float(row[13].replace("\u2212", "-")) == pytest.approx(100 * total, abs=0.05001)


def test_drawdowns_are_listed_with_their_dates(monthly, shown):
    result = monthly.result
    worst = perf.drawdown_table(result.returns)[0]
    table = shown.one("section", id="drawdown").all("table")[-1]
    back = str(result.dates[worst.end]) if worst.recovery else "still open"
    days = int((result.dates[worst.end] - result.dates[worst.peak]) / np.timedelta64(1, "D"))
    depth = f"\u2212{-100 * worst.depth:.1f}\u00a0%"
    dates = [str(result.dates[worst.peak]), str(result.dates[worst.trough]), back]
    assert cells(table)[1] == ["1", depth, *dates, f"{days:,}"]
    assert len(cells(table)) == 11


def test_the_result_by_asset_adds_up(monthly, shown):
    rows = cells(shown.one("section", id="assets").one("table"))
    total = [float(row[4].replace("\u2212", "-").replace(",", "")) for row in rows[1:]]
    assert sum(total[:-1]) == pytest.approx(total[-1], abs=len(total))
    assert total[-1] == pytest.approx(monthly.result.wealth[-1] - 1_000_000, abs=1.0)
    assert "to the cent" in shown.one("section", id="assets").text


def test_the_latest_decision_shows_benchmark_aim_target_held_trade_and_after(daily, shown_daily):
    last = daily.result.decisions[-1]
    section = shown_daily.one("section", id="decision")
    head, *rows = cells(section.all("table")[0])
    assert head == ["Weights, %", "SAA", "Aim", "Target", "Held", "Drift", "Trade", "After"]
    for a, row in enumerate(rows[:-1]):
        assert row[0] == daily.result.assets[a].title
        columns = (daily.result.benchmark_weights, last.today.aim, last.target, last.book.held)
        assert row[1:5] == [f"{100 * column[a]:.1f}" for column in columns]
    for column in (1, 2, 3, 4, 7):
        assert sum(float(row[column].replace("\u2212", "-")) for row in rows) == pytest.approx(100.0, abs=0.7)
    for sentence in daily.result.reason(last):
        assert sentence in section.text
    assert str(last.today.when) in section.one("h2").text


def test_the_first_screen_says_what_must_not_be_missed(monthly, shown):
    result = replace(monthly.result, trials=Trials(12, 9), blocked=("1940-01-31: IPS-4.1 broken",))
    header = read(page.render(study(result, monthly.rivals))).one("header")
    for note in result.notes:
        assert note in header.text
    for words in ("12 in this workspace, 9 of them different", "1 decision was stopped", result.policy.sha256[:12]):
        assert words in header.text
    assert result.execution_words[1:] in header.text
    assert header.one("code", title=result.policy.sha256)
    assert "Generated data, not market data" in shown.one("header").text


def test_the_sharpe_ratio_is_deflated_by_the_trials_of_the_workspace(monthly, shown):
    """Of the portfolio alone: its benchmark was not chosen among trials. Without a workspace nobody counts them."""
    lost = "trials are missing: 2 runs lie here and 0 lines"
    result = replace(monthly.result, trials=Trials(12, 9, 4.0, 0.002, lost))
    root = read(page.render(study(result, monthly.rivals)))
    found = deflated(result)
    section = root.one("section", id="figures")
    row = next(row for row in cells(section.all("table")[0]) if row[0] == "Deflated Sharpe ratio")
    assert row[1:] == [chance(found.probability), ""]
    assert found.words in section.text
    assert "of 9 trials in this workspace, worth 4.0 independent ones" in section.text
    assert "Trials are missing: 2 runs lie here" in root.one("header").text
    assert "Deflated Sharpe ratio of 60/40 with a trend overlay: it belongs to no workspace" in shown.text
    assert "Deflated" not in read(page.render(replace(study(result), client=True))).text


def test_each_chart_has_a_finding_a_sentence_and_a_table(shown, shown_daily):
    for root in (shown, shown_daily):
        drawn = [place.attributes["data-chart"] for place in root.all("div", class_="chart")]
        assert sorted(drawn) == sorted(specs(root)["charts"])
        for part in root.one("main").all("section"):
            heading = part.one("h2")
            assert part.attributes["aria-labelledby"] == heading.attributes["id"]
            assert heading.text.endswith(".")
        for figure in root.all("figure"):
            assert figure.all("div", class_="chart")[0].attributes["aria-label"]
        assert len([part for part in root.all("details") if part.all("table")]) == len(drawn)


def test_tables_are_real_tables(shown, shown_daily):
    for root in (shown, shown_daily):
        for table in root.all("table"):
            rows = table.all("tr")
            assert all(cell.attributes["scope"] == "col" for cell in rows[0].children)
            for row in rows[1:]:
                assert (row.children[0].name, row.children[0].attributes["scope"] in ("row", "rowgroup")) == ("th", True)
            widths = {len(row.children) for row in rows if row.attributes.get("class") != "group"}
            assert len(widths) == 1


def test_the_page_can_be_used_without_a_mouse(shown):
    first = shown.one("body").children[0]
    assert (first.text, first.attributes["href"]) == ("Skip to the report", "#main")
    assert [len(shown.all(landmark)) for landmark in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    ids = [element.attributes["id"] for element in shown.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for link in shown.all("a"):
        assert link.attributes["href"].removeprefix("#") in ids
    for part in shown.all("div", role="region"):
        assert part.attributes["tabindex"] == "0"
        assert part.attributes["aria-label"]
    assert shown.one("html").attributes["lang"] == "en"


def test_the_result_still_has_what_the_report_reads():
    names = set(dir(Result))
    assert {"policy", "dates", "wealth", "weights", "decisions", "traded", "account", "notes", "blocked", "trials"} <= names

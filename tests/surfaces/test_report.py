"""The report: its figures are those of the result, nothing in it can run or be fetched, and every chart is drawn."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import time
from dataclasses import fields, replace
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.surfaces.reading import Element, cells, read
from trimtab.core.errors import UsageError
from trimtab.core.trades import Order
from trimtab.core.values import Regime
from trimtab.desk.result import Result, Trials
from trimtab.desk.summary import summary
from trimtab.numerics import performance as perf
from trimtab.surfaces.python import Backtest
from trimtab.surfaces.report import charts, page, wording
from trimtab.surfaces.report.figures import GROUPS, columns
from trimtab.surfaces.report.markup import Markup, script_json, tag, text
from trimtab.surfaces.report.page import write_report
from trimtab.surfaces.report.study import MANY, drawn_rows, study

BAD = "\"'><script>document.documentElement.dataset.pwned=1</script><img src=x onerror=alert(1)>{{7*7}}&amp;</style>"
BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), "")
STYLE = (resources.files("trimtab.surfaces.report") / "style.css").read_text(encoding="utf-8")


def report(run: Backtest, folder: Path) -> tuple[str, Element]:
    """The page that is written, as text and as a tree."""
    path = write_report(run.result, folder / "deep" / "report.html", rivals=run.rivals)
    page = path.read_text(encoding="utf-8")
    return page, read(page)


@pytest.fixture(scope="module")
def shown(monthly: Backtest, tmp_path_factory: pytest.TempPathFactory) -> Element:
    return report(monthly, tmp_path_factory.mktemp("monthly"))[1]


@pytest.fixture(scope="module")
def shown_daily(daily: Backtest, tmp_path_factory: pytest.TempPathFactory) -> Element:
    return report(daily, tmp_path_factory.mktemp("daily"))[1]


def specs(root: Element) -> dict:
    """The chart data in the page. Fails where they hold NaN or Infinity."""

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in the JSON of the page")

    return json.loads(root.one("script", id="charts").text, parse_constant=refuse)


def cut(result: Result, rows: slice) -> Result:
    """The same result over fewer valuation dates."""
    cash = None if result.cash_index is None else result.cash_index[rows]
    short = {"dates": result.dates[rows], "wealth": result.wealth[rows], "weights": result.weights[rows]}
    return replace(result, **short, cash_index=cash)


# --- what the page says ---------------------------------------------------------------------------------------------------


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
    keys = [key for group in GROUPS.values() for key in group]
    assert set(keys) <= set(perf.DEFINITIONS)
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


# --- what the page must not do -------------------------------------------------------------------------------------------


def test_the_page_fetches_nothing(daily, tmp_path):
    written, root = report(daily, tmp_path)
    for element in root.all():
        assert not {"src", "srcset", "action", "data", "poster"} & set(element.attributes)
        assert not element.attributes.get("href", "#").partition("#")[0]
        assert not any(name.startswith("on") for name in element.attributes)
    assert not re.search(r"url\(|@import", STYLE)
    policy = root.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.partition("style-src")[0]
    assert len(written.encode()) < 6_000_000


def evil(run: Backtest) -> tuple[Result, Result]:
    """A result and a rival with markup in every text that a person or a file could have put there."""
    result = run.result
    held = result.policy
    identity = replace(held.identity, name=BAD, title=BAD, canonical={BAD: BAD})
    universe = tuple(replace(asset, name=BAD + asset.id, asset_class=BAD) for asset in held.universe)
    parts = replace(result.decisions[-1].today.parts, names=tuple(BAD + n for n in result.decisions[-1].today.parts.names))
    last = replace(result.decisions[-1], today=replace(result.decisions[-1].today, parts=parts))
    about = tuple(replace(a, name=BAD, title=BAD, provenance=BAD, notes=(BAD,), frequency=BAD) for a in result.market.about)
    changed = replace(
        result,
        policy=replace(held, identity=identity, universe=universe, sentences=(BAD, f"Costs: {BAD}")),
        market=replace(result.market, about=about),
        decisions=(*result.decisions[:-1], last),
        notes=(BAD,),
        blocked=(BAD,),
        code_version=BAD,
    )
    other = run.rivals[0]
    return changed, replace(other, policy=replace(other.policy, identity=identity))


def test_text_never_becomes_markup(monthly, tmp_path):
    result, rival = evil(monthly)
    page = write_report(result, tmp_path / "evil.html", rivals=(rival,)).read_text(encoding="utf-8")
    root = read(page)
    assert [script.attributes.get("id", "") for script in root.all("script")] == ["charts", "", ""]
    assert not root.all("img")
    assert page.lower().count("<script") - page.lower().count("<\\script") == 3 + plotly_mentions()
    assert root.one("h1").text == BAD
    assert BAD in root.one("section", id="policy").one("pre").text.replace('\\"', '"')
    for chart in specs(root)["charts"].values():
        for trace in chart["data"]:
            assert "<" not in trace["name"]


def plotly_mentions() -> int:
    """How often the drawing library itself says `<script`."""
    return page.plotly().lower().count("<script")


def test_no_nan_in_the_data_of_the_charts(monthly, shown):
    assert specs(shown)["dates"]
    holed = replace(monthly.result, weights=monthly.result.weights * np.where(np.arange(2) == 1, np.nan, 1.0))
    root = read(page.render(study(holed, monthly.rivals)))
    weights = specs(root)["charts"]["weights"]["data"]
    assert None in weights[1]["y"]
    assert charts.plain(np.array([1.23456, math.nan, math.inf, -math.inf]), 2) == [1.23, None, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json({"y": math.nan})


def test_json_cannot_leave_its_script():
    written = script_json({"name": "</script><!--\u2028"})
    assert "<" not in written
    assert json.loads(written) == {"name": "</script><!--\u2028"}


def test_markup_escapes_text_and_attributes():
    assert tag("p", "<b>&", title='"<') == '<p title="&quot;&lt;">&lt;b&gt;&amp;</p>'
    assert text(["<", Markup("<br>"), None]) == "&lt;<br>"
    assert tag("div", aria_label="x", class_="y", hidden=True, id=None) == '<div aria-label="x" class="y" hidden></div>'


# --- awkward results -------------------------------------------------------------------------------------------------------


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
    regime = Regime(("calm", "stress"), np.array([0.7, 0.3]))
    assert "Regime: calm 0.70, stress 0.30." in with_last(result, today=replace(last.today, regime=regime)).text


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
    monkeypatch.setattr(page, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install plotly"):
        page.plotly()


def test_borrowed_cash_is_a_line(monthly):
    loaned = replace(monthly.result, weights=monthly.result.weights * 1.4)
    root = read(page.render(study(loaned)))
    cash = specs(root)["charts"]["weights"]["data"][-1]
    assert cash["name"] == "Cash"
    assert "stackgroup" not in cash
    assert "Cash below zero is borrowed" in root.one("section", id="weights").text


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


# --- how it looks, and how fast it is made -----------------------------------------------------------------------------------


def colours(dark: bool) -> dict[str, str]:
    """Colour tokens of the style sheet."""
    blocks = re.findall(r":root(?::not\(\.printing\))? \{(.*?)\n *\}", STYLE, re.DOTALL)
    light = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[0]))
    return light | (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[1])) if dark else {})


def contrast(one: str, two: str) -> float:
    """Contrast ratio of WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_is_readable_on_every_ground(dark):
    known = colours(dark)
    tints = [f"{side}{k}" for side in ("up", "down") for k in (1, 2, 3, 4)]
    pairs = [("ink", ground) for ground in ("paper", "raised", "warn", *tints)]
    pairs += [("muted", "paper"), ("muted", "raised"), ("link", "paper"), ("ink", "up2"), ("muted", "up2")]
    assert {pair: ratio for pair in pairs if (ratio := contrast(known[pair[0]], known[pair[1]])) < 4.5} == {}
    lines = [f"series-{k}" for k in (1, 2, 3, 4)]
    assert {line: ratio for line in lines if (ratio := contrast(known[line], known["paper"])) < 3.0} == {}


def test_every_colour_that_charts_name_is_in_the_style_sheet(shown, shown_daily):
    for root in (shown, shown_daily):
        named = set(re.findall(r'"@([\w-]+)"', root.one("script", id="charts").text))
        assert named
        assert named <= set(re.findall(r"--([\w-]+):", STYLE))


def test_a_daily_report_of_25_years_takes_well_under_a_second(daily, tmp_path):
    assert daily.result.dates[-1] - daily.result.dates[0] > np.timedelta64(25 * 365, "D")
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        write_report(daily.result, tmp_path / "fast.html", rivals=daily.rivals)
        taken.append(time.perf_counter() - start)
    assert min(taken) < 1.0


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (wording.number(-1234.5), "\u22121,234.50"),
        (wording.number(-0.001), "0.00"),
        (wording.number(math.nan), "n/a"),
        (wording.signed(0.0), "0.00"),
        (wording.signed(0.004), "0.00"),
        (wording.signed_percent(0.0123), "+1.2\u00a0%"),
        (wording.percent(-0.5), "\u221250.0\u00a0%"),
        (wording.basis_points(0.00123), "12.3\u00a0bp"),
        (wording.money(1234567.8, "EUR"), "1,234,568\u00a0EUR"),
        (wording.money(12.5, "EUR"), "12.50\u00a0EUR"),
        (wording.days(1.0), "1\u00a0day"),
        (wording.days(400.0), "13\u00a0months"),
        (wording.days(3653.0), "10.0\u00a0years"),
        (wording.days(math.nan), "n/a"),
        (wording.listed(["a", "b", "c"]), "a, b and c"),
        (wording.listed([]), ""),
    ],
)
def test_numbers_read_the_same_everywhere(written, wanted):
    assert written == wanted


def test_ticks_of_a_log_axis_are_round_and_few():
    for low, high in ((9_000.0, 12_000.0), (6_000.0, 31_000_000.0), (10_000.0, 10_000.0), (0.0, 10_000.0), (5_000.0, 60_000.0)):
        ticks = charts.log_axis(low, high)["tickvals"]
        assert 1 <= len(ticks) <= 14


# --- in a browser ------------------------------------------------------------------------------------------------------------

in_a_browser = pytest.mark.skipif(
    not BROWSER and not os.environ.get("CI"), reason="no Chromium or Chrome is installed; CI renders the page"
)


def rendered(path: Path, profile: Path) -> str:
    """The page after its scripts ran."""
    assert BROWSER, "install chromium: CI renders the page"
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    kept = ["--no-sandbox", "--disable-quic", "--disable-sync", f"--user-data-dir={profile}", "--virtual-time-budget=10000"]
    command = [BROWSER, "--headless", *quiet, *kept, "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@in_a_browser
@pytest.mark.parametrize("which", ["monthly", "daily"])
def test_every_chart_is_drawn(which, tmp_path, request):
    run = request.getfixturevalue(which)
    path = write_report(run.result, tmp_path / "report.html", rivals=run.rivals)
    wanted = specs(read(path.read_text(encoding="utf-8")))["charts"]
    dom = rendered(path, tmp_path / "profile")
    assert f'data-drawn="{len(wanted)}"' in dom
    assert dom.count('class="main-svg"') >= len(wanted)
    assert "could not be drawn" not in dom.partition("<script")[0]
    assert "stroke: rgb(29, 78, 137)" in dom  # --series-1 of the style sheet
    for chart in wanted.values():
        assert chart["data"]
    assert dom.count('class="trace scatter') >= sum(t["type"] == "scatter" for c in wanted.values() for t in c["data"])
    assert dom.count('class="trace bars"') == sum(t["type"] == "bar" for c in wanted.values() for t in c["data"])


@in_a_browser
def test_nothing_that_a_policy_says_runs(monthly, tmp_path):
    result, rival = evil(monthly)
    dom = rendered(write_report(result, tmp_path / "evil.html", rivals=(rival,)), tmp_path / "profile")
    assert "data-drawn" in dom
    assert "data-pwned" not in dom
    assert "<img" not in dom.partition('<script id="charts"')[0]


def test_the_result_still_has_what_the_report_reads():
    names = {field.name for field in fields(Result)}
    assert {"policy", "dates", "wealth", "weights", "decisions", "traded", "account", "notes", "blocked", "trials"} <= names

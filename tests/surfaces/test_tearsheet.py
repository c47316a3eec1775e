"""The tear sheet of a bare return series: what quantstats and pyfolio take is taken, and nothing unknown is claimed."""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trimtab
from tests.surfaces.browser import in_a_browser, rendered
from tests.surfaces.reading import Element, cells, read
from trimtab.core.errors import DataError, UsageError
from trimtab.surfaces.report import pdf
from trimtab.surfaces.report.given import given_study
from trimtab.surfaces.report.page import BESIDE, Library, write_report
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.series import Track

DAYS = pd.bdate_range("2007-01-02", "2023-12-29")
RNG = np.random.default_rng(5)
MARKET = pd.Series(RNG.normal(0.0004, 0.011, len(DAYS)), index=DAYS, name="Market")
MIX = (0.6 * MARKET + RNG.normal(0.0001, 0.002, len(DAYS))).rename("Mix")
NEEDS_A_RUN = {"decision", "signals", "regime", "sleeves", "forecast", "risk", "leverage", "policy", "data", "assets", "taxes"}


@pytest.fixture(scope="module")
def sheet() -> trimtab.TearSheet:
    return trimtab.report(MIX, MARKET, live_start="2019-06-03")


@pytest.fixture(scope="module")
def shown(sheet: trimtab.TearSheet) -> Element:
    return read(sheet.html)


def ids(root: Element) -> list[str]:
    return [part.attributes["id"] for part in root.one("main").all("section")]


def figures(root: Element) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in cells(root.one("section", id="figures").all("table")[0])}


def test_a_series_goes_through_the_same_page_without_what_needs_a_run(shown: Element) -> None:
    wanted = ["figures", "growth", "drawdown", "trailing", "months", "years", "crises", "rolling", "definitions"]
    assert [part for part in ids(shown) if part in wanted] == wanted
    assert not NEEDS_A_RUN & set(ids(shown))
    assert shown.one("h1").text == "Mix"


def test_the_first_screen_of_a_series_claims_nothing(shown: Element) -> None:
    head = shown.one("header").text
    for words in (
        "None known: the returns are taken as they are",
        "A pandas Series",
        "daily",
        "Read as returns",
        "counts as zero",
    ):
        assert words in head
    assert "Nobody has checked this series" in shown.one("aside").text
    assert "after costs" not in head
    assert not shown.one("header").all("code")


def test_figures_are_those_of_the_returns(shown: Element) -> None:
    r, b = MIX.to_numpy(), MARKET.to_numpy()
    path = np.concatenate([[1.0], np.cumprod(1.0 + r)])
    table = {name: row[0].replace("\u00a0", " ").replace("\u2212", "-") for name, row in figures(shown).items() if row}
    assert table["End value"] == f"{10_000 * path[-1]:,.0f}"
    assert table["Return a year (CAGR)"] == f"{100 * (path[-1] ** (252 / len(r)) - 1):.1f} %"
    assert table["Volatility"] == f"{100 * r.std(ddof=1) * 252**0.5:.1f} %"
    assert table["Maximum drawdown"] == f"{100 * (path / np.maximum.accumulate(path) - 1).min():.1f} %"
    assert table["Tracking error"] == f"{100 * (r - b).std(ddof=1) * 252**0.5:.1f} %"
    assert not {"Turnover a year", "Cost a year"} & set(table)


def test_capture_of_days_is_taken_over_months(shown: Element) -> None:
    month = (1.0 + pd.DataFrame({"r": MIX, "b": MARKET})).groupby(DAYS.to_period("M")).prod() - 1.0
    up = month[month.b > 0.0]
    ratio = ((1.0 + up).prod() ** (12 / len(up)) - 1.0).pipe(lambda x: x.r / x.b)
    assert figures(shown)["Up capture"][0].replace("\u00a0", " ") == f"{100 * ratio:.1f} %"


def test_backtest_and_live_stand_side_by_side(shown: Element) -> None:
    rows = {row[0]: row[1:] for row in cells(shown.one("header").one("table"))}
    before, after = MIX[:"2019-06-03"], MIX["2019-06-04":]
    wanted = [f"{100 * ((1.0 + part).prod() - 1.0):+.1f}\u00a0%" for part in (before, after)]
    assert [cell.replace("\u2212", "-") for cell in rows["Return over the whole span"]] == wanted
    assert "live from 2019-06-03" in shown.one("section", id="growth").text
    with pytest.raises(UsageError, match="is not between"):
        trimtab.report(MIX, live_start="2030-01-01")
    with pytest.raises(UsageError, match="is not a date"):
        trimtab.report(MIX, live_start="soon")


@pytest.mark.parametrize(
    "given",
    [
        (1.0 + MIX).cumprod() * 50.0,
        MIX.tz_localize("UTC"),
        MIX.to_frame(),
        (MIX.index, MIX.to_numpy()),
    ],
    ids=["prices", "tz-aware", "one column", "dates beside numbers"],
)
def test_what_quantstats_takes_is_taken(given: object, shown: Element) -> None:
    root = read(trimtab.report(given, MARKET.to_frame(), live_start="2019-06-03").html)
    mine, known = figures(root), figures(shown)
    for name in ("Volatility", "Maximum drawdown"):
        assert mine[name][0] == known[name][0]


def test_a_series_that_is_no_series_is_refused_with_a_remedy() -> None:
    with pytest.raises(UsageError, match="two returns at least"):
        trimtab.report(MIX.iloc[:1])
    with pytest.raises(DataError, match="share no dates"):
        trimtab.report(MIX["2010":"2011"], MARKET["2015":])
    with pytest.raises(UsageError, match="no argument positons"):
        trimtab.report(MIX, positons=None)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="needs positions"):
        trimtab.report(MIX, transactions=pd.DataFrame({"amount": [1.0]}))


def test_less_than_a_year_is_nowhere_put_on_a_year() -> None:
    root = read(trimtab.report(MIX["2007-01":"2007-05"], MARKET["2007-01":"2007-05"]).html)
    for part in (root.one("header"), root.one("section", id="growth"), root.one("section", id="trailing")):
        assert "% a year" not in part.text.replace("\u00a0", " ")
    assert "n/a" not in root.one("header").text


def test_a_fall_that_short_blocks_cannot_draw_is_said_to_lie_outside() -> None:
    """Three bad years in a row, each return as good as independent: drawn anew they come one by one, and fall less deep."""
    slow = np.where((DAYS.year > 2009) & (DAYS.year < 2013), -0.002, 0.001) + RNG.normal(0.0, 0.01, len(DAYS))
    section = read(trimtab.report(pd.Series(slow, index=DAYS)).html).one("section", id="intervals")
    assert "Outside its own interval: Maximum drawdown." in section.text
    assert "Outside" not in read(trimtab.report(MIX).html).one("section", id="intervals").text


def test_ruin_and_flat_series_still_make_a_page() -> None:
    days = np.arange("2020-01-01", "2022-01-01", dtype="datetime64[D]")
    flat = np.zeros(len(days))
    ruin = np.where(np.arange(len(days)) == 400, -1.0, 0.001)
    for returns in (flat, ruin, np.full(len(days), 0.001)):
        root = read(trimtab.report((days, returns), title="Odd", prices=False).html)
        assert figures(root)["Best year"][0] != "n/a"
        assert "nan" not in root.one("main").text.lower().replace("financial", "").replace("governance", "")


def test_positions_and_transactions_of_a_backtest_say_the_same_as_its_own_report(daily: trimtab.Backtest) -> None:
    returns, positions, transactions = daily.to_pyfolio()
    index = positions.index.tz_localize("UTC")
    root = read(trimtab.report(returns, positions=positions.set_axis(index), transactions=transactions).html)
    own = read(trimtab.report(daily).html)
    mine, theirs = (figures(one)["Turnover a year"][0] for one in (root, own))
    assert float(mine.split("\u00a0")[0]) == pytest.approx(float(theirs.split("\u00a0")[0]), abs=0.5)
    assert "Cost a year" not in figures(root)
    last = [cells(one.one("section", id="weights").all("table")[0])[1][1:] for one in (root, own)]
    assert last[0] == last[1]
    assert "at costs that are not known" in root.one("section", id="trading").text


def test_pyfolio_tables_that_cannot_be_read_are_named(daily: trimtab.Backtest) -> None:
    returns, positions, transactions = daily.to_pyfolio()
    with pytest.raises(DataError, match="no column cash"):
        trimtab.report(returns, positions=positions.drop(columns="cash"))
    with pytest.raises(DataError, match="have no price"):
        trimtab.report(returns, positions=positions, transactions=transactions.drop(columns="price"))
    with pytest.raises(DataError, match="holds no dates"):
        trimtab.report(returns, positions=positions.reset_index(drop=True))


def test_a_client_reads_plain_words_and_the_same_flaws(daily: trimtab.Backtest) -> None:
    full, root = read(trimtab.report(daily).html), read(trimtab.report(daily, client=True).html)
    assert root.one("aside").text == full.one("aside").text
    assert not root.all("code")
    assert daily.result.policy.sha256[:12] not in root.one("body").text
    assert not {"decision", "signals", "data", "rolling", "forecast"} & set(ids(root))
    head = root.one("header").text
    assert daily.result.execution_words[1:] in head
    for words in ("Deepest fall", "Simulated past", "Trials"):
        assert words in head
    assert " bp" not in root.one("section", id="figures").text.replace("\u00a0", " ")
    for link in root.all("a"):
        assert root.all(id=link.attributes["href"].removeprefix("#"))


def test_a_notebook_shows_each_report_in_a_frame_of_its_own(sheet: trimtab.TearSheet, tmp_path: Path) -> None:
    frame = sheet._repr_html_()
    assert frame.startswith('<iframe title="Mix" sandbox="allow-scripts')
    assert "allow-same-origin" not in frame
    assert frame.count("<") == 2  # the page inside is escaped
    assert len(sheet.html.encode()) < 6_000_000
    path = trimtab.report(MIX, out=tmp_path / "new" / "r.html").path
    assert path is not None
    assert path.exists()


def test_nothing_that_a_series_is_called_runs(sheet: trimtab.TearSheet) -> None:
    bad = "</script><script>alert(1)</script>"
    root = read(trimtab.report(MIX, MARKET.rename(bad), title=bad).html)
    assert root.one("h1").text == bad
    assert len(root.all("script")) == 3


def test_without_a_browser_a_pdf_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "NAMES", ())
    monkeypatch.setattr(pdf, "PLACES", ())
    monkeypatch.delenv(pdf.VARIABLE, raising=False)
    with pytest.raises(UsageError, match="Install Chromium or Chrome"):
        pdf.browser()
    monkeypatch.setenv(pdf.VARIABLE, "no-such-browser")
    with pytest.raises(UsageError, match="TRIMTAB_CHROMIUM names no-such-browser"):
        pdf.browser()
    slow = tmp_path / "slow"
    slow.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(30)\n")
    slow.chmod(0o755)
    monkeypatch.setenv(pdf.VARIABLE, str(slow))
    with pytest.raises(UsageError, match=r"did not print within 0\.2 seconds"):
        pdf.print_pdf(tmp_path / "page.html", tmp_path / "page.pdf", seconds=0.2)


KEYS = """
const place = document.querySelector("[data-chart=growth]");
place.focus();
for (const key of ["End", "ArrowLeft"]) place.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
"""


@in_a_browser
def test_arrow_keys_say_the_values_of_a_chart_whose_library_lies_beside_the_page(tmp_path: Path) -> None:
    path = write_report(steady(), tmp_path / "one.html", library=Library.BESIDE)
    assert path.stat().st_size < 200_000
    assert (tmp_path / BESIDE).stat().st_size > 1_000_000
    page = path.read_text(encoding="utf-8")
    allowed = page.replace("script-src ", f"script-src 'sha256-{b64encode(sha256(KEYS.encode()).digest()).decode()}' ", 1)
    path.write_text(allowed.replace("</body>", f"<script>{KEYS}</script></body>"), encoding="utf-8")
    dom = rendered(path, tmp_path / "profile")
    assert f'data-drawn="{page.count(" data-chart=")}"' in dom  # the library was let in
    said = re.search(r'id="chart-growth-reading"[^>]*>([^<]*)<', dom)
    assert said is not None
    assert said[1] == f"2020-11-30: Steady {10_000 * 1.01**23:,.0f}"


@in_a_browser
def test_a_pdf_is_printed_from_the_page(tmp_path: Path) -> None:
    page = write_report(steady(), tmp_path / "one.html", library=Library.BESIDE)
    printed = pdf.print_pdf(page, tmp_path / "deep" / "sheet.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert printed.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", printed)) > 2


def steady() -> Study:
    """Two years of +1 % a month."""
    months = np.arange("2019-01", "2021-01", dtype="datetime64[M]")
    ends = (months + 1).astype("datetime64[D]") - 1
    return given_study(Track("Steady", ends, np.full(24, 0.01), 12, np.datetime64("2018-12-31")), source="a test")

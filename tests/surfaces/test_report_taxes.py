"""Taxes and fees where people meet them: the report, the first screen, the Python interface and the files of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trimtab
from tests.desk import worlds
from tests.surfaces.browser import in_a_browser, rendered
from tests.surfaces.reading import Element, cells, specs, written
from trimtab.desk.summary import summary
from trimtab.desk.tax_review import review_taxes
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.cli.screen import screen
from trimtab.surfaces.report.wording import money, percent

FEDERAL = {"use": "us_federal", "short": 0.408, "long": 0.238, "ordinary": 0.408, "qualified": 0.238}
FEES = [{"use": "adviser", "tiers": [{"rate": 0.01}]}, {"use": "fund_expenses", "per_year": 0.002}]


def ran(**changes: Any) -> trimtab.Backtest:
    policy = worlds.policy(**changes)
    return trimtab.backtest(policy, worlds.market(policy, 3, count=1000))


@pytest.fixture(scope="module")
def run() -> trimtab.Backtest:
    return ran(title="A taxed <overlay>", tax=FEDERAL, fees=FEES)


@pytest.fixture(scope="module")
def page(run: trimtab.Backtest, tmp_path_factory: pytest.TempPathFactory) -> Element:
    return written(run, tmp_path_factory.mktemp("taxed"))[1]


def text(element: Element) -> str:
    return " ".join(element.text.replace("\u00a0", " ").split())


# The report.


def test_the_section_says_what_taxes_took_and_when(run: trimtab.Backtest, page: Element) -> None:
    review = review_taxes(run.result)
    assert review is not None
    part = page.one("section", id="taxes")
    found = review.returns
    returns = f"{percent(found.before)} before them, {percent(found.distributions)} after"
    assert text(part.one("h2")) == text_of(f"Taxes Taxes took {percent(review.drag)} a year: {returns}.")
    years = cells(part.all("table")[-1])
    assert years[0][:3] == ["Tax year", "Short-term gains", "Long-term gains"]
    assert [row[0] for row in years[1:]] == ["2004", "2003", "2002", "2001"]
    assert years[1][-2:] == ["2005-04-15", "owed"]
    taxes = [float(row[-3].replace(",", "")) for row in years[1:]]
    assert sum(taxes) == pytest.approx(float(review.paid + review.owed), abs=2.0)
    assert "State and local taxes are left out" in text(part)
    assert "no instalments on estimates" in text(part)
    assert "Rates of 2004: short-term gains 40.8 %" in text(part)


def text_of(words: str) -> str:
    return words.replace("\u00a0", " ")


def test_the_chart_stacks_the_tax_of_each_year(run: trimtab.Backtest, page: Element) -> None:
    review = review_taxes(run.result)
    assert review is not None
    chart = specs(page)["charts"]["taxes"]
    assert chart["layout"]["barmode"] == "relative"
    stacks = np.array([trace["y"] for trace in chart["data"]], dtype=float).sum(axis=0)
    np.testing.assert_allclose(stacks, [float(one.assessment.tax) for one in review.years], atol=0.03)
    table = cells(page.one("section", id="taxes").all("table")[0])
    assert len(table) == len(review.years) + 1
    assert table[0][-1] == "Tax, USD"


def test_the_first_screen_of_the_page_is_after_taxes_and_says_so(run: trimtab.Backtest, page: Element) -> None:
    head = text(page.one("header"))
    assert "a year after costs, fees and taxes, against" in head
    assert "The same without taxes" in head
    assert "taxes are left out" not in head
    assert "Wash sales count this account alone" in head
    assert "US federal tax; dividends are qualified." in head
    assert "The adviser takes 1 % a year of the value, each quarter in arrears; funds take 0.2 %" in head


def test_key_figures_before_and_after_stand_side_by_side(run: trimtab.Backtest, page: Element) -> None:
    table = {row[0]: row[1:] for row in cells(page.one("section", id="figures").all("table")[0])}
    figures = [summary(one) for one in (run.result, *run.rivals)]
    for name, key in (("Before taxes", "cagr_before_taxes"), ("After selling all", "cagr_after_sale")):
        wanted = [percent(one[key]) if one[key] is not None else "" for one in figures]
        assert table[name] == wanted
        assert wanted[:2] != ["", ""]  # the benchmark held still is taxed too
        assert wanted[2] == ""
    assert table["Gross of fees"] == [percent(one["cagr_gross_of_fees"]) for one in figures]


def test_fees_have_a_section_and_the_result_by_asset_adds_up(run: trimtab.Backtest, page: Element) -> None:
    fees = page.one("section", id="fees")
    assert "gross" in text(fees.one("h2"))
    assert [row[0] for row in cells(fees.one("table"))] == ["Cause", "Adviser", "Inside the prices of funds, not charged"]
    part = page.one("section", id="assets")
    rows = {row[0]: row[4] for row in cells(part.one("table"))[1:]}
    amounts = {name: float(cell.replace(",", "").replace("\u2212", "-")) for name, cell in rows.items()}
    total = amounts.pop("Change in net asset value")
    assert sum(amounts.values()) == pytest.approx(total, abs=4.0)
    assert amounts["Taxes paid"] == pytest.approx(-float(run.result.account.tax), abs=1.0)
    assert run.result.taxes is not None
    owed = text_of(money(float(run.result.taxes.owed), "USD"))
    assert f"Taxes of {owed} that are owed are still in it." in text(part)


def test_a_pool_has_gains_without_a_term(tmp_path: Path) -> None:
    law = {"use": "uk", "gains": 0.24, "dividends": 0.3375, "interest": 0.4, "exempt": "3000 GBP", "allowance": "500 GBP"}
    pooled = ran(tax=law, base_currency="GBP", capital="1000000 GBP", costs={"use": "linear", "bps": 10})
    part = written(pooled, tmp_path)[1].one("section", id="taxes")
    assert cells(part.all("table")[-1])[0][:2] == ["Tax year", "Gains"]
    assert "term gains" not in text(part)
    assert "gains 24.0 %, interest and ordinary dividends 40.0 %" in text(part)


def test_without_taxes_and_fees_there_is_no_such_section(shown: Element) -> None:
    assert not shown.all("section", id="taxes")
    assert not shown.all("section", id="fees")
    assert "a year after costs, against" in text(shown.one("header"))
    assert "Before taxes" not in text(shown.one("section", id="figures"))


def test_a_rival_that_is_not_taxed_is_named(run: trimtab.Backtest, tmp_path: Path) -> None:
    other = worlds.policy(title="A stranger")
    against = trimtab.backtest(run.result.policy, run.result.market, vs=[other])
    warned = "A stranger is not taxed, and this policy is."
    assert warned in text(written(against, tmp_path)[1].one("aside"))
    assert any(warned in line for line in screen(against.result, against.rivals))


@pytest.mark.soak
@in_a_browser
def test_every_chart_of_a_taxed_page_is_drawn(run: trimtab.Backtest, tmp_path: Path) -> None:
    path = run.report(tmp_path / "report.html")
    dom = rendered(path, tmp_path / "profile")
    _, root = written(run, tmp_path)
    wanted = specs(root)["charts"]
    assert f'data-drawn="{len(wanted)}"' in dom
    assert dom.count('class="trace bars"') == sum(t["type"] == "bar" for c in wanted.values() for t in c["data"])


# The first screen.


def test_the_screen_says_the_three_returns_and_gross_and_net(run: trimtab.Backtest) -> None:
    lines = list(screen(run.result, run.rivals))
    words = " ".join(" ".join(lines).split())
    figures = summary(run.result)
    assert f"{figures['cagr_before_taxes']:.1%} before taxes, {figures['cagr']:.1%} after taxes paid and owed" in words
    assert f"{figures['cagr_gross_of_fees']:.1%} gross of fees, {figures['cagr']:.1%} net of them" in words
    assert words.isascii()
    head = next(line for line in lines if "CAGR" in line)
    assert head.startswith(" after costs, fees and taxes ")
    named = [line for line in lines if "The same without taxes" in line]
    assert len(named) == 1
    assert named[0].index("%") == head.index("CAGR") + 3  # under its heading


def test_the_screen_of_an_untaxed_run_is_as_it_was() -> None:
    lines = list(screen(ran().result))
    assert not [line for line in lines if line.startswith((" Taxes:", " Fees:"))]
    assert next(line for line in lines if "CAGR" in line).startswith(" after costs ")


# Python.


def test_python_hands_out_taxes_gains_and_returns(run: trimtab.Backtest) -> None:
    figures = run.summary()
    assert run.after_tax.tolist() == [figures["cagr_before_taxes"], pytest.approx(figures["cagr"]), figures["cagr_after_sale"]]
    assert run.taxes.index.tolist() == [2001, 2002, 2003, 2004]
    assert run.taxes["tax"].sum() == pytest.approx(figures["taxes_paid"] + figures["taxes_owed"])
    assert run.taxes["paid"].isna().tolist() == [False, False, False, True]
    assert str(run.taxes["due"].dtype).startswith("datetime64")
    assert run.gains["disallowed"].sum() == pytest.approx(figures["losses_disallowed"])
    short = run.gains[(run.gains["term"] == "short") & (run.gains["sold"].dt.year == 2002)]
    assert (short["gain"] + short["disallowed"]).sum() == pytest.approx(run.taxes.loc[2002, "short"])
    growth = float(np.prod(1.0 + run.gross_returns)) ** (252 / len(run.returns)) - 1.0
    assert growth == pytest.approx(figures["cagr_gross_of_fees"])
    assert run.gross_returns.index.equals(run.returns.index)


def test_python_without_taxes_or_fees_is_empty_and_no_error() -> None:
    plain = ran()
    assert plain.taxes.empty
    assert plain.gains.empty
    assert plain.after_tax.isna().all()
    assert plain.gross_returns.equals(plain.returns)


def test_positions_add_up_to_the_wealth_after_taxes(run: trimtab.Backtest) -> None:
    _, positions, _ = run.to_pyfolio()
    assert positions.sum(axis=1).to_numpy() == pytest.approx(run.wealth.to_numpy())


# Files.


def test_a_taxed_run_keeps_its_tax_years_and_gains(run: trimtab.Backtest, tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    place = folder.path(folder.save(run.result))
    with (place / "taxes.csv").open(encoding="utf-8") as file:
        years = list(csv.DictReader(file))
    with (place / "gains.csv").open(encoding="utf-8") as file:
        gains = list(csv.DictReader(file))
    assert run.result.taxes is not None
    assert sum(float(row["tax"]) for row in years) == pytest.approx(float(run.result.taxes.paid + run.result.taxes.owed))
    assert len(gains) == len(run.result.taxes.gains)
    assert gains[0].keys() >= {"asset", "lot", "acquired", "sold", "term", "gain", "disallowed"}
    kept = json.loads((place / "run.json").read_text(encoding="utf-8"))["summary"]
    assert kept["cagr_before_taxes"] == summary(run.result)["cagr_before_taxes"]


def test_an_untaxed_run_keeps_neither(tmp_path: Path) -> None:
    folder = Workspace(tmp_path)
    place = folder.path(folder.save(ran(fees=FEES).result))
    assert not (place / "taxes.csv").exists()
    assert not (place / "gains.csv").exists()
    assert json.loads((place / "run.json").read_text(encoding="utf-8"))["summary"]["fees"] > 0

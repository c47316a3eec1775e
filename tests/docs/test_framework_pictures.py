"""The pages of frameworks: their pictures are those that would be drawn today, and what texts and tables say is true."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import trimtab
from tests.docs.drawn_today import require_drawn_today
from tests.docs.framework_pictures import (
    FOLDER,
    PICTURES,
    cluster,
    factors,
    four_assets,
    hierarchy,
    momentum,
    parts_of_a_blend,
    two_assets,
    volatility,
    weights_of,
)
from tests.docs.pages import ROOT
from tests.numerics.test_managed import AGAINST, TABLE
from trimtab.construction.forecast_overlay import ForecastOverlay
from trimtab.construction.hierarchical import Distance
from trimtab.numerics.risk_contributions import contributions

PAGES = {
    "one-covariance": "construction",
    "risk-shares": "risk-parity",
    "hierarchy": "risk-parity",
    "leverage": "risk-parity",
    "sleeves": "blends",
    "managed": "factor-tilts",
}


def text_of(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())
    assert (FOLDER / f"{name}.svg").stat().st_size < 40_000


def test_each_picture_stands_on_its_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES) == set(PAGES)
    for name, page in PAGES.items():
        assert f"](_static/frameworks/{name}.svg)" in text_of(page)


# What the pictures show. Published numbers first (METHODS 2.2 and 2.3).


def test_the_weights_of_maillard_roncalli_and_teiletche() -> None:
    covariance = four_assets()
    published = {
        "risk_parity": ((38.361, 19.181, 24.262, 18.196), 10.293),
        "min_variance": ((74.48, 0.0, 15.17, 10.34), 8.63),
        "equal_weight": ((25.0, 25.0, 25.0, 25.0), 11.51),
    }
    for name, (weights, risk) in published.items():
        found = weights_of(name, covariance)
        assert 100.0 * found == pytest.approx(weights, abs=0.006)
        assert 100.0 * volatility(found, covariance) == pytest.approx(risk, abs=0.005)


def test_the_risk_of_sixty_forty() -> None:
    for correlation, risk, share in ((-0.2, 9.42, 98.7), (0.2, 10.35, 90.3), (0.6, 11.21, 84.4)):
        held, covariance = np.array([0.6, 0.4]), two_assets(correlation)
        assert 100.0 * volatility(held, covariance) == pytest.approx(risk, abs=0.005)
        assert 100.0 * contributions(held, covariance)[0] == pytest.approx(share, abs=0.05)
        assert f"| {correlation:g} | {risk:.2f} % | {share} % |".replace("| -", "| \u2212") in text_of("risk-parity")
    # two assets: in proportion to 1 / volatility, 6 / 22 of the money in shares
    assert weights_of("risk_parity", two_assets(0.6))[0] == pytest.approx(6.0 / 22.0, abs=1e-9)


@pytest.mark.parametrize("distance", Distance)
def test_the_two_conventions_of_hierarchical_risk_parity(distance: Distance) -> None:
    """METHODS 2.3; AUL CAN FRA GER JAP UK USA."""
    weights, order = {
        Distance.LDP: ((25.704, 15.968, 6.548, 5.484, 22.002, 11.332, 12.962), "JAP AUL CAN USA UK FRA GER"),
        Distance.PLAIN: ((25.089, 11.030, 7.067, 5.918, 21.839, 16.057, 12.998), "JAP AUL UK FRA GER CAN USA"),
    }[distance]
    assert 100.0 * hierarchy(distance) == pytest.approx(weights, abs=0.0006)
    assert " ".join(cluster(distance).names) == order
    row = f"| `{distance.value}` | {' | '.join(f'{weight:.2f}' for weight in weights)} | {order} |"
    assert row in text_of("risk-parity")


def test_the_step_held_leverage_up_in_february_2020() -> None:
    dates, rows = factors()
    held = {str(date)[:7]: round(float(row[0]), 2) for date, row in zip(dates, rows, strict=True)}
    assert (held["2019-12"], held["2020-02"], held["2020-03"], held["2020-06"]) == (1.5, 1.25, 1.0, 0.43)
    assert [str(date)[:7] for date in dates[rows[:, 1] == 1.0]] == [f"2020-0{month}" for month in (3, 4, 5, 6, 7)]


def test_the_core_is_put_right_at_year_ends_alone() -> None:
    dates, put = parts_of_a_blend()
    share = put["core"].sum(axis=1)
    december = np.array([str(date)[5:7] == "12" for date in dates])
    assert share[december] == pytest.approx(0.7)
    assert (np.abs(share[~december] - 0.7) > 1e-4).all()
    invested = put["satellite"].sum(axis=1)
    assert invested.min() == 0.0
    assert invested[december][0] == pytest.approx(0.3)


def test_managed_momentum_ends_twice_as_high() -> None:
    """The ratio and all other figures of METHODS 3.3 are asserted in tests/numerics/test_managed.py."""
    dates, found = momentum()
    assert (len(dates), str(dates[0]), str(dates[-1])) == (1014, "1927-07-31", "2011-12-31")
    ratios = [returns.mean() / returns.std(ddof=1) * np.sqrt(12.0) for returns in (found.raw, found.returns)]
    assert ratios == pytest.approx([0.49, 0.88], abs=0.005)
    assert found.returns.sum() / found.raw.sum() == pytest.approx(2.15, abs=0.01)


# Tables and texts.


def printed(value: float, digits: int = 2) -> str:
    """As tables of returns print a number: .60, -.34."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.{digits}f}").replace("-", "\u2212")


def test_the_tables_on_managed_factors_are_those_that_the_tests_hold() -> None:
    page = text_of("factor-tilts")
    names = {"mkt_rf": ("market", "market"), "smb": ("size (SMB)", "size"), "hml": ("value (HML)", "value")}
    for key, (long, short) in (names | {"mom": ("momentum", "momentum")}).items():
        alpha, error, beta, share, *_ = TABLE[key]
        cells = f"{printed(alpha)} ({printed(error)}) | {printed(beta)} | {printed(share)}"
        assert f"| {long} | {cells} |" in page
        alone, mixed, cost = AGAINST[key]
        gone = "there is none" if cost is None else f"{cost:.0f} bp"
        assert f"| {short} | {printed(alone, 3)} | {printed(mixed, 3)} | {gone} |" in page


def test_all_frameworks_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row of the table on docs/construction.md, from the policies that stand there."""
    monkeypatch.chdir(tmp_path)
    page = text_of("construction")
    files = dict(re.findall(r"<!-- file: (\S+)\.yaml -->\n```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    (tmp_path / "opinions.yaml").write_text(files.pop("opinions"))
    frame = yaml.safe_load(files.pop("frame"))
    for name, own in files.items():
        (tmp_path / "trial.yaml").write_text(yaml.safe_dump(frame | yaml.safe_load(own)))
        run = trimtab.backtest("trial.yaml", vs=[])
        figures = run.summary()
        row = [f"{100 * figures[key]:.1f} %" for key in ("cagr", "volatility", "max_drawdown")]
        row += [f"{100 * figures['turnover_per_year']:.0f} %", f"{100 * figures['cost_per_year']:.2f} %"]
        assert f"| {name} | {' | '.join(row)} |".replace("| -", "| \u2212") in page
        if name == "forecast_overlay":
            overlay = run.result.policy.allocator
            assert isinstance(overlay, ForecastOverlay)
            wanted = overlay.wanted(run.result.aims.forecast)[:, 2]
            asked = wanted[wanted > 0.0]
            assert 0.165 < asked.min() < asked.max() < 0.195

"""Linking against the figures of Bacon (2008), chapter 8, and against the package attriblink."""

from __future__ import annotations

import numpy as np
import pytest

from tests.attribution.bacon_quarters import BENCHMARK, PORTFOLIO, QUARTERS
from trimtab.attribution.brinson import Effects, brinson
from trimtab.attribution.coefficients import carino, menchero
from trimtab.attribution.linking import Linking, link, link_effects

EFFECTS = brinson(QUARTERS).folded
EXCESS = 13.265573
# Tables 8.2 and 8.3 and the test suite of PortfolioAttribution, in percent: allocation and selection of UK, Japan, US, total.
PUBLISHED = {
    Linking.CARINO: ((1.650953, -0.605532, 0.149093, 1.194514), (8.039985, 0.182879, 3.848195, 12.071059), 6e-7),
    Linking.MENCHERO: ((1.562317, -0.775410, 0.135274, 0.922181), (8.378775, 0.053141, 3.911476, 12.343392), 6e-7),
    Linking.GRAP: ((1.67, -0.55, 0.11, 1.24), (7.85, 0.16, 4.02, 12.03), 5e-3),
    Linking.FRONGELLO: ((1.67, -0.55, 0.11, 1.24), (7.85, 0.16, 4.02, 12.03), 5e-3),
}


@pytest.mark.parametrize("method", list(Linking))
def test_bacon_four_quarters(method):
    allocation, selection, tolerance = PUBLISHED[method]
    linked = link_effects(EFFECTS, PORTFOLIO, BENCHMARK, method=method)
    np.testing.assert_allclose(100 * np.append(linked.allocation, linked.total.allocation), allocation, atol=tolerance)
    np.testing.assert_allclose(100 * np.append(linked.selection, linked.total.selection), selection, atol=tolerance)
    assert not linked.interaction.any()
    assert 100 * linked.active == pytest.approx(EXCESS, abs=5e-7)
    separate = link_effects(brinson(QUARTERS), PORTFOLIO, BENCHMARK, method=method)
    np.testing.assert_allclose(separate.folded.selection, linked.selection, atol=1e-15)


def test_bacon_returns_and_coefficients():
    assert 100 * (np.prod(1 + PORTFOLIO) - 1) == pytest.approx(3.859321, abs=5e-7)
    assert 100 * (np.prod(1 + BENCHMARK) - 1) == pytest.approx(-9.406252, abs=5e-7)
    logs = carino(PORTFOLIO, BENCHMARK)
    assert logs.whole == pytest.approx(1.0301259, abs=5e-8)
    np.testing.assert_allclose(logs.period, (0.9315567, 1.0416802, 1.0965080, 0.9685703), atol=5e-8)
    even = menchero(PORTFOLIO, BENCHMARK)
    assert even.whole == pytest.approx(0.9781279, abs=5e-8)
    # The second one is printed .0080314; with 40 digits it is .00803135, which the seventh digit does not tell from .0080313.
    np.testing.assert_allclose(even.period, (0.0127163, 0.0080314, 0.0501959, 0.0167320), rtol=0, atol=6e-8)


@pytest.mark.parametrize(
    ("method", "allocation", "selection"),
    [  # quarterly totals in percent, tables 8.4 (GRAP) and 8.5 (Frongello)
        (Linking.GRAP, (-1.02, -0.48, 3.73, -0.99), (2.64, 1.64, 4.27, 3.48)),
        (Linking.FRONGELLO, (-1.20, -0.49, 3.87, -0.95), (3.10, 1.70, 3.58, 3.65)),
    ],
)
def test_bacon_quarter_by_quarter(method, allocation, selection):
    for part, expected in ((EFFECTS.allocation, allocation), (EFFECTS.selection, selection)):
        linked = link(part, PORTFOLIO, BENCHMARK, method=method).effects.sum(-1)
        np.testing.assert_allclose(100 * linked, expected, rtol=0, atol=5e-3)


def test_attriblink_agrees_on_random_periods():
    attriblink, pd = pytest.importorskip("attriblink"), pytest.importorskip("pandas")
    source = np.random.default_rng(7)
    days = pd.date_range("2020-01-31", periods=36, freq="ME")
    benchmark = source.normal(0.005, 0.04, 36)
    parts = source.normal(0.0, 0.01, (36, 4))
    returns = benchmark + parts.sum(-1)
    returns[5], parts[5] = benchmark[5], (0.01, -0.01, 0.02, -0.02)  # the limit r_t = b_t
    theirs = attriblink.link(
        pd.DataFrame(parts, index=days, columns=list("abcd")), pd.Series(returns, days), pd.Series(benchmark, days)
    )
    np.testing.assert_allclose(link(parts, returns, benchmark).total, theirs.linked_effects.to_numpy(), rtol=1e-12)
    assert carino(returns, benchmark).whole == pytest.approx(theirs.k_factor, rel=1e-12)


def test_attriblink_on_bacon():
    attriblink, pd = pytest.importorskip("attriblink"), pytest.importorskip("pandas")
    days = pd.date_range("2014-03-31", periods=4, freq="QE")
    frame = pd.DataFrame({"allocation": EFFECTS.total.allocation, "selection": EFFECTS.total.selection}, index=days)
    theirs = attriblink.link(frame, pd.Series(PORTFOLIO, days), pd.Series(BENCHMARK, days)).linked_effects
    ours = link_effects(EFFECTS, PORTFOLIO, BENCHMARK).total
    assert float(ours.allocation) == pytest.approx(theirs["allocation"], abs=1e-14)
    assert float(ours.selection) == pytest.approx(theirs["selection"], abs=1e-14)
    assert (round(theirs["allocation"], 9), round(theirs["selection"], 9)) == (0.011945137, 0.120710592)
    assert isinstance(ours, Effects)

"""Every component that comes with Trimtab passes the audit that a user's own is put through.

`PARAMETERS` says how to build those that cannot be built from their defaults, or whose defaults look back so far that
the test would take long: a line for each, as a policy file would write it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.desk import own_parts
from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.values import Asset
from trimtab.desk.conformance import bound_to, built, check, ids_named, series_named
from trimtab.desk.registry import BUILT_IN, find
from trimtab.signals.algebra import Sum
from trimtab.signals.momentum import Momentum
from trimtab.signals.trend import Trend

ROLES = ("signals", "regimes", "forecasters")
COVARIANCE = {"use": "trimtab.forecasts.sample:Sample", "window": "40D"}
PARAMETERS: dict[str, dict[str, Any]] = {  # by the name of the class
    "Absorption": {"window": "60D"},
    "BayesStein": {"covariance": COVARIANCE, "window": "40D"},
    "BlackLitterman": {"covariance": COVARIANCE},
    "Carry": {"yields": {"US_EQ": "earnings_yield"}, "financing": "bill_yield"},
    "DividendYield": {"window": "24M", "minimum": 12},
    "DualMomentum": {"among": ["US_EQ", "EU_EQ"], "refuge": "BONDS", "bills": "bills"},
    "Ensemble": {"of": {"use": "trimtab.signals.trend:Trend", "band": 0.02}, "parameter": "window", "values": ["2M", "5M"]},
    "Equilibrium": {"covariance": COVARIANCE},
    "FactorExposure": {"factor": "value", "among": ["size"], "bills": "bills", "window": "12M"},
    "GarchCorrelation": {"window": "60D"},
    "Historical": {"covariance": COVARIANCE, "window": "40D"},
    "ImpliedVolatility": {"series": "vix", "minimum": 60},
    "InflationGrowth": {"prices": "cpi", "growth": "output", "history": "24M"},
    "MarkovSwitching": {"window": "60M", "refit": "6M"},
    "Optimiser": {"estimator": "tests.signals.own_estimators:Calm", "window": "40D"},
    "RealYield": {"nominal": "y10", "cpi": "cpi"},
    "RealisedVolatility": {"history": "120D", "minimum": 60},
    "RecessionOdds": {"long": "y10", "short": "y3m", "alpha": -0.5, "beta": -60.0},
    "Reversal": {"lookback": "24M", "smoothing": "4M"},
    "Spread": {"long": "y10", "short": "y3m"},
    "SpreadScore": {"long": "y10", "short": "y3m", "window": "24M"},
    "StockBond": {"stocks": "US_EQ", "bonds": "BONDS"},
    "Sum": {"terms": [{"use": "trimtab.signals.trend:Trend", "window": "3M"}, {"use": "trimtab.signals.momentum:Momentum"}]},
    "Threshold": {"series": "vix", "enter": 22.0, "exit": 19.0},
    "Turbulence": {"window": "60D", "history": "40D"},
    "Valuation": {"series": "cape", "minimum": 24},
    "ValuationRule": {"series": "cape"},
    "VolatilityManaged": {"of": {"use": "trimtab.signals.momentum:Momentum", "lookback": "3M"}, "window": "21D"},
    "VolatilityRegime": {"history": "120D"},
}
SILENT = {("forecasters", "none")}  # NaN is all that it ever says
DATES, FEWER = 30, {"GarchCorrelation": 2, "MarkovSwitching": 6}  # decisions looked at; these fit a model at each
EVERY = [(role, name) for role in ROLES for name in BUILT_IN[role]]


@pytest.mark.parametrize(("role", "name"), EVERY, ids=["-".join(pair) for pair in EVERY])
def test_every_component_of_ours_passes_its_audit(role: str, name: str) -> None:
    kind = find(role, name).__name__
    parameters = PARAMETERS.get(kind, {})
    try:
        built(role, name, parameters)
    except PolicyError as error:
        pytest.fail(f"{role} {name} needs parameters: add it to PARAMETERS. {error}")
    verdict = check(role, name, parameters, decisions=FEWER.get(kind, DATES))
    failed = [one for one in verdict.failures if not ((role, name) in SILENT and one.name == "warm-up")]
    assert not failed


def test_a_whole_audit_of_a_signal_looks_at_every_date() -> None:
    verdict = check("signals", Trend())
    details = {one.name: one.detail for one in verdict.findings}
    assert verdict.passed
    assert verdict.component == "trend"
    assert "each of 315 dates" in details["one date alone"]
    assert "after each of 315 dates (daily data)" in details["no future"]
    assert "speaks from 2001-10-01 on, after" in details["warm-up"]  # nine month-ends lie before October


# What is asked, and how.


def test_components_come_as_they_are_by_name_and_by_module() -> None:
    target = "tests.desk.own_parts:Dear"
    one = check("signals", target, {"level": 55}, decisions=30)
    assert one == check("signals", own_parts.Dear(55.0), decisions=30)
    assert one.component == target
    assert one.passed


def test_what_cannot_be_built_says_why() -> None:
    with pytest.raises(PolicyError, match=r"unknown key .*\.lvel\. Did you mean level"):
        check("signals", "tests.desk.own_parts:Dear", {"lvel": 1})
    with pytest.raises(PolicyError, match="Did you mean momentum"):
        check("signals", "momentun")
    with pytest.raises(UsageError, match="'limits' has no audit"):
        check("limits", "long_only")


def test_the_words_of_a_component_become_assets_and_its_needs_series() -> None:
    signal = Sum((Trend(assets=("US_EQ",)), Momentum(assets=("US_EQ", "GOLD"), excess_of="bills")))
    assert ids_named(signal) == ["US_EQ", "GOLD"]
    assert list(series_named(signal)) == ["bills"]
    assert check("signals", Momentum(assets=("US_EQ", "GOLD"), excess_of="bills"), decisions=20).passed


@dataclass(frozen=True, slots=True)
class Weighted:
    """A signal that holds what a policy binds."""

    inner: Any = None
    benchmark: tuple[float, ...] = ()
    universe: tuple[Asset, ...] = ()

    def __call__(self, view: Any) -> Any:
        from trimtab.core.terms import TOTAL_RETURN
        from trimtab.core.values import Scores

        assert self.universe == view.assets
        index = view.window(TOTAL_RETURN, 2)
        return Scores(view.assets, (index[:, 1] / index[:, 0] - 1.0) * np.array(self.benchmark))

    def sentence(self, view: Any, asset: int) -> str:
        return "weighted"


def test_a_benchmark_goes_with_its_assets() -> None:
    assets = (Asset("B"), Asset("A"))
    one, other = bound_to(Weighted(), assets), bound_to(Weighted(), assets[::-1])
    assert one.universe == assets
    assert one.benchmark == other.benchmark[::-1]
    assert check("signals", Weighted(), decisions=20).passed


def test_memory_inside_a_compound_is_heard() -> None:
    """Trend holds its side inside a band: the sum of what it says and what it holds is looked at, up to cuts, too."""
    assert check("signals", Sum((Trend(band=0.05), Momentum())), decisions=30).passed

"""Whom a policy is compared with: the bar to clear is its own benchmark, at the same dates and costs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.calendar import day
from trimtab.core.errors import UsageError
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_view
from trimtab.desk.decide import aims
from trimtab.desk.prepare import load_market
from trimtab.desk.rivals import later, rival, static

DAILY = ("fund-trend", "value-when-stressed")


@pytest.mark.parametrize("allocator", ["overlay", "timing"])
def test_the_static_rival_holds_the_benchmark_at_every_decision(allocator: str) -> None:
    policy = worlds.policy(allocator={"use": allocator})
    market = worlds.market(policy, 6)
    bar = static(policy)
    result = backtest(bar, market)
    for decision in result.decisions:
        assert np.allclose(decision.target, policy.benchmark, rtol=0, atol=1e-12)
    assert bar.costs == policy.costs
    assert bar.schedule == policy.schedule
    assert bar.execution == policy.execution
    assert bar.cash == policy.cash
    assert bar.series == ("bills",)  # what signals read is not loaded for nothing
    assert bar.title == "Static benchmark 40 / 20 / 30"
    assert bar.words[0].startswith("Benchmark: 40.0% A")


def test_a_rival_has_a_commitment_of_its_own() -> None:
    policy = worlds.policy()
    hashes = {policy.sha256, static(policy).sha256, later(policy).sha256, static(worlds.policy(benchmark={"A": 0.5})).sha256}
    assert len(hashes) == 4
    assert static(policy).sha256 == static(worlds.policy()).sha256


def test_later_fills_an_observation_later_and_nothing_else() -> None:
    policy = gallery.named("trend-overlay").with_horizon(end=date(1945, 12, 31))
    market = load_market(policy)
    one, two = backtest(policy, market), backtest(later(policy), market)
    assert [d.today.when for d in one.decisions] == [d.today.when for d in two.decisions]
    assert one.traded[0] == one.decisions[0].today.when
    following = market.sessions[np.searchsorted(market.sessions, one.traded[0]) + 1]
    assert two.traded[0] == following
    assert "filled an observation later" in later(policy).title


def test_rivals_by_name(tmp_path: Path) -> None:
    policy = worlds.policy()
    assert rival(policy, "saa").name == "law-static"
    assert rival(policy, "static-60-40").name == "static-60-40"
    assert rival(policy, policy) is policy
    file = tmp_path / "mine.yaml"
    file.write_text(gallery.text("ten-month-timing").replace("name: ten-month-timing", "name: mine"), encoding="utf-8")
    assert rival(policy, str(file)).name == "mine"
    with pytest.raises(UsageError, match=r"'sixty' is neither a policy file nor one of the gallery\. Use saa, a file"):
        rival(policy, "sixty")


def test_the_gallery_is_what_the_issue_asks_for() -> None:
    assert gallery.samples() == (
        "fund-trend",
        "industry-rotation",
        "static-60-40",
        "ten-month-timing",
        "trend-overlay",
        "value-when-stressed",
    )
    with pytest.raises(
        UsageError, match=r"no policy 'trend' in the gallery\. Did you mean .*trend.* industry-rotation, static-60-40"
    ):
        gallery.text("trend")


@pytest.mark.parametrize("name", gallery.samples())
def test_every_sample_policy_runs(name: str) -> None:
    policy = gallery.named(name)
    result = backtest(policy, load_market(policy))
    residual, notes, blocked = result.account.residual, " ".join(result.notes), result.blocked
    assert len(result.decisions) > (80 if name in DAILY else 300)
    assert blocked == ()
    assert residual == 0
    assert ("same_close" in notes) == (name not in DAILY)
    assert ("averages: allowed" in notes) == (name in ("static-60-40", "trend-overlay"))


@pytest.mark.parametrize("name", ["industry-rotation", DAILY[1]])
def test_a_sample_with_a_regime_has_all_it_asks_for_at_its_first_decision(name: str) -> None:
    policy = gallery.named(name)
    market = load_market(policy)
    found = aims(policy, decision_view(policy, market))
    first = int(np.searchsorted(found.days.dates, day(policy.horizon.start)))
    assert np.isfinite(found.parts.values[:, first:]).all()
    assert np.isfinite(found.regime.probabilities[first:]).all()
    assert np.isnan(found.regime.probabilities[first - 1]).any() == (name == "industry-rotation")  # and not a month earlier
    assert name in DAILY or np.isfinite(found.forecast.covariance[first:]).all()


@pytest.mark.parametrize("name", ["industry-rotation", DAILY[1]])
def test_momentum_is_off_while_volatility_is_high(name: str) -> None:
    policy = gallery.named(name)
    found = aims(policy, decision_view(policy, load_market(policy)))
    traded = found.days.dates >= day(policy.horizon.start)
    combine: Any = policy.combine
    heard = np.abs(combine.shares(found.parts, found.regime)).sum(axis=-1)  # (K, D) what each signal adds, over assets
    stressed = found.regime.probabilities[:, 1] == 1.0
    stressed &= traded
    assert 20 < stressed.sum() < traded.sum() / 2
    names = list(found.parts.names)
    assert (heard[names.index("momentum"), stressed] == 0.0).all()
    assert (heard[names.index("value"), stressed] > 0.0).all()

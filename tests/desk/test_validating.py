"""Three worlds in which it is known what a validation must say: a real effect, the best of many on noise, and a leak."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.desk.validation_worlds import monthly, trend
from trimtab.core.errors import DataError, UsageError
from trimtab.desk import knowing_checks
from trimtab.desk.asked_again import Asked
from trimtab.desk.backtest import backtest
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Grid
from trimtab.desk.sweep import sweep
from trimtab.desk.sweeping import carry_out_sweep, plan
from trimtab.desk.swept_before import swept_before
from trimtab.desk.validating import validate
from trimtab.desk.validation import Validation
from trimtab.desk.variants import Variants
from trimtab.validation.checks import SELECTION, Light, Ruling
from trimtab.validation.placebo import placebo

NAMES = (
    "walk-forward, anchored", "walk-forward, rolling", "purged k-fold", "combinatorial purged CV",
    "probability of overfitting", "other half", "probabilistic Sharpe", "deflated Sharpe", "track record", "backtest length",
    "data snooping", "reality check", "haircut Sharpe", "parameter surface", "start date", "few episodes", "rebalance day",
    "trading less often", "costs x2", "lag +1", "sub-periods", "crises", "stock-bond correlation", "placebo", "look-ahead",
    "equal volatility", "detectable effect",
)  # fmt: skip
MANY = Grid.parse(["signals.trend.window=2M..24M:2", "combine.hysteresis=0,0.5"])
unaudited = pytest.MonkeyPatch.context


@pytest.fixture(scope="module")
def real() -> Validation:
    """A timing by the average where prices do have persistent drifts."""
    with unaudited() as patch:
        patch.setattr(knowing_checks, "_audits", lambda _: ())
        return validate(backtest(trend(), monthly(trend(), 1, persistent=0.015)))


@pytest.fixture(scope="module")
def noise() -> Validation:
    """The best of 24 variants on random walks, validated over the grid it was chosen from."""
    market = monthly(trend(), 7)
    variants = Variants.of(trend(), MANY)
    best = int(np.argmax(sweep(variants, market).figures["sharpe"]))
    with unaudited() as patch:
        patch.setattr(knowing_checks, "_audits", lambda _: ())
        return validate(backtest(variants.policy(best), market), around=MANY)


def test_every_check_is_there_in_order_and_what_cannot_be_asked_says_why(real: Validation, noise: Validation) -> None:
    for found in (real, noise):
        assert tuple(check.name for check in found.checks) == NAMES
        for check in found.checks:
            assert (check.light is Light.UNKNOWN) == bool(np.isnan(check.value))
            assert check.light is not Light.UNKNOWN or check.words.startswith("no answer: ")
            assert check.words
    assert real.check("rebalance day").words == "no answer: monthly data hold no other days"


def test_a_real_effect_holds(real: Validation) -> None:
    assert real.ruling is Ruling.HOLDS
    assert not real.failed
    lights = {check.name: check.light for check in real.checks}
    assert all(
        lights[name] is Light.PASS for name in (*SELECTION[:2], "placebo", "look-ahead", "costs x2", "walk-forward, anchored")
    )
    assert real.words.startswith("The effect holds: luck among ")


def test_the_best_of_many_on_noise_is_overfitted(noise: Validation) -> None:
    assert noise.ruling is Ruling.OVERFITTED
    assert {"data snooping", "deflated Sharpe"} & {check.name for check in noise.failed}
    assert noise.ground.tried == len(MANY)  # the policy is one of them
    assert noise.ground.chosen is not None
    assert noise.words.startswith("Overfitted: ")


def test_the_surface_holds_every_variant_once_and_the_policy_in_its_own_cell(noise: Validation, real: Validation) -> None:
    surface = noise.ground.surface
    assert surface is not None
    assert surface.metric.shape == (12, 2)
    assert np.isfinite(surface.metric).all()
    assert real.ground.surface is not None
    assert real.ground.chosen == (real.ground.surface.axes[0].index("8M"),)


@pytest.mark.soak
def test_the_same_seed_says_the_same_and_another_is_close(real: Validation) -> None:
    world = monthly(trend(), 1, persistent=0.015)
    with unaudited() as patch:
        patch.setattr(knowing_checks, "_audits", lambda _: ())
        again = validate(backtest(trend(), world), seed=2)
    pairs = [(a, b) for a, b in zip(real.checks, again.checks, strict=True) if a.light is not Light.UNKNOWN]
    moved = {a.name for a, b in pairs if a.value != b.value}
    drawn = {"data snooping", "reality check", "trading less often", "placebo", "deflated Sharpe", "backtest length"}
    assert moved <= drawn | {"haircut Sharpe", "detectable effect"}
    assert again.ruling is real.ruling


# What knows the future.


@pytest.mark.parametrize("audited", [True, False])
def test_a_leak_is_found_by_the_audit_and_without_it(audited: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = trend(signals={"leak": {"use": "tests.validation.planted_leaks:FullSampleZ"}}, combine=None)
    result = backtest(policy, monthly(policy, 1))
    if audited:
        for name in ("whole_policy", "own_components"):
            monkeypatch.setattr(knowing_checks, name, lambda _: Asked("", 0, 0))
    else:
        monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    found = knowing_checks.lookahead(_only(result))
    assert found.light is Light.FAIL
    assert found.words.startswith("it looks ahead: " + ("signal leak fails" if audited else "without what comes after"))


def test_a_leak_makes_an_effect_that_does_not_hold() -> None:
    policy = trend(signals={"leak": {"use": "tests.validation.planted_leaks:NextRow"}}, combine=None)
    with unaudited() as patch:
        patch.setattr(knowing_checks, "_audits", lambda _: ())
        found = validate(backtest(policy, monthly(policy, 1, count=72)))
    assert found.check("look-ahead").light is Light.FAIL
    assert found.ruling is not Ruling.HOLDS


def _only(result: object) -> knowing_checks.Evidence:
    from types import SimpleNamespace

    return SimpleNamespace(result=result)  # type: ignore[return-value]


# What cannot be validated.


def test_a_policy_that_is_its_benchmark_shows_nothing_and_is_not_called_overfitted() -> None:
    policy = trend(signals={}, combine=None, allocator={"use": "static"})
    steps: list[tuple[int, int]] = []
    market = monthly(policy, 3, count=60)
    found = validate(backtest(policy, market), progress=lambda done, total: steps.append((done, total)))
    assert all(done < total for done, total in steps[:-1])  # progress ends where it says, and not before
    assert steps[-1][0] == steps[-1][1]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert found.ruling is Ruling.NOT_SHOWN
    assert not found.failed
    assert found.check("equal volatility").words == "no answer: it never differs from the benchmark"
    assert found.ground.surface is None


def test_two_years_are_too_few() -> None:
    policy = trend(signals={"trend": {"use": "trend", "window": "2M"}})
    with pytest.raises(DataError, match="months of shared history are too few"):
        validate(backtest(policy, monthly(policy, count=25)))


def test_a_grid_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(UsageError, match="leads nowhere"):
        validate(backtest(trend(), monthly(trend())), around=Grid.parse(["rules.9.at_most=0.1"]))


def test_the_placebo_pairs_weights_with_what_is_earned_after_the_fill() -> None:
    """Returns that follow the last one, gone at the next: a rule of one month's memory earns nothing where it waits a month."""
    market = monthly(trend(), 3)
    rng = np.random.default_rng(8)
    shocks = rng.normal(0.0, 0.03, (240, 3))
    returns = 0.004 + shocks + 0.6 * np.vstack((np.zeros((1, 3)), shocks[:-1]))
    prices = 100.0 * np.cumprod(1.0 + returns, axis=0)
    market = replace(market, fields=dict.fromkeys(market.fields, prices))
    quick = {"signals": {"last": {"use": "momentum", "lookback": "1M"}}}
    placebos = {}
    for trade in ("same_close", "next_observation"):
        policy = trend(**quick, schedule={"decide": "month-end", "trade": trade})
        result = backtest(policy, market)
        found = knowing_checks._held_and_earned(result)
        assert len(found[0]) == len(found[1])
        placebos[trade] = placebo(*found, seed=1).p
    assert placebos["same_close"] < 0.01
    assert placebos["next_observation"] > 0.05


def test_the_variant_of_a_sweep_that_was_written_down_is_judged_among_all_of_it(tmp_path: Path) -> None:
    market = monthly(trend(), 7)
    swept = carry_out_sweep(plan(trend(), MANY, tmp_path, market=market), Crew())
    other = Variants.of(trend(), MANY).policy(5)
    around = swept_before(tmp_path, backtest(other, market))
    assert around is not None
    assert len(around[1]) == len(swept) == len(MANY)
    assert swept_before(tmp_path, backtest(trend(costs={"use": "linear", "bps": 7}), market)) is None

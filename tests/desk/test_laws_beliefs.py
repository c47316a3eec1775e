"""The laws on the whole path for regimes, forecasts, discretionary views, and signals made of others or of all the past.

What is planted here moves no weight: the decision alone would not show it, its regime and its forecast must.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.desk.test_laws import future_proof, same_decision
from trimtab.core.arrays import Array
from trimtab.core.opinions import Opinion
from trimtab.core.roles import View
from trimtab.core.terms import CLOSE, TOTAL_RETURN
from trimtab.core.values import Aims, Forecast, Regime, Scores
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_rows, view_at
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.propose import propose
from trimtab.forecasts.none import NoForecast
from trimtab.regimes.none import NoRegime

DAILY, WEEKLY = ({"decide": when, "trade": "next_open"} for when in ("daily", "week-end"))
UNLIKE = {"trend": 0.0, "momentum": 1.0}
BELIEFS: dict[str, dict[str, Any]] = {
    "volatility": {
        "regime": {"use": "volatility", "window": "10D", "history": "60D", "dwell": 2},
        "combine": {"use": "weighted", "weights": {"trend": 1.0, "momentum": 0.0}, "by_state": {"stressed": UNLIKE}},
        "forecast": {"use": "ewma", "window": "40D"},
    },
    "markov": {
        "regime": {"use": "markov", "window": "60D", "refit": "40D"},
        "combine": {"use": "rank", "weights": {"trend": 1.0, "momentum": 1.0}, "by_state": {"turbulent": UNLIKE}},
        "forecast": {"use": "ledoit_wolf", "window": "40D"},
    },
    "compounds": {
        "signals": {
            "windows": {
                "use": "ensemble", "of": {"use": "trend", "band": 0.01}, "parameter": "window", "values": ["2M", "3M"],
            },
            "blend": {
                "use": "sum", "weights": [1.0, -0.5],
                "terms": [
                    {"use": "momentum", "lookback": "40D"},
                    {"use": "ensemble", "of": {"use": "drawdown"}, "parameter": "window", "values": ["20D", "30D"]},
                ],
            },
            "fallen": {"use": "drawdown", "out": 0.05, "back": 0.02},
            "fear": {"use": "implied_volatility", "series": "rates", "minimum": 20},
        },
        "combine": {"use": "mean", "minimum_history": 3},
        "regime": {"use": "threshold", "series": "rates", "enter": 0.035, "exit": 0.025},
        "forecast": {"use": "bayes_stein", "covariance": {"use": "sample", "window": "40D"}, "window": "50D"},
    },
    "views": {
        "regime": {"use": "turbulence", "window": "40D", "history": "40D", "smoothing": "2D"},
        "forecast": {
            "use": "black_litterman", "covariance": {"use": "oas", "window": "40D"}, "uncertainty": "confidence",
        },
    },
}  # fmt: skip


def opinion(stated: str, expires: str, assets: dict[str, float], gain: float) -> Opinion:
    """A view of one author."""
    when, until = np.datetime64(stated, "s"), np.datetime64(expires, "D")
    return Opinion(when, until, "committee", assets, gain, 0.6, "as the law asks")


OPINIONS = (
    opinion("2001-03-10T12:00:00", "2001-07-31", {"A": 1.0}, 0.08),
    opinion("2001-04-30T23:59:00", "2002-12-31", {"A": 1.0, "C": -1.0}, 0.03),  # an hour after the cut-off of that day
    opinion("2001-08-01T09:00:00", "2002-02-15", {"A": 1.0, "C": -1.0}, -0.02),  # takes the place of the one before
    opinion("2002-01-15T20:00:00", "2002-12-31", {"B": 1.0}, 0.10),
)


def made(name: str, seed: int, *, count: int = 320, **changes: Any) -> tuple[Policy, Market]:
    """A policy with those beliefs, and a market for it in which views are held."""
    policy = worlds.policy(**(BELIEFS[name] | changes))
    return policy, replace(worlds.market(policy, seed, count=count, volatility=0.03), opinions=OPINIONS)


def blind(**parts: Any) -> tuple[Policy, Market]:
    """A policy whose regime and forecast move no weight, with a fault planted in one of them."""
    policy = replace(worlds.policy(), **parts)
    return policy, replace(worlds.market(policy, 5), opinions=OPINIONS)


@pytest.mark.parametrize("name", BELIEFS)
def test_all_beliefs_are_heard(name: str) -> None:
    policy, world = made(name, 11)
    found = heard(policy, world)
    for values in (found.regime.probabilities, found.forecast.covariance, np.moveaxis(found.parts.values, 1, 0)):
        assert np.isfinite(values[150:]).all()
    assert (found.regime.probabilities[150:].max(axis=0) > 0.5).all()  # it has been either way


def test_views_are_heard_replaced_and_expire() -> None:
    policy, world = made("views", 11)
    said = [len(held) for held in view_at(policy, world, np.arange(len(world.sessions))).opinions()]
    assert set(said) == {0, 1, 2}
    means = [heard(policy, replace(world, opinions=some)).forecast.mean for some in (OPINIONS, OPINIONS[1:], ())]
    moved = [np.flatnonzero((one != means[0]).any(axis=1) & np.isfinite(one).all(axis=1)) for one in means[1:]]
    assert 0 < len(moved[0]) < len(moved[1]) < len(said)


def heard(policy: Policy, world: Market) -> Aims:
    """What is believed at every session."""
    return aims(policy, view_at(policy, world, np.arange(len(world.sessions))))


# Law 1: live decides as the backtest did.


def live_alike(policy: Policy, world: Market) -> list[bool]:
    """Whether each decision of the batch, with all its beliefs, is the one taken on its day alone."""
    batched = backtest(policy, world).decisions
    return [same_decision(propose(policy, world, one.today.when).decision, one) for one in batched]


@pytest.mark.parametrize("name", BELIEFS)
def test_stepping_day_by_day_believes_as_the_batched_run(name: str) -> None:
    alike = live_alike(*made(name, 11))
    assert len(alike) >= 12
    assert all(alike)


@pytest.mark.parametrize("name", BELIEFS)
def test_one_date_alone_believes_as_all_dates_together(name: str) -> None:
    policy, world = made(name, 11, schedule=DAILY)
    view = view_at(policy, world, np.arange(len(world.sessions)))
    regime = policy.regime(view)
    forecast = policy.forecaster(view, silent(view), regime)
    for d in range(0, len(view.days), 3):
        one = view.only(d)
        mine = policy.regime(one)
        asked = policy.forecaster(one, silent(one), mine)
        pairs = [
            (mine.probabilities, regime.probabilities),
            (asked.mean, forecast.mean),
            (asked.covariance, forecast.covariance),
        ]
        assert all(np.array_equal(a[0], b[d], equal_nan=True) for a, b in pairs), view.days.dates[d]


def silent(view: View) -> Scores:
    """Nothing is said."""
    return Scores(view.assets, np.full((len(view.days), len(view.assets)), np.nan))


# Law 2: the future changes nothing, at every cut date.


@pytest.mark.parametrize("name", BELIEFS)
def test_the_future_changes_no_belief_at_any_cut_date(name: str) -> None:
    policy, world = made(name, 5, count=130, schedule=DAILY)
    assert all(future_proof(policy, world))


@pytest.mark.parametrize("name", BELIEFS)
def test_the_future_changes_no_decision_with_beliefs(name: str) -> None:
    policy, world = made(name, 3, count=220)
    truth = backtest(policy, world).decisions
    for number, row in enumerate(np.searchsorted(world.sessions, [d.today.when for d in truth]).tolist()):
        for factor in (np.nan, 1000.0):
            seen = backtest(policy, worlds.corrupted(world, row, factor)).decisions[: number + 1]
            assert len(seen) == number + 1
            assert all(same_decision(a, b) for a, b in zip(seen, truth, strict=False))


# Law 3: older history changes nothing.


def older_alike(policy: Policy, world: Market, first: str = "2001-06-01") -> list[bool]:
    """Whether each decision stays what it was when all before `first` is another history, and when it is cut off."""
    truth = backtest(policy, world).decisions
    start = int(np.searchsorted(world.sessions, np.datetime64(first)))
    factors = np.random.default_rng(0).uniform(0.5, 2.0, (start, len(world.assets)))
    other = {name: np.concatenate([values[:start] * factors, values[start:]]) for name, values in world.fields.items()}
    shorter = {name: values[start:] for name, values in world.fields.items()}
    alike = []
    for changed in (replace(world, fields=other), replace(world, fields=shorter, sessions=world.sessions[start:])):
        seen = backtest(policy, changed).decisions
        assert len(seen) == len(truth)
        alike += [same_decision(a, b) for a, b in zip(seen, truth, strict=True)]
    return alike


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("seed", [1, 2])
def test_history_before_since_and_warm_up_changes_no_belief(name: str, seed: int) -> None:
    alike = older_alike(*made(name, seed, since="2001-11-01", schedule=WEEKLY))  # 109 sessions after the cut
    assert len(alike) > 30
    assert all(alike)


# Law 9: assets have no order, money has no unit.


def beliefs(policy: Policy, world: Market) -> tuple[Array, Array, Array, Array]:
    """Regime, scores, mean and covariance at every decision."""
    found = aims(policy, view_at(policy, world, decision_rows(policy, world)))
    return found.regime.probabilities, found.scores.values, found.forecast.mean, found.forecast.covariance


def permuted(policy: Policy, world: Market, order: tuple[int, ...]) -> Market:
    """The same market with its assets in another order."""
    fields = {name: values[:, order] for name, values in world.fields.items()}
    return replace(world, fields=fields, assets=tuple(world.assets[k] for k in order))


def alike(one: tuple[Array, ...], two: tuple[Array, ...]) -> bool:
    """Within 1e-9."""
    return all(np.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("seed", [4, 5])
def test_permuting_the_assets_permutes_the_beliefs(name: str, seed: int) -> None:
    policy, world = made(name, seed)
    order = (2, 0, 1)
    universe = {worlds.ASSETS[k]: {"class": worlds.CLASSES[k]} for k in order}
    turned, other = worlds.policy(**(BELIEFS[name] | {"universe": universe})), permuted(policy, world, order)
    assert turned.sha256 == policy.sha256
    regime, scores, mean, covariance = beliefs(policy, world)
    want = (regime, scores[:, order], mean[:, order], covariance[:, order][:, :, order])
    assert alike(beliefs(turned, other), want)
    assert np.allclose(backtest(policy, world).weights[:, order], backtest(turned, other).weights, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", BELIEFS)
@pytest.mark.parametrize("scale", [0.001, 7.0])
def test_another_currency_changes_no_belief(name: str, scale: float) -> None:
    policy, world = made(name, 6)
    other = replace(world, fields={field: values * scale for field, values in world.fields.items()})
    assert alike(beliefs(policy, world), beliefs(policy, other))


# What is planted: none of it moves a weight.


@dataclass(frozen=True, slots=True)
class WeatherAlongDates(NoRegime):
    """A fault: a date is calm beside the mean of all decision dates."""

    def __call__(self, view: View) -> Regime:
        price = view.window(CLOSE, 1)[:, -1, 0]
        calm = price < np.nanmean(price)
        return Regime(("calm", "stressed"), np.stack([calm, ~calm], axis=1).astype(float))


@dataclass(frozen=True, slots=True)
class WeatherOfAllHistory(WeatherAlongDates):
    """A fault: the mean of everything there is, however old."""

    def __call__(self, view: View) -> Regime:
        price = view.window(CLOSE, 1000)[:, :, 0]
        calm = price[:, -1] < np.nanmean(price, axis=1)
        return Regime(("calm", "stressed"), np.stack([calm, ~calm], axis=1).astype(float))


@dataclass(frozen=True, slots=True)
class WeatherOfColumnOne(WeatherAlongDates):
    """A fault: the weather is that of whatever stands first."""

    def __call__(self, view: View) -> Regime:
        rows = view.window(TOTAL_RETURN, 2)[:, :, 0]
        calm = rows[:, -1] > rows[:, 0]
        return Regime(("calm", "stressed"), np.stack([calm, ~calm], axis=1).astype(float))


@dataclass(frozen=True, slots=True)
class ForecastAlongDates(NoForecast):
    """A fault: a mean, or a covariance, held against all decision dates."""

    mean: bool = True

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        price = view.window(CLOSE, 1)[:, -1]
        found = price / np.nanmean(price, axis=0)
        unknown = np.full(found.shape, np.nan)
        matrix = found[:, :, None] * np.eye(found.shape[1])
        return Forecast(found, np.full_like(matrix, np.nan)) if self.mean else Forecast(unknown, matrix)


@dataclass(frozen=True, slots=True)
class EveryOpinion(NoForecast):
    """A fault: hears views before they are stated."""

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        said = sum(one.gain for one in view.market.opinions)  # type: ignore[attr-defined]
        shape = (len(view.days), len(view.assets))
        return Forecast(np.full(shape, said), np.full((*shape, shape[1]), np.nan))


FAULTS: dict[str, dict[str, Any]] = {
    "regime": {"regime": WeatherAlongDates()},
    "mean": {"forecaster": ForecastAlongDates()},
    "covariance": {"forecaster": ForecastAlongDates(mean=False)},
    "opinions": {"forecaster": EveryOpinion()},
}


@pytest.mark.parametrize("name", FAULTS)
def test_laws_1_and_2_catch_beliefs_that_read_along_the_dates(name: str) -> None:
    policy, world = blind(**FAULTS[name])
    sound = backtest(*blind()).decisions
    assert all(np.array_equal(a.target, b.target) for a, b in zip(backtest(policy, world).decisions, sound, strict=True))
    assert not all(live_alike(policy, world))
    assert not all(future_proof(policy, world, rows=range(60, 320, 20)))


def test_law_3_catches_a_regime_of_all_history() -> None:
    policy, world = blind(regime=WeatherOfAllHistory())
    policy = replace(policy, horizon=replace(policy.horizon, since=np.datetime64("2001-11-01").item()))
    assert not all(older_alike(policy, world))


def test_law_9_catches_a_regime_of_the_first_column() -> None:
    policy, world = blind(regime=WeatherOfColumnOne())
    assert not alike(beliefs(policy, world)[:1], beliefs(policy, permuted(policy, world, (2, 0, 1)))[:1])

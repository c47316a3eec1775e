"""The attribution of backtests: it adds up to the ledger, and each row is what leaving that thing out would say."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.attribution.tactical import Attribution, Part, Row
from trimtab.core.entries import Fee, Fill, Interest
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import exact
from trimtab.core.roles import Fold, Latch
from trimtab.core.terms import CLOSE
from trimtab.data.assembly import assemble
from trimtab.data.history import Action, ActionKind, History, Kind
from trimtab.desk.attributing import attribute, periods_of, targets_of
from trimtab.desk.attribution_review import attribution_words, by_group, review_attribution
from trimtab.desk.backtest import backtest
from trimtab.desk.class_review import review_classes
from trimtab.desk.regime_review import without_regime
from trimtab.desk.result import Result
from trimtab.desk.silencing import muted
from trimtab.signals.mean import Mean
from trimtab.signals.vote import Vote
from trimtab.signals.zscore import ZMean

REGIME = {
    "regime": {"use": "volatility", "window": "10D", "history": "60D", "enter": 0.7, "exit": 0.4, "states": ["calm", "wild"]},
    "combine": {"use": "vote", "by_state": {"wild": {"trend": 0, "momentum": 1}}},
}
TAXED = {"tax": {"use": "us_federal", "short": 0.37, "long": 0.2, "ordinary": 0.37, "qualified": 0.2}}
CHARGED = {"fees": [{"use": "adviser", "tiers": [{"rate": 0.01}]}]}
SLEEVES = {
    "use": "blend",
    "mix": {"use": "fixed", "shares": {"core": 0.6, "fast": 0.4}},
    "sleeves": {
        "core": {"decide": "quarter-end", "holds": {"A": 0.5, "C": 0.5}},
        "fast": {
            "signals": {"trend": {"use": "trend", "window": "2M"}, "momentum": {"use": "momentum", "lookback": "20D"}},
            "combine": {"use": "vote"},
            "allocator": {"use": "timing"},
            "holds": {"A": 0.4, "B": 0.4},
        },
    },
}
BLENDED = {"signals": None, "combine": None, "allocator": SLEEVES}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "a regime": REGIME,
    "filled at the close": {"schedule": {"decide": "month-end", "trade": "same_close"}},
    "each day": {"schedule": {"decide": "daily", "trade": "next_close"}},
    "fees": CHARGED,
    "taxed": TAXED,
    "a blend": BLENDED,
    "borrowing": {
        "rules": [],
        "allocator": {"use": "volatility_target", "target": 0.5, "most": 2.0, "of": {"use": "overlay", "tilt": 0.1}},
        "forecast": {"use": "ewma", "window": "60D"},
    },
    "money unrounded": {"execution": {"rounding": "none", "digits": 12, "dividends": "pay"}},
}


@cache
def ran(kind: str, seed: int = 7) -> Result:
    changes = KINDS[kind]
    policy = worlds.policy(**changes)
    return backtest(policy, worlds.market(policy, seed, count=420))


def only(found: Attribution, part: Part) -> Row:
    (row,) = (row for row in found.rows if row.part is part)
    return row


# Laws: they hold by construction of the value, which checks itself; here against the ledger.


@pytest.mark.parametrize("kind", KINDS)
def test_it_adds_up_to_the_ledger_to_the_cent(kind: str) -> None:
    result = ran(kind)
    found = attribute(result)
    account = result.account
    owed = Decimal(0) if result.taxes is None else result.taxes.owed
    assert found.gain == (account.nav - account.flows - owed).quantize(Decimal("0.01"))
    assert sum((row.money for row in found.rows), found.benchmark_gain) == found.gain
    linked = found.linked()
    assert linked.sum() == pytest.approx(found.total - found.benchmark_total, abs=1e-12)
    assert found.total == pytest.approx(result.wealth[-1] / result.wealth[0] - 1.0, abs=1e-8)  # wealth has no cents
    with exact():
        paid = sum((fill.cost for fill in result.fills), Decimal(0))
        charged = sum((fee.amount for fee in result.entries if isinstance(fee, Fee)), Decimal(0))
    assert only(found, Part.COSTS).money == -paid.quantize(Decimal("0.01"))
    if charged:
        assert only(found, Part.FEES).money == -charged.quantize(Decimal("0.01"))


@settings(max_examples=8)
@given(st.integers(0, 2**16), st.sampled_from(["plain", "a regime", "a blend", "taxed"]))
def test_other_markets(seed: int, kind: str) -> None:
    found = attribute(ran.__wrapped__(kind, seed))
    assert found.linked().sum() == pytest.approx(found.total - found.benchmark_total, abs=1e-12)


def test_a_static_policy_believes_nothing() -> None:
    policy = worlds.policy(signals={}, combine=None, allocator={"use": "static"}, rules=[], reacher={"use": "pace"})
    found = attribute(backtest(policy, worlds.market(policy, 3)))
    assert {row.part for row in found.rows} <= {Part.PACE, Part.LAG, Part.ROUNDING, Part.CASH, Part.COSTS}
    assert np.abs(only(found, Part.ROUNDING).by_period).max() < 2e-3  # dividends that wait, at most


# Examples: what leaving a thing out would say.


def test_the_regime_row_is_the_aim_less_that_of_the_policy_without_it() -> None:
    result = ran("a regime")
    found, periods = attribute(result), periods_of(result)
    other = backtest(without_regime(result.policy), result.market)
    dates = list(other.aims.days.dates)
    rows = [dates.index(when) for when in found.starts]
    mine = result.aims.aim[[list(result.aims.days.dates).index(when) for when in found.starts]]
    way = mine - other.aims.aim[rows]
    assert np.abs(way).max() > 0.01
    expected = (way * periods.growth).sum(axis=1) + (-way.sum(axis=1)) * periods.cash
    np.testing.assert_allclose(only(found, Part.REGIME).by_period, expected, atol=1e-14)


def test_signals_in_a_vote_of_two_share_what_they_do_together() -> None:
    """An overlay within its clip is linear in the score, and the score is the mean of two signs: each moves half a tilt."""
    result = ran("plain")
    found = attribute(result)
    dates = list(result.aims.days.dates)
    rows = [dates.index(when) for when in found.starts]
    policy = worlds.policy(combine={"use": "weighted"})
    linear = backtest(policy, result.market)
    parts = {row.name: row for row in attribute(linear).rows if row.part is Part.SIGNAL}
    periods = periods_of(linear)
    for k, name in enumerate(("trend", "momentum")):
        tilt = 0.1 * 0.5 * np.sign(linear.aims.parts.values[k][rows])
        own = tilt - policy.benchmark / policy.benchmark.sum() * tilt.sum(axis=1, keepdims=True)
        expected = (own * periods.growth).sum(axis=1) - own.sum(axis=1) * periods.cash
        np.testing.assert_allclose(parts[name].by_period, expected, atol=1e-14)


def test_taxes_are_those_of_the_record() -> None:
    result = ran("taxed")
    assert result.taxes is not None
    row = only(attribute(result), Part.TAXES)
    assert row.money == pytest.approx(-(result.taxes.paid + result.taxes.owed), abs=Decimal("0.02"))


def test_waiting_is_about_what_filling_at_the_close_would_have_saved() -> None:
    """Another run, filled at the very close: the difference of the two is the row, but for what drifts apart since."""
    policy = worlds.policy(costs={"use": "linear", "bps": 0}, reacher={"use": "pace"}, rules=[])
    market = worlds.market(policy, 11, count=600, volatility=0.01)
    late = backtest(policy, market)
    soon = backtest(replace(policy, schedule=replace(policy.schedule, trade=type(policy.schedule.trade).SAME_CLOSE)), market)
    gap = np.log(late.wealth[-1] / late.wealth[0]) - np.log(soon.wealth[-1] / soon.wealth[0])
    row = only(attribute(late), Part.LAG).by_period
    assert row.sum() == pytest.approx(gap, rel=0.05)
    assert Part.LAG not in {one.part for one in attribute(soon).rows}


def test_sleeves_and_signals_of_a_blend_explain_the_same_beliefs() -> None:
    result = ran("a blend")
    by_signal, by_sleeve = attribute(result), attribute(result, by_sleeve=True)
    names = [row.name for row in by_signal.rows if row.part is Part.SIGNAL]
    assert names == ["fast.trend", "fast.momentum"]
    assert [row.name for row in by_sleeve.rows if row.part is Part.SLEEVE] == ["core", "fast"]
    beliefs = (Part.FRAMEWORK, Part.SIGNAL, Part.REGIME)
    one = sum(row.by_period for row in by_signal.rows if row.part in beliefs)
    two = sum(row.by_period for row in by_sleeve.rows if row.part is Part.SLEEVE)
    np.testing.assert_allclose(one, two, atol=1e-14)


def test_a_core_that_holds_the_benchmark_brings_nothing() -> None:
    sleeves = {**SLEEVES, "sleeves": {**SLEEVES["sleeves"], "core": {"decide": "month-end"}}}  # type: ignore[dict-item]
    policy = worlds.policy(signals=None, combine=None, allocator=sleeves)
    found = attribute(backtest(policy, worlds.market(policy, 5, count=420)), by_sleeve=True)
    core = next(row for row in found.rows if row.name == "core")
    np.testing.assert_allclose(core.effects, 0.0, atol=1e-15)


def test_classes_sum_to_the_difference_and_to_their_assets() -> None:
    result = ran("plain")
    found = attribute(result)
    classes, review = review_classes(result, found), review_attribution(result, found)
    assert classes.names == ("equity", "bonds", "cash")
    assert classes.total.sum() == pytest.approx(review.difference, abs=1e-12)
    assert classes.allocation.sum() + classes.selection.sum() == pytest.approx(
        sum(cause.effect for cause in review.causes if cause.part not in (Part.LAG, Part.ROUNDING, Part.CASH, Part.COSTS)),
        abs=1e-12,
    )
    assert classes.selection[1:] == pytest.approx(0.0, abs=1e-12)  # a class of one asset has nothing to select
    groups = by_group(review, ["equity", "equity", "bonds", "cash"])
    np.testing.assert_allclose(sum(groups.values()), [cause.effect for cause in review.causes], atol=1e-12)
    assert targets_of(result).shape == (len(found.starts), 3)


def test_causes_name_the_decisions_that_made_them() -> None:
    result = ran("plain")
    review = review_attribution(result, attribute(result))
    ids = {decision.id: decision for decision in result.decisions}
    for cause in review.causes:
        sizes = [abs(deed.effect) for deed in cause.deeds]
        assert sizes == sorted(sizes, reverse=True)
        assert all(deed.decision in ids for deed in cause.deeds)
    words = attribution_words(review)
    assert words[0].startswith(f"From {review.attribution.starts[0]} to {review.attribution.ends[-1]} the portfolio made ")
    assert words[-1].startswith("Beliefs brought ")


def ended(action: Action, **changes: Any) -> Attribution:
    """Of a static policy whose first asset ends on the 260th of 360 sessions, inside a period."""
    policy = worlds.policy(signals={}, combine=None, allocator={"use": "static"}, rules=[], reacher={"use": "pace"}, **changes)
    rng = np.random.default_rng(1)
    held = {asset.series: worlds.history(asset.series, worlds.prices(rng, 360)) for asset in policy.universe}
    one, market = held["A"], {"market": "XNYS"}
    held = {name: replace(past, about=replace(past.about, **market)) for name, past in held.items()}
    short = History(held["A"].about, one.dates[:250], {k: v[:250] for k, v in one.fields.items()}, actions=(action,))
    bills = worlds.history("bills", {CLOSE: np.cumprod(np.full(360, 1.0002))}, Kind.TOTAL_RETURN)
    return attribute(backtest(policy, assemble(policy.universe, {**held, "A": short, "bills": bills}, series=policy.series)))


@pytest.mark.parametrize("cash", [4.0, 60.0])
@pytest.mark.parametrize("kind", [ActionKind.DELISTING, ActionKind.MERGER])
def test_the_benchmark_is_paid_what_an_ending_pays(kind: ActionKind, cash: float) -> None:
    """Portfolio and benchmark hold the same 40 %: what a unit is paid is no difference, and nobody's rounding."""
    found = ended(Action(kind, worlds.dates(250)[-1], cash=cash))
    assert np.ptp(found.benchmark) > 0.1
    np.testing.assert_allclose(found.returns, found.benchmark, atol=0.02)  # waiting and drift, as before the ending
    at = int(np.argmax(np.abs(found.benchmark)))
    assert abs(only(found, Part.ROUNDING).by_period[at]) < 0.005


def test_weights_that_an_optimiser_finds_are_beliefs_and_no_limits() -> None:
    pytest.importorskip("clarabel")
    forecast = {"use": "historical", "window": "3M", "covariance": {"use": "ewma", "window": "60D"}}
    changes = {"reacher": {"use": "mean_variance", "risk_aversion": 4}, "forecast": forecast}
    policy = worlds.policy(signals={}, combine=None, allocator={"use": "static"}, **changes)
    rows = {row.name: row for row in attribute(backtest(policy, worlds.market(policy, 7, count=200))).rows}
    assert rows["reacher"].part is Part.FRAMEWORK
    assert "pace" not in rows


def test_silenced_combiners_are_filled_at_once_and_prepared_once() -> None:
    """A vote without hysteresis still says which scores it takes, and signals go through the combiner's memory once."""
    vote = muted(Vote(), frozenset())
    assert isinstance(vote, Latch)
    assert vote.takes(np.ones((3, 2))) is not None
    assert not isinstance(muted(Mean(), frozenset()), Fold)
    mean = ZMean(minimum_history=6)
    assert muted(mean, frozenset()).prepares == mean.prepares
    assert muted(mean, frozenset(), ready=True).prepares is None


def test_sentences_are_of_what_can_be_seen() -> None:
    """A static policy without costs: what rounding brought shows as 0.00 %, and nothing is said of it."""
    policy = worlds.policy(
        signals={}, combine=None, allocator={"use": "static"}, rules=[], reacher={"use": "pace"},
        costs={"use": "linear", "bps": 0}, schedule={"decide": "month-end", "trade": "same_close"},
    )  # fmt: skip
    result = backtest(policy, worlds.market(policy, 7))
    assert len(attribution_words(review_attribution(result, attribute(result)))) == 2


# Guards, with the faults planted.


def test_a_ledger_that_does_not_explain_net_asset_value_stops() -> None:
    result = ran("plain")
    when = result.decisions[3].today.when.item()
    with pytest.raises(InvariantError, match=r"leaves .* of net asset value unexplained in period"):
        attribute(replace(result, entries=(*result.entries, Interest(when, Decimal("50.00")))))
    fills = [n for n, entry in enumerate(result.entries) if isinstance(entry, Fill)]
    lost = tuple(entry for n, entry in enumerate(result.entries) if n != fills[5])
    with pytest.raises(InvariantError, match="unexplained"):
        attribute(replace(result, entries=lost))


def test_too_short_a_run_has_no_period() -> None:
    result = ran("plain")
    with pytest.raises(DataError, match="no time between two decisions"):
        attribute(replace(result, decisions=(), traded=()))


def test_a_forecaster_that_reads_scores_is_asked_again_for_every_coalition() -> None:
    """One that forecasts 1 % for each asset in favour: the aim by scores that were silenced would else not change."""
    policy = worlds.policy(
        rules=[],
        combine={"use": "weighted"},
        forecast={"use": "tests.desk.own_parts:ByScore"},
        allocator={"use": "tests.desk.own_parts:ByMean"},
    )
    found = attribute(backtest(policy, worlds.market(policy, 7, count=420)))
    parts = {row.name: row for row in found.rows if row.part is Part.SIGNAL}
    assert all(np.abs(row.effects).max() > 0.0 for row in parts.values())
    assert Part.FRAMEWORK not in {row.part for row in found.rows}

"""Possible futures: a path among many is that path alone through the exact backtest, and what is drawn is what was stated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tests.desk import resampled_worlds as made
from tests.desk import twin_worlds, worlds
from tests.desk.real_gallery import market_of
from trimtab.construction.static import Static
from trimtab.core.calendar import plain_date
from trimtab.core.errors import DataError, InvariantError, PolicyError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, TOTAL_RETURN
from trimtab.data.assembly import assemble
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Earlier
from trimtab.desk import gallery, resampled, resampled_paths
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import view_at
from trimtab.desk.laid_view import Reach
from trimtab.desk.prepare import load_market
from trimtab.desk.resampled import fan_of, resample
from trimtab.desk.resampled_calendar import calendar
from trimtab.desk.resampled_past import has_past
from trimtab.desk.resampled_paths import Walker
from trimtab.desk.resampled_rows import rows_of
from trimtab.desk.resampled_world import World, require_steps
from trimtab.numerics.resampling import Futures, Model

CAPS: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"use": "max_weight", "at_most": 0.45}, {"use": "max_weight", "of": "class", "at_most": 0.6}],
    [{"use": "max_tilt", "at_most": 0.1}, {"use": "max_turnover", "at_most": 0.2, "per": "quarter"}],
)
REACHERS = ({"use": "pace"}, {"use": "pace", "band": 0.03}, {"use": "pace", "each": 0.03}, {"use": "pace", "relative": 0.2})
SIGNALS: tuple[dict[str, Any], ...] = (
    {"average": {"use": "trend", "window": "10M", "band": 0.02}},
    {"average": {"use": "trend", "window": "6M"}, "momentum": {"use": "momentum", "lookback": "12M", "skip": "1M"}},
)
FEW = ("trend-overlay", "gtaa-5")  # of the gallery; all others in the soak


@given(st.sampled_from(CAPS), st.sampled_from(REACHERS), st.sampled_from(SIGNALS), st.sampled_from(Model), st.data())
@settings(max_examples=6, deadline=None)
def test_a_path_is_that_path_alone(caps: list[Any], reacher: Any, signals: Any, model: Model, data: st.DataObject) -> None:
    """Law 8: memories (hysteresis, bands of a signal), limits, budgets, no-trade bands, schedules and bills."""
    decide = data.draw(st.sampled_from(("month-end", "quarter-end", "two-month-end")))
    trade = data.draw(st.sampled_from(("same_close", "next_observation")))
    held = made.policy(
        signals=signals,
        combine={"use": "vote", "hysteresis": 0.6},
        allocator=data.draw(st.sampled_from(({"use": "timing"}, {"use": "overlay", "tilt": 0.1}))),
        rules=caps,
        reacher=reacher,
        schedule={"decide": decide, "trade": trade},
    )
    worst, alone = made.gap(held, made.market(held), Futures(3, data.draw(st.integers(0, 99)), 5, model=model), (0, 4))
    assert worst < 1e-9
    assert alone == 0


@pytest.mark.parametrize("kind", [Kind.TOTAL_RETURN, Kind.YIELD])
def test_bills_are_drawn_as_an_index_or_as_a_yield(kind: Kind) -> None:
    held = made.policy()
    world = made.market(held, bills=kind)
    assert made.gap(held, world, Futures(2, 1, 3))[0] < 1e-9
    ends = resample(held, world, Futures(2, 1, 3)).bills[:, -1]
    assert ((ends > 1.02) & (ends < 1.10)).all()  # 2 to 4 % a year


def test_a_daily_policy_with_opens_dividends_and_every_limit() -> None:
    """Dividends go into what pays them where no signal looks at prices without them; a smallest ticket wants the float twin."""
    held = worlds.policy(costs={"use": "linear", "bps": 10}, execution={"rounding": "none", "digits": 10})
    plain = worlds.policy(
        costs={"use": "linear", "bps": 10},
        execution={"rounding": "none", "digits": 10},
        rules=CAPS[2],
        cash={"series": "bills"},
    )
    for policy, apart in ((held, 2), (plain, 0)):
        worst, alone = made.gap(policy, worlds.market(policy, count=400), Futures(1, 1, 2))
        assert (worst < 1e-9, alone) == (True, apart)


def test_weekly_decisions_fall_on_the_same_weekdays_on_every_path() -> None:
    held = made.policy(
        schedule={"decide": "week-end", "trade": "next_close"}, signals={"average": {"use": "trend", "window": "30D"}}
    )
    world = worlds.market(held, count=300)
    assert made.gap(held, world, Futures(1, 2, 4), (0, 3))[0] < 1e-9


@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.soak) for name in gallery.names()]
)
def test_every_policy_of_the_gallery(name: str) -> None:
    held = twin_worlds.unrounded(gallery.named(name))
    world = load_market(held) if name in gallery.samples() else market_of(held)
    worst, alone = made.gap(held, world, Futures(1, 3, 2), (1,))
    assert worst < 1e-7 if name == "trend-tilts" else worst < 1e-9  # a solver's answer moves with the last bits of its question
    assert bool(alone) == (name in ("core-satellite", "mean-variance", "risk-parity-levered", "trend-tilts"))


def test_statistics_since_the_first_day_are_asked_path_by_path() -> None:
    """The highest value so far runs from the first day of the warm-up; goals are asked alone, accounts still run in lanes."""
    held = made.policy(signals={"fall": {"use": "drawdown", "out": 0.1, "back": 0.05, "window": "0M"}})
    found = resample(held, made.market(held), Futures(2, 1, 3))
    assert found.why == "the max of all total_return since the first day is read"
    worst, alone = made.gap(held, made.market(held), Futures(2, 1, 3))
    assert (worst < 1e-9, alone) == (True, 0)


Z_SCORES: dict[str, Any] = {"combine": {"use": "mean", "minimum_history": 24}, "allocator": {"use": "overlay", "tilt": 0.1}}
CHARGED: dict[str, Any] = {"fees": [{"use": "adviser", "tiers": [{"rate": 0.01}]}]}


@pytest.mark.parametrize("more", [{}, CHARGED])
def test_what_remembers_everything_has_its_past_at_the_launch(more: dict[str, Any]) -> None:
    """Z-scores by 24 months of their own history, of means over ten months: 119 months of history less 12 for the window.

    The policy has all that behind it on the day of its launch, so it departs from its benchmark from the first decision on.
    """
    held = made.policy(**(Z_SCORES | more))
    world, futures = made.market(held), Futures(1, 1, 4)
    own, rows = made.paths_of(held, world, futures)
    found = resample(held, world, futures)
    assert not np.isclose(found.wealth[:, 12], found.benchmark[:, 12], rtol=1e-6).any()
    assert (own.launch - own.begins, own.policy.horizon.start) == (108, plain_date(own.sessions[own.launch]))
    assert made.gap(held, world, futures, (0, 3)) == (pytest.approx(0.0, abs=1e-9), 4 if "fees" in more else 0)
    whole = replace(own.policy, horizon=replace(own.policy.horizon, since=plain_date(own.sessions[11])))
    first = backtest(whole, own.path(rows[2])).decisions[0]
    assert found.wealth[2, 1] != found.benchmark[2, 1]
    assert first.today.when == own.sessions[own.launch]
    assert np.abs(first.today.goal - own.policy.benchmark).max() > 1e-3


def test_a_latch_begins_with_the_account() -> None:
    held = made.policy(combine={"use": "vote", "hysteresis": 0.6})
    assert not has_past(held)
    assert World.of(held, made.market(held), 1).past == 0
    assert not has_past(made.policy(signals={}, combine=None, allocator={"use": "static"}))
    sleeve = {"signals": {"average": {"use": "trend", "window": "10M"}}, "allocator": {"use": "overlay", "tilt": 0.1}}
    mixed = twin_worlds.BLEND | {"sleeves": twin_worlds.BLEND["sleeves"] | {"fast": {"holds": {"A": 0.6, "B": 0.4}} | sleeve}}
    blended = made.policy(signals={}, combine=None, benchmark={"A": 0.36, "B": 0.24, "C": 0.4}, allocator=mixed)
    assert has_past(blended)
    assert World.of(blended, made.market(blended), 1).launch == 119


def test_sleeves_that_drift_on_paper_are_run_path_by_path() -> None:
    held = made.policy(signals={}, benchmark={"A": 0.36, "B": 0.24, "C": 0.4}, allocator=twin_worlds.BLEND)
    world = made.market(held)
    assert World.of(held, world, 1).why == "its sleeves drift on paper between decisions"
    worst, alone = made.gap(held, world, Futures(1, 1, 2))
    assert (worst < 1e-9, alone) == (True, 2)


def test_the_same_seed_gives_the_same_bytes_whatever_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    held = made.policy(rules=CAPS[2])
    world = made.market(held)
    first = resample(held, world, Futures(2, 5, 9))
    assert resample(held, world, Futures(2, 5, 9)).wealth.tobytes() == first.wealth.tobytes()
    assert resample(held, world, Futures(2, 6, 9)).wealth.tobytes() != first.wealth.tobytes()
    more = resample(held, world, Futures(2, 5, 12))
    assert more.wealth[:9] == pytest.approx(first.wealth, rel=1e-13)
    monkeypatch.setattr(resampled, "_CELLS", 300)
    monkeypatch.setattr(resampled_paths, "_CELLS", 300)
    small = resample(held, world, Futures(2, 5, 9))
    assert small.wealth == pytest.approx(first.wealth, rel=1e-13)
    assert (small.benchmark.shape, small.bills.shape) == ((9, 25), (9, 25))


def test_the_path_before_changes_nothing() -> None:
    """A fault in laying paths end to end would let one reach into the next: other rows before, the same wealth after."""
    held = made.policy(combine={"use": "vote", "hysteresis": 0.6})
    world = made.market(held)
    own, rows = made.paths_of(held, world, Futures(2, 1, 3))
    walker = Walker(own)
    other = rows.copy()
    other[0] = 1.0 + 0.5 * (rows[0] - 1.0) + 0.05
    assert walker.walk(other).wealth[1:] == pytest.approx(walker.walk(rows).wealth[1:], rel=1e-13)
    assert walker.walk(other).wealth[0, -1] != walker.walk(rows).wealth[0, -1]


def test_a_warm_up_that_is_too_short_is_noticed() -> None:
    held = made.policy(signals={"average": {"use": "trend", "window": "14M"}})
    world = made.market(held)
    good, rows = made.paths_of(held, world, Futures(2, 1, 2))
    assert good.launch == 23
    short = replace(good, launch=11)
    with pytest.raises(InvariantError, match="before the warm-up"):
        Walker(short).walk(rows)


def test_odds_of_lagging_are_those_of_the_closed_form() -> None:
    """METHODS 11: at an information ratio of .5 the odds of lagging are 31, 19, 13 and 6 % after 1, 3, 5 and 10 years.

    All in A against all in B, nothing traded after the first day; logs of A less B have mean .02 a year and deviation .04.
    """
    held = made.policy(
        universe={"A": {}, "B": {}}, benchmark={"B": 1.0}, signals={}, allocator={"use": "static"}, costs=None, cash=None
    )
    held = replace(held, allocator=Static((1.0, 0.0)))
    rng = np.random.default_rng(1)
    steps = rng.standard_normal((360, 2))
    steps = (steps - steps.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(steps, rowvar=False))).T
    logs = np.column_stack([steps[:, 0] * 0.04, steps[:, 0] * 0.04])
    logs[:, 0] += 0.02 / 12.0 + steps[:, 1] * 0.04 / np.sqrt(12.0)
    world = made.market(held, count=361)
    index = np.exp(np.concatenate([np.zeros((1, 2)), np.cumsum(logs, axis=0)]))
    world = replace(world, fields=dict.fromkeys(world.fields, index))
    found = resample(held, world, Futures(10, 1, 3000, model=Model.NORMAL))
    odds = fan_of(found).lagging
    for years, share in odds.items():
        assert share == pytest.approx(float(norm.cdf(-0.5 * np.sqrt(years))), abs=0.02)
    assert [round(norm.cdf(-0.5 * np.sqrt(years)), 2) for years in odds] == [0.31, 0.19, 0.13, 0.06]


def test_figures_of_all_paths() -> None:
    held = made.policy()
    world = made.market(held)
    found = resample(held, world, Futures(5, 1, 60))
    ranges = found.ranges()
    rates = (found.wealth[:, -1] / found.wealth[:, 0]) ** 0.2 - 1.0
    assert ranges["cagr"].median == pytest.approx(np.median(rates))
    assert [ranges["cagr"].low, ranges["cagr"].high] == pytest.approx(np.quantile(rates, [0.05, 0.95]).tolist())
    fall = (found.wealth / np.maximum.accumulate(found.wealth, axis=1)).min(axis=1) - 1.0
    assert ranges["max_drawdown"].median == pytest.approx(np.median(fall))
    same = replace(found, wealth=found.benchmark).ranges()["alpha"]
    assert [same.low, same.median, same.high] == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    fan = fan_of(found)
    assert (fan.origin.paths, fan.origin.seed, fan.origin.history) == (60, 1, 119)
    assert fan.wealth[fan.levels.index(50.0), -1] == pytest.approx(np.median(found.wealth[:, -1] / found.wealth[:, 0]))


def test_block_one_on_independent_rows_is_the_independent_bootstrap() -> None:
    """Wealth of the untouched benchmark: E = (mean growth) ** n, whatever the order. 2000 paths of 12 months."""
    held = made.policy(benchmark={"A": 1.0}, costs=None, cash=None)
    world = made.market(held)
    found = resample(held, world, Futures(1, 3, 2000, block=1.0))
    growth = np.array(world.fields[CLOSE][1:, 0] / world.fields[CLOSE][:-1, 0])
    ends = found.benchmark[:, -1] / found.benchmark[:, 0]
    assert ends.mean() == pytest.approx(growth.mean() ** 12, abs=4.0 * ends.std() / np.sqrt(2000))
    assert (ends**2).mean() == pytest.approx((growth**2).mean() ** 12, rel=0.02)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"endings": {50: {0: 1.0}}}, "stops trading"),
        ({"known": "late"}, "known late"),
        ({"gap": 60}, "gaps"),
    ],
)
def test_markets_that_rows_cannot_carry_are_refused(broken: dict[str, Any], words: str) -> None:
    held = made.policy()
    world = made.market(held)
    if "gap" in broken:
        closes = world.fields[CLOSE].copy()
        closes[broken["gap"], 1] = np.nan
        world = replace(world, fields=dict.fromkeys(world.fields, closes))
    elif "known" in broken:
        known = np.repeat((world.sessions.astype("datetime64[s]") + np.timedelta64(22, "h"))[:, np.newaxis], 3, axis=1)
        world = replace(world, known=known)
    else:
        world = replace(world, **broken)
    with pytest.raises(DataError, match=words):
        resample(held, world, Futures(1, 1, 2))


def test_a_monthly_series_is_not_read_by_sessions() -> None:
    held = made.policy(signals={"level": {"use": "spread", "long": "rates", "short": "bills", "assets": ["A"]}})
    world = worlds.market(held, count=300)
    slow = replace(world.series["rates"], dates=world.series["rates"].dates[::21], fields={CLOSE: np.full(15, 0.03)})
    reach = Reach(daily={"rates"})
    require_steps(world, reach)
    with pytest.raises(PolicyError, match="rows of rates lie further apart than the sessions"):
        require_steps(replace(world, series={"rates": slow}), reach)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.s_[::63], "quarterly, of which no futures"),
        (np.s_[::252], "yearly, of which no futures"),
        (np.append(np.arange(0, 900, 21), np.arange(900, 1300)), "monthly until about 2004-06-1.* and daily from there"),
    ],
)
def test_sessions_that_no_path_has_are_refused(rows: Any, words: str) -> None:
    held = made.policy()
    dates = worlds.dates(2600)[rows]
    growth = 1.0 + 0.01 * np.arange(len(dates))
    series = {name: History(About(name, name, Kind.TOTAL_RETURN, "generated"), dates, {CLOSE: growth}) for name in "ABC"}
    bills = {"bills": replace(series["A"], about=replace(series["A"].about, name="bills"))}
    with pytest.raises(DataError, match=words):
        resample(held, assemble(held.universe, series | bills, series=held.series), Futures(1, 1, 2))


def test_a_path_that_would_run_into_the_next_is_refused() -> None:
    """Paths are laid 400 years apart; windows of 3,600 months and a future of 100 years just fit."""
    for window, fits in (("3600M", True), ("3601M", False)):
        held = made.policy(signals={"average": {"use": "trend", "window": window}})
        if fits:
            assert len(World.of(held, made.market(held), 100).sessions) == 4800
            continue
        with pytest.raises(PolicyError, match="warm-up and a future of 401 years together are too long to draw: 400"):
            World.of(held, made.market(held), 100)


def test_views_are_refused() -> None:
    held = replace(made.policy(), views="somebody's")
    with pytest.raises(PolicyError, match="views that people wrote down"):
        World.of(held, made.market(made.policy()), 1)


def test_taxes_go_through_the_ledger_and_dividends_are_paid() -> None:
    held = worlds.policy(tax={"use": "us_federal", "short": 0.4, "long": 0.2}, execution={"rounding": "none", "digits": 10})
    world = worlds.market(held, count=200)
    assert DIVIDEND in World.of(held, world, 1).rows.fields
    worst, alone = made.gap(held, world, Futures(1, 1, 1), (0,))
    assert (worst < 1e-9, alone) == (True, 1)


def test_prices_of_0_are_gaps() -> None:
    held = made.policy(benchmark={"A": 1.0}, signals={}, allocator={"use": "static"}, cash=None)
    world = made.market(held)
    fallen = np.where(np.arange(120)[:, np.newaxis] < 60, world.fields[CLOSE], 0.0)
    with pytest.raises(DataError, match="gaps"):
        resample(held, replace(world, fields=dict.fromkeys(world.fields, fallen)), Futures(1, 1, 4))


def test_signals_that_look_at_dividends_get_prices_and_dividends_as_they_were() -> None:
    """Rows 1, 2, 3 of the history drawn in order: closes, total returns and dividends are its own, splits undone."""
    held = worlds.policy(signals={"yield": {"use": "dividend_yield", "window": "12M", "minimum": 6}}, rules=[])
    world = worlds.market(held, count=300)
    splits = np.ones_like(world.fields[CLOSE])
    splits[2, 0] = 2.0
    halved = {
        name: np.where((np.arange(300) >= 2)[:, None] & (np.arange(3) == 0), v / 2.0, v) for name, v in world.fields.items()
    }
    split = replace(world, splits=splits, fields=halved | {TOTAL_RETURN: world.fields[TOTAL_RETURN]})
    every = view_at(held, world, np.arange(300))
    for one in (world, split):
        rows = rows_of(held, one, every)
        assert {CLOSE, TOTAL_RETURN, DIVIDEND, OPEN} <= set(rows.fields)
        laid = rows.laid(rows.table[np.newaxis, :100], calendar(252, 1)[:100])
        for name in (CLOSE, TOTAL_RETURN, OPEN, DIVIDEND):
            mine, theirs = laid.fields[name], world.fields[name][1:101]
            base = world.fields[TOTAL_RETURN if name == TOTAL_RETURN else CLOSE][0] / 100.0
            assert mine * base == pytest.approx(theirs, rel=1e-12)
        assert laid.splits is None
    assert DIVIDEND in World.of(held, world, 1).rows.fields
    assert DIVIDEND not in World.of(worlds.policy(), world, 1).rows.fields


def test_restated_prices_are_refused() -> None:
    held = made.policy()
    world = made.market(held)
    old = Earlier(50, 0, np.datetime64("2005-01-01"), np.datetime64("2005-03-01"), 1.0)
    with pytest.raises(DataError, match="restated"):
        resample(held, replace(world, earlier={CLOSE: (old,)}), Futures(1, 1, 2))


@pytest.mark.parametrize("end", [np.nan, 0.0])
def test_an_account_that_is_ruined_is_told(monkeypatch: pytest.MonkeyPatch, end: float) -> None:
    """As a levered account could be on one path of three."""
    held, real = made.policy(), Walker.walk

    def ruined(walker: Walker, drawn: Any) -> Any:
        found = real(walker, drawn)
        wealth = found.wealth.copy()
        wealth[1, 3:] = end
        return replace(found, wealth=wealth)

    monkeypatch.setattr(Walker, "walk", ruined)
    with pytest.raises(DataError, match="loses everything on 1 of 3 paths"):
        resample(held, made.market(held), Futures(1, 1, 3))

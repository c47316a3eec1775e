"""Decisions some sessions after the period's end, and fills some sessions after the decision: dates, money, laws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from tests.desk.desk_worlds import desk
from tests.desk.test_attributing import BLENDED
from tests.desk.test_backtest import CLOSES, OPENS, held, market, trades
from tests.desk.test_events import history, policy, require_added_up, two_worlds
from tests.desk.test_prepare import monthly
from tests.desk.test_sending import A
from trimtab.core.calendar import Frequency, period_ends
from trimtab.core.entries import Delisting, Fill
from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import DIVIDEND, SPLIT
from trimtab.data.assembly import assemble
from trimtab.data.history import Action, ActionKind
from trimtab.data.market import Market
from trimtab.desk.attributing import attribute
from trimtab.desk.backtest import backtest
from trimtab.desk.cost_review import review_costs
from trimtab.desk.dates import decision_rows, fill_rows, scheduled, splits_between
from trimtab.desk.notes import notes
from trimtab.desk.outlook import outlook
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.propose import propose
from trimtab.desk.result import execution_words
from trimtab.desk.rivals import later
from trimtab.desk.words import schedule_words

seeds = st.integers(0, 10_000)


def moved(chosen: Policy, **schedule: Any) -> Policy:
    return replace(chosen, schedule=replace(chosen.schedule, **schedule))


# When it is decided.


def test_the_desk_decides_so_many_sessions_after_the_end() -> None:
    # Months of 2001 on weekdays end on 31 January and 28 February (20 sessions); the fifth session after is 7 February.
    plain = worlds.policy()
    world = worlds.market(plain, count=60)
    shifted = moved(plain, offset=5)
    dates = world.sessions[decision_rows(shifted, world)].astype(str).tolist()
    assert dates == ["2001-02-07", "2001-03-07"]
    assert [str(d.today.when) for d in backtest(worlds.policy(signals=None, allocator={"use": "static"}), world).decisions] == [
        "2001-01-31",
        "2001-02-28",
    ]
    said = outlook(shifted, world, np.datetime64("2001-03-07"))
    assert said.due
    assert str(said.scheduled) == "2001-03-07"
    before = outlook(shifted, world, np.datetime64("2001-03-06"))
    assert not before.due
    assert str(before.scheduled) == "2001-02-07"


def test_a_date_before_since_is_none_though_its_period_ended_then() -> None:
    world = worlds.market(worlds.policy(), count=60)
    for since, first in (("2001-02-07", "2001-02-07"), ("2001-02-08", "2001-03-07")):
        chosen = moved(worlds.policy(since=since), offset=5)
        assert str(world.sessions[decision_rows(chosen, world)][0]) == first


def test_the_sleeves_of_a_blend_move_together() -> None:
    """A month's and a quarter's sleeve, both five sessions later: the quarter's dates are dates of the month's."""
    chosen = moved(worlds.policy(**BLENDED), offset=5)
    world = worlds.market(chosen, 7, count=420)
    result = backtest(chosen, world)
    decides = result.aims.sleeves.decides  # type: ignore[union-attr]
    quarters = world.sessions[scheduled(world, Frequency.QUARTER_END, 5)]
    assert decides[1].all()
    assert result.aims.days.dates[decides[0]].tolist() == quarters.tolist()
    assert (np.searchsorted(world.sessions, quarters) - 5).tolist() == period_ends(
        world.sessions, Frequency.QUARTER_END
    ).tolist()[: len(quarters)]


@pytest.mark.parametrize(
    ("schedule", "said"),
    [({"offset": 5}, "schedule.offset is 5"), ({"lag": 5}, "schedule.lag is 5")],
)
def test_a_sleeve_that_decides_too_often_is_refused(schedule: dict[str, int], said: str) -> None:
    sleeves = {"slow": {"allocator": {"use": "static"}}, "fast": {"allocator": {"use": "static"}, "decide": "week-end"}}
    blend = {"allocator": {"use": "blend", "sleeves": sleeves, "mix": {"use": "equal"}}}
    with pytest.raises(PolicyError, match=f"{said}, and from one week-end to the next"):
        worlds.policy(signals=None, combine=None, schedule=schedule, **blend)


def test_monthly_data_move_quarters_by_months_and_know_no_lag() -> None:
    chosen, world = monthly("same_close")
    quarterly = moved(chosen, decide=Frequency.QUARTER_END, offset=2)
    months = {int(str(d.today.when)[5:7]) for d in backtest(quarterly, world).decisions}
    assert months == {2, 5, 8, 11}  # two months after March, June, September, December
    for change, said in (
        ({"offset": 1}, "schedule.offset is 1, and from one month-end to the next .* in these data"),
        ({"decide": Frequency.QUARTER_END, "offset": 3}, "Give at most 2"),
        ({"lag": 1}, "monthly data hold no sessions for `lag: 1`"),
    ):
        with pytest.raises(PolicyError, match=said) as caught:
            backtest(moved(chosen, **change), world)
        assert caught.value.code == "TT-POL-022"


# When it is filled.


@pytest.mark.parametrize(
    ("trade", "lag", "when", "price"),
    [
        (TradeAt.NEXT_OPEN, 1, "2020-02-04", 19.0),
        (TradeAt.NEXT_CLOSE, 1, "2020-02-04", 20.0),
        (TradeAt.SAME_CLOSE, 1, "2020-02-03", 12.5),
        (TradeAt.SAME_CLOSE, 2, "2020-02-04", 20.0),
    ],
)
def test_every_schedule_fills_its_lag_later(trade: TradeAt, lag: int, when: str, price: float) -> None:
    chosen = moved(held(), trade=trade, lag=lag)
    (found,) = trades(backtest(chosen, market(chosen, CLOSES, opening=OPENS)))
    assert (found[0], found[2]) == (when, price)


@settings(max_examples=6, deadline=None)
@given(seed=seeds, lag=st.integers(0, 6))
def test_the_close_a_session_after_the_same_one_is_the_next_close(seed: int, lag: int) -> None:
    chosen = worlds.policy()
    world = worlds.market(chosen, seed, count=120)
    one = backtest(moved(chosen, trade=TradeAt.SAME_CLOSE, lag=lag + 1), world)
    two = backtest(moved(chosen, trade=TradeAt.NEXT_CLOSE, lag=lag), world)
    assert one.fills
    assert one.fills == two.fills
    assert one.wealth.tolist() == two.wealth.tolist()


def test_a_fill_never_comes_after_the_next_decision() -> None:
    # February 2001 has 20 weekdays: what is decided on 31 January with 21 sessions to wait is filled on 28 February, the
    # day of the next decision and before it; what is decided then, on 29 March, 21 sessions later.
    chosen = moved(worlds.policy(signals=None, allocator={"use": "static"}, cash=None), trade=TradeAt.NEXT_CLOSE, lag=20)
    world = worlds.market(chosen, count=120)
    result = backtest(chosen, world)
    assert [str(when) for when in result.traded[:2]] == ["2001-02-28", "2001-03-29"]
    assert result.decisions[1].book.held.sum() > 0.5  # that decision knew of the fill
    rows = decision_rows(chosen, world)
    assert fill_rows(chosen, world, rows).tolist() == np.minimum(rows + 21, [*rows[1:], 10**6]).tolist()
    assert fill_rows(moved(chosen, lag=0), world, rows).tolist() == (rows + 1).tolist()


def test_a_look_between_decision_and_fill_fills_nothing_early() -> None:
    """`today` on a day that the schedule does not name: what waits for its fill goes on waiting, and the preview says so."""
    chosen = moved(worlds.policy(signals=None, allocator={"use": "static"}), lag=3)
    world = worlds.market(chosen, count=60)
    for day, filled in (("2001-02-01", False), ("2001-02-05", False), ("2001-02-06", True)):
        seen = propose(chosen, world, np.datetime64(day))
        assert not seen.due
        assert bool(seen.decision.book.held.sum() > 0.5) is filled, day
        assert (seen.result.traded[0] is not None) is filled


@settings(max_examples=3, deadline=None)
@given(seed=seeds, lag=st.sampled_from([2, 20]), offset=st.integers(0, 20))
def test_the_future_changes_no_fill(seed: int, lag: int, offset: int) -> None:
    """Law 2 for fills: cut on any session, those up to it are the same."""
    chosen = moved(worlds.policy(signals=None, allocator={"use": "static"}), lag=lag, offset=offset)
    world = worlds.market(chosen, seed, count=110)
    truth = backtest(chosen, world)
    for row in range(int(np.searchsorted(world.sessions, truth.dates[0])), 110, 3):
        seen = backtest(chosen, until(world, world.sessions[row]))
        assert seen.fills == tuple(fill for fill in truth.fills if fill.when <= world.sessions[row].item())


# What happens on the way.


@settings(max_examples=4, deadline=None)
@given(seed=seeds, lag=st.sampled_from([1, 4, 15]))
def test_splits_on_the_way_change_no_wealth_no_cost_and_no_attribution(seed: int, lag: int) -> None:
    chosen, adjusted, traded = two_worlds(seed, share=0.06)
    one, two = (backtest(moved(chosen, lag=lag), world) for world in (adjusted, traded))
    assert np.allclose(one.wealth, two.wealth, rtol=1e-9)
    require_added_up(two)
    for mine, other in zip(*(review_costs(result).quarters for result in (one, two)), strict=True):  # type: ignore[union-attr]
        assert mine.realised == pytest.approx(other.realised, rel=1e-6, abs=1e-3)
    found = [attribute(result) for result in (one, two)]
    for mine, other in zip(found[0].rows, found[1].rows, strict=True):
        assert np.allclose(mine.effects, other.effects, atol=1e-9)


def split_twice(close: float = 10.0) -> Market:
    """A: 2:1 on 3 February 2020 and 3:1 on the 5th, the first and third session after the end of January."""
    ratios = np.ones(30)
    ratios[[23, 25]] = 2.0, 3.0
    closes = close / np.cumprod(ratios)
    return assemble(policy().universe[:1], {"A": history("A", closes, fields={SPLIT: ratios})})


def test_two_splits_before_the_fill_by_hand() -> None:
    # Decided on 31 January at 10: 10 units for 100 USD. Filled on 6 February at 10 / 6: 60 units, the same 100 USD.
    chosen = policy(universe={"A": None}, benchmark={"A": 1.0}, capital="100 USD", schedule={"trade": "next_close", "lag": 3})
    world = split_twice()
    (fill,) = [entry for entry in backtest(chosen, world).entries if isinstance(entry, Fill)]
    assert (str(fill.when), float(fill.units), float(fill.amount)) == ("2020-02-06", pytest.approx(60.0), pytest.approx(-100.0))
    assert splits_between(world, 22, 26).tolist() == [6.0]  # type: ignore[union-attr]
    assert splits_between(world, 23, 24) is None  # that of the 3rd is over, that of the 5th is to come
    assert splits_between(world, 22, 22) is None


def test_a_dividend_before_the_fill_goes_to_who_held() -> None:
    # Nothing is held on 3 February, an ex-date; 1010 / 20.2 = 50 units are bought at the close of the 4th, at 20.
    chosen = moved(held(), trade=TradeAt.NEXT_CLOSE, lag=1)
    result = backtest(chosen, market(chosen, CLOSES, dividend=[0, 0, 0, 1.0, 0]))
    assert DIVIDEND in result.market.fields
    assert [type(entry).__name__ for entry in result.entries] == ["Flow", "Fill"]
    assert result.wealth[-1] == pytest.approx(1000.0, abs=1e-4)


@pytest.mark.parametrize("lag", [0, 2, 5])
def test_what_ended_before_the_fill_is_not_traded(lag: int) -> None:
    """A is sold down at each month-end, as it grows; it ends on the second session after February, at 28 for 40."""
    grown = np.append(np.linspace(20.0, 40.0, 44), np.full(1, 40.0))  # the last trade is on 3 March
    last = np.busday_offset("2020-01-01", 44, roll="forward")
    gone = history("A", grown, actions=(Action(ActionKind.DELISTING, last, reason="performance"),), market="XNYS")
    other = history("B", np.full(70, 10.0), market="XNYS")
    chosen = policy(schedule={"trade": "next_close", "lag": lag})
    result = backtest(chosen, assemble(chosen.universe, {"A": gone, "B": other}))
    (paid,) = [entry for entry in result.entries if isinstance(entry, Delisting)]
    assert [fill.asset for fill in result.fills if fill.when >= paid.when and fill.asset == 0] == []
    february = result.decisions[1]
    sold = [fill for fill in result.fills if fill.order.startswith(f"{february.today.when}:") and fill.asset == 0]
    assert len(sold) == (lag == 0)  # on 2 March it still traded
    assert [order.asset for order in february.orders] == [0, 1]
    assert result.weights[-1, 0] == 0.0
    require_added_up(result)


# What is said, and the desk of real accounts.


def test_the_words_of_lag_and_offset() -> None:
    chosen = moved(worlds.policy(), offset=5, lag=3)
    world = worlds.market(chosen, count=40)
    assert schedule_words(chosen.schedule) == (
        "Decided 5 sessions after month-end, 2h after the close; traded at the open 4 sessions later, or its close where no "
        "open is known; on the day of the next decision at the latest"
    )
    assert execution_words(chosen, world) == (
        "decided at the close 5 sessions after each month-end, filled at the open 4 sessions later, on the day of the next "
        "decision at the latest"
    )
    closing = moved(chosen, trade=TradeAt.SAME_CLOSE, offset=0, lag=1)
    assert execution_words(closing, world).startswith("decided at the close of each month-end, filled at the close 1 session")
    assert not any("very close that decided" in line for line in notes(closing, world))
    assert any("very close that decided" in line for line in notes(moved(closing, lag=0), world))
    assert later(closing).schedule.lag == 0
    blend = worlds.policy(**BLENDED, schedule={"offset": 5})
    assert "Every sleeve decides 5 sessions after its own dates." in blend.words


def test_accounts_follow_no_policy_with_a_lag(tmp_path: Path) -> None:
    """Nothing holds an order back for days: rather than fill it early, the desk refuses; an offset it keeps."""
    with desk(tmp_path / "lag", [A], schedule={"decide": "month-end", "lag": 1}) as one:
        one.holds("A", 100_000)
        with pytest.raises(UsageError, match="flat trades with lag 1, which is for studies: orders are not held back"):
            one.rebalances("A")
    with desk(tmp_path / "offset", [A], schedule={"decide": "month-end", "offset": 1}) as one:
        one.holds("A", 100_000)
        (found,) = one.rebalances("A")
        assert found.outlook.due  # 2 November 2026 is the first session after October
        assert found.trades


@pytest.mark.parametrize(("lag", "splits", "sold"), [(0, [43], [(2, "24.00")]), (3, [43, 45], []), (3, [44], [(2, "24.00")])])
def test_a_sale_of_all_sells_what_the_splits_left(lag: int, splits: list[int], sold: list[tuple[int, str]]) -> None:
    """Regression: 7 shares, sold on 28 February at 4, are 2 after a 1:3 and cash for a third; the order asked for 7/3.

    After another 1:3 nothing is left to sell: all of it has been paid. In either case 28 USD come in, 7 times 4.
    """
    ratios = np.ones(70)
    ratios[splits] = 1.0 / 3.0
    closes = np.repeat([9.0, 10.0, 5.0, 4.0], [22, 8, 12, 28]) / np.cumprod(ratios)
    world = assemble(policy().universe[:1], {"A": history("A", closes, fields={SPLIT: ratios})})
    chosen = policy(
        universe={"A": None},
        benchmark={"A": 1.0},
        capital="79 USD",
        since="2020-01-01",
        execution={"units": "whole"},
        signals={"trend": {"use": "trend", "window": "10D"}},
        combine={"use": "vote"},
        allocator={"use": "timing"},
        schedule={"trade": "next_close", "lag": lag},
    )
    result = backtest(chosen, world)
    assert [(int(-fill.units), str(fill.amount)) for fill in result.fills[1:]] == sold
    assert result.wealth[-1] == pytest.approx(79.0 - 70.0 + 28.0)
    require_added_up(result)


def test_old_hashes_stand_and_new_choices_have_new_ones() -> None:
    """Decision 24: at its default a later parameter is not part of what people are held to, however it is written."""
    signals = {"trend": {"use": "trend", "window": "20D"}}
    plain = worlds.policy(signals=signals)
    schedule = {"decide": "month-end", "trade": "next_open"}
    same = worlds.policy(signals={"trend": {**signals["trend"], "skip": "0D"}}, schedule={**schedule, "offset": 0, "lag": 0})
    assert same.sha256 == plain.sha256
    assert not {"offset", "lag"} & set(plain.identity.canonical["schedule"])
    others = [worlds.policy(signals=signals, schedule={**schedule, name: 1}) for name in ("offset", "lag")]
    others.append(worlds.policy(signals={"trend": {**signals["trend"], "skip": "5D"}}))
    assert len({plain.sha256, *(other.sha256 for other in others)}) == 4

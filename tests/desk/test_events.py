"""What happens to a holding besides trades: splits, endings, other currencies, other markets' holidays, late publication."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.desk import worlds
from trimtab.accounting.ledger import replay
from trimtab.accounting.result import result as account
from trimtab.core.arrays import Array
from trimtab.core.entries import Delisting, Fill, Split
from trimtab.core.errors import DataError
from trimtab.core.terms import CLOSE, DIVIDEND, OPEN, SPLIT, Stat
from trimtab.data.assembly import assemble
from trimtab.data.history import About, Action, ActionKind, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import look
from trimtab.desk.backtest import backtest
from trimtab.desk.load import policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, until
from trimtab.desk.result import Result


@dataclass(frozen=True)
class Held:
    """A source over histories at hand."""

    histories: tuple[History, ...]

    def names(self) -> tuple[str, ...]:
        return tuple(history.about.name for history in self.histories)

    def load(self, names: Any) -> tuple[History, ...]:
        known = {history.about.name: history for history in self.histories}
        return tuple(known[name] for name in names)


def policy(**changes: Any) -> Policy:
    """Half and half in two assets, decided at month-ends, without costs or rounding."""
    values: dict[str, Any] = {
        "trimtab": 1,
        "name": "events",
        "universe": {"A": None, "B": None},
        "benchmark": {"A": 0.5, "B": 0.5},
        "execution": {"rounding": "none", "digits": 12},
    }
    return policy_from(values | changes)


def history(name: str, close: Array, *, first: str = "2020-01-01", **more: Any) -> History:
    fields = {CLOSE: np.asarray(close, dtype=float), **more.pop("fields", {})}
    actions = more.pop("actions", ())
    dates = more.pop("dates", None)
    about = About(name, name, more.pop("kind", Kind.PRICE), "generated", **more)
    days = np.busday_offset(first, np.arange(len(close)), roll="forward") if dates is None else dates
    return History(about, days, fields, actions=actions)


def require_added_up(result: Result) -> None:
    """Law 4: the life of the account, by asset and cause, leaves nothing over; and the plain fold agrees."""
    closing = [Decimal(repr(float(price))) if price > 0 else Decimal(0) for price in result.closing]
    assert abs(account(result.entries, closing).residual) <= Decimal("1e-12")
    positions = replay(result.entries, len(result.assets))
    assert positions.cash >= Decimal("-1e-9")


# Splits.


def with_splits(world: dict[Any, Array], rng: np.random.Generator, *, share: float) -> dict[Any, Array]:
    """The same prices as they would have traded with random splits: divided by all ratios up to their date."""
    count = len(world[CLOSE])
    ratios = np.where(rng.random(count) < share, rng.choice([2.0, 3.0, 0.5, 1.5, 0.1], count), 1.0)
    ratios[0] = 1.0
    factor = np.cumprod(ratios)
    return {name: values / factor for name, values in world.items()} | {SPLIT: ratios}


def two_worlds(seed: int, *, share: float = 0.03) -> tuple[Policy, Market, Market]:
    """A policy with signals, on adjusted prices and on the same prices as traded."""
    chosen = worlds.policy(execution={"rounding": "none", "digits": 12}, costs={"use": "linear", "bps": 10})
    rng = np.random.default_rng(seed)
    adjusted = {asset.series: worlds.prices(rng, 240) for asset in chosen.universe}
    traded = {name: with_splits(values, rng, share=share) for name, values in adjusted.items()}
    bills = worlds.history("bills", {CLOSE: np.cumprod(1.0 + rng.uniform(0.0, 0.0003, 240))}, Kind.TOTAL_RETURN)

    def made(values: dict[str, dict[Any, Array]]) -> Market:
        held = {name: worlds.history(name, fields) for name, fields in values.items()}
        return assemble(chosen.universe, held | {"bills": bills}, series=chosen.series)

    return chosen, made(adjusted), made(traded)


@given(st.integers(0, 10_000))
@settings(max_examples=12, deadline=None)
def test_splits_change_no_wealth_and_no_weight(seed: int):
    """Prices as traded, with splits, are the same money as prices adjusted for them."""
    chosen, adjusted, traded = two_worlds(seed)
    one, two = backtest(chosen, adjusted), backtest(chosen, traded)
    assert np.allclose(one.wealth, two.wealth, rtol=1e-9)
    assert np.allclose(one.weights, two.weights, atol=1e-9)
    assert any(isinstance(entry, Split) for entry in two.entries)
    require_added_up(two)


def test_a_book_that_forgets_its_splits_is_caught():
    """The control: the same prices as traded without their splits lose half at every 2:1."""
    chosen, adjusted, traded = two_worlds(1)
    blind = backtest(chosen, replace(traded, splits=None))
    assert not np.allclose(backtest(chosen, adjusted).wealth, blind.wealth, rtol=1e-2)


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_a_later_split_changes_no_bit_of_an_earlier_decision(seed: int):
    """Law 2 with splits: cut anywhere, the decisions before are the same bit for bit."""
    chosen, _, traded = two_worlds(seed)
    whole = backtest(chosen, traded)
    for row in (150, 199):
        short = backtest(chosen, until(traded, traded.sessions[row]))
        for old, new in zip(short.decisions, whole.decisions, strict=False):
            assert old.today.when == new.today.when
            assert np.array_equal(old.today.goal, new.today.goal)
            assert np.array_equal(old.target, new.target)


def test_windows_stand_in_the_units_of_their_date():
    # 100, then 2:1 on the second day: 51 is 102 of before. On the third day, 3:1: 17.
    prices = history("A", np.array([100.0, 51.0, 17.0]), fields={SPLIT: np.array([1.0, 2.0, 3.0])})
    market = assemble(policy().universe[:1], {"A": prices})
    view = look(market, np.arange(3), cut_off=np.timedelta64(2, "h"), since=market.sessions[0])
    shown = view.window(CLOSE, 3)[:, :, 0]
    assert shown[1].tolist()[1:] == [50.0, 51.0]
    assert shown[2].tolist() == pytest.approx([100 / 6, 17.0, 17.0])
    assert view.expanding(CLOSE, Stat.MAX)[:, 0].tolist() == pytest.approx([100.0, 51.0, 17.0])


def test_the_value_of_a_holding_is_continuous_over_a_split_to_a_cent():
    """RELIABILITY A7; whole shares: 7 units of 1:3 become 2 and cash for a third, at 30."""
    closes = np.array([10.0] * 23 + [10.0, 30.0, 30.0])
    split = np.array([1.0] * 24 + [1 / 3, 1.0])
    held = history("A", closes, fields={SPLIT: split})
    chosen = policy(
        universe={"A": None},
        benchmark={"A": 1.0},
        capital="79 USD",
        execution={"units": "whole"},
        schedule={"trade": "same_close"},
    )
    result = backtest(chosen, assemble(chosen.universe, {"A": held}))
    (split_entry,) = [entry for entry in result.entries if isinstance(entry, Split)]
    assert split_entry.units == Decimal(-5)
    assert split_entry.amount == Decimal("10.00")  # a third of a unit at 30
    assert abs(result.wealth[-1] - 79.0) <= 0.01
    require_added_up(result)


def test_an_order_decided_before_a_split_is_filled_in_units_after_it():
    # Month-end 31 January at 10; filled on 3 February, the ex-date of a 2:1, at 5.
    closes = np.array([10.0] * 23 + [5.0, 5.0])
    split = np.array([1.0] * 23 + [2.0, 1.0])
    held = history("A", closes, fields={SPLIT: split})
    chosen = policy(universe={"A": None}, benchmark={"A": 1.0}, capital="100 USD", schedule={"trade": "next_close"})
    result = backtest(chosen, assemble(chosen.universe, {"A": held}))
    (fill,) = [entry for entry in result.entries if isinstance(entry, Fill)]
    assert (float(fill.units), float(fill.price), float(fill.amount)) == (20.0, 5.0, -100.0)
    assert result.wealth[-1] == pytest.approx(100.0)


# Endings.


def ending(action: Action, count: int = 70) -> tuple[Policy, Market]:
    closes = np.full(count, 40.0)
    lives = history("B", np.full(count, 10.0))
    dies = history("A", closes[:50], actions=(action,), market="XNYS")
    chosen = policy(schedule={"trade": "next_close"})
    return chosen, assemble(chosen.universe, {"A": dies, "B": replace(lives, about=replace(lives.about, market="XNYS"))})


def test_a_delisted_holding_goes_to_cash_at_its_delisting_return():
    """METHODS 12: performance delisting on the New York exchange, -30 % (Shumway 1997): 40 becomes 28."""
    last = np.busday_offset("2020-01-01", 49, roll="forward")
    chosen, market = ending(Action(ActionKind.DELISTING, last, reason="performance"))
    result = backtest(chosen, market)
    (gone,) = [entry for entry in result.entries if isinstance(entry, Delisting)]
    held = -gone.units
    assert float(gone.amount) == pytest.approx(float(held) * 28.0)
    assert result.weights[-1, 0] == 0.0
    assert any("no delisting return is known" in issue.what for issue in market.issues)
    assert any("30" in note and "assumed" in note for note in result.notes)
    require_added_up(result)


def test_a_cash_merger_pays_the_deal_price():
    last = np.busday_offset("2020-01-01", 49, roll="forward")
    chosen, market = ending(Action(ActionKind.MERGER, last, cash=44.0))
    result = backtest(chosen, market)
    (gone,) = [entry for entry in result.entries if isinstance(entry, Delisting)]
    assert float(gone.amount / -gone.units) == pytest.approx(44.0)
    assert not [entry for entry in result.fills if entry.asset == 0 and entry.when > gone.when]


def test_a_holding_without_an_ending_never_vanishes():
    """The control: without the delisting the position stays, valued at its last price, and the screen says so."""
    last = np.busday_offset("2020-01-01", 49, roll="forward")
    chosen, market = ending(Action(ActionKind.DELISTING, last))
    result = backtest(chosen, replace(market, endings={}))
    assert result.weights[-1, 0] > 0.4
    assert any("valued at its last known price" in note for note in result.notes)


# Other currencies.


def test_an_asset_in_another_currency_is_converted_at_the_rate_of_its_day():
    rate = history("EURUSD", np.linspace(1.0, 1.2, 60), kind=Kind.RATE)
    euro = history("A", np.full(60, 100.0), currency="EUR")
    dollar = history("B", np.full(60, 50.0), currency="USD")
    chosen = replace(policy(schedule={"trade": "next_close"}), data=Held((euro, dollar, rate)))
    market = load_market(chosen)
    assert market.fields[CLOSE][:, 0] == pytest.approx(100.0 * np.linspace(1.0, 1.2, 60))
    assert market.about[0].currency == "USD"
    grown = backtest(chosen, market).wealth
    assert grown[-1] > grown[0]


def test_a_missing_rate_is_named():
    euro = history("A", np.full(60, 100.0), currency="EUR")
    dollar = history("B", np.full(60, 50.0), currency="USD")
    with pytest.raises(DataError, match="Add the pair EURUSD"):
        load_market(replace(policy(), data=Held((euro, dollar))))


# Other markets.


def tokyo_and_new_york() -> Market:
    """December 2023 to January 2024; Tokyo is closed from 31 December to 3 January, New York on 25 December and 1 January."""
    from trimtab.data.sessions import expected

    first, last = np.datetime64("2023-11-15"), np.datetime64("2024-02-29")
    japan, us = expected("XTKS", first, last), expected("XNYS", first, last)
    a = history("A", np.arange(1.0, len(japan) + 1.0), dates=japan, market="XTKS")
    b = history("B", np.arange(1.0, len(us) + 1.0), dates=us, market="XNYS")
    return assemble(policy().universe, {"A": a, "B": b})


def at(market: Market, day: str) -> int:
    return int(np.searchsorted(market.sessions, np.datetime64(day)))


def test_a_holiday_of_one_market_is_no_gap():
    market = tokyo_and_new_york()
    new_year = at(market, "2024-01-02")  # New York trades, Tokyo does not
    assert market.closed is not None
    assert market.closed[new_year, 0]
    assert market.fields[CLOSE][new_year, 0] == market.fields[CLOSE][at(market, "2023-12-29"), 0]
    assert market.closed[at(market, "2023-12-25"), 1]


def test_nothing_trades_on_a_closed_market():
    """Decided on 29 December, due on the next session, 2 January in New York: Tokyo's order is not filled at an old price."""
    market = tokyo_and_new_york()
    result = backtest(policy(schedule={"trade": "next_close"}), market)
    days = {fill.when for fill in result.fills if fill.asset == 0}
    assert days
    closed = {day for day, shut in zip(market.sessions.tolist(), market.closed[:, 0], strict=True) if shut}  # type: ignore[index]
    assert not days & closed


def test_the_cut_off_follows_the_last_member_market():
    """Tokyo closes at 06:00Z; New York at 21:00Z in winter: a decision of both is taken at 23:00Z, of Tokyo alone at 08:00Z."""
    market = tokyo_and_new_york()
    rows = np.array([at(market, "2024-01-10")])
    view = look(market, rows, cut_off=np.timedelta64(2, "h"), since=market.sessions[0])
    assert str(view.days.cutoffs[0]) == "2024-01-10T23:00:00"
    from trimtab.data.sessions import expected

    days = expected("XTKS", np.datetime64("2023-11-15"), np.datetime64("2024-02-29"))
    alone = assemble(policy().universe[:1], {"A": history("A", np.ones(len(days)), dates=days, market="XTKS")})
    view = look(
        alone,
        np.array([int(np.searchsorted(days, np.datetime64("2024-01-10")))]),
        cut_off=np.timedelta64(2, "h"),
        since=days[0],
    )
    assert str(view.days.cutoffs[0]) == "2024-01-10T08:00:00"


def test_what_is_published_the_next_day_is_not_known_at_the_close():
    """A fund whose value of Tuesday comes out on Wednesday, beside one that trades: on Tuesday evening it is unknown."""
    fund = history("A", np.arange(1.0, 61.0), lag_days=1)
    listed = history("B", np.arange(1.0, 61.0))
    market = assemble(policy().universe, {"A": fund, "B": listed})
    view = look(market, np.arange(60), cut_off=np.timedelta64(2, "h"), since=market.sessions[0])
    window = view.window(CLOSE, 2)
    assert np.isnan(window[10, 1, 0])
    assert window[10, 0, 0] == 10.0
    assert window[10, 1, 1] == 11.0
    assert (view.known <= view.days.cutoffs).all()


def test_opens_are_not_carried_over_a_holiday():
    market = tokyo_and_new_york()
    assert OPEN not in market.fields
    assert DIVIDEND not in market.fields

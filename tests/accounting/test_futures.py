"""Futures in the book: variation that never drifts, rolls as two trades, margin, and the chain of contract returns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.futures import Future, Leg, Margined, Standing, margin, rolled, settled, variations
from trimtab.core.entries import Fill, Variation
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.households import Contract, Instrument
from trimtab.core.money import UNROUNDED, ZERO, Currency, currency, decimal_of, exact, floor_to
from trimtab.data import futures as chains

DAY = date(2020, 3, 2)
MINI = Future(Decimal(50), Decimal("0.06"), Decimal("0.05"))  # 50 dollars a point


def fill(asset: int, units: str, price: str, *, amount: str = "0") -> Fill:
    return Fill(DAY, asset, Decimal(units), Decimal(price), Decimal(amount), ZERO, "o")


# Laws.

prices = st.decimals("0.001", "5000", places=5)
sizes = st.decimals(-40, 40, places=3)
days = st.lists(st.tuples(prices, st.lists(st.tuples(sizes, prices), max_size=3)), min_size=1, max_size=15)


@given(days, prices, st.sampled_from(["USD", "JPY", "KWD"]), st.sampled_from(["50", "0.25", "12.5", "1"]))
@settings(max_examples=80, deadline=None)
def test_what_a_position_was_paid_is_what_it_earned_rounded_once(
    path: list[tuple[Decimal, list[tuple[Decimal, Decimal]]]], last: Decimal, code: str, multiplier: str
) -> None:
    future, standing, paid, trades = Future(Decimal(multiplier), currency=currency(code)), Standing(), ZERO, []
    with exact():
        for settle, made in path:
            was = standing
            amount, standing = settled(future, was, made, settle)
            assert amount == future.currency.round(amount)
            assert standing.units == was.units + sum((units for units, _ in made), ZERO)
            paid, trades = paid + amount, trades + made
            if not standing.units:
                earned = -sum((units * price for units, price in trades), ZERO) * future.multiplier
                assert paid == future.currency.round(earned)
                paid, trades = ZERO, []
        closing = [(-standing.units, last)] if standing.units else []
        amount, standing = settled(future, standing, closing, last)
        earned = -sum((units * price for units, price in trades + closing), ZERO) * future.multiplier
    assert paid + amount == future.currency.round(earned)
    assert standing == Standing()


@given(days, st.sampled_from(["USD", "JPY", "KWD"]))
@settings(max_examples=60, deadline=None)
def test_at_no_time_is_more_than_half_a_cent_outstanding(
    path: list[tuple[Decimal, list[tuple[Decimal, Decimal]]]], code: str
) -> None:
    future, standing, paid = Future(Decimal("0.1"), currency=currency(code)), Standing(), ZERO
    with exact():
        for settle, made in path:
            amount, standing = settled(future, standing, made, settle)
            paid = paid + amount if standing.units else ZERO
            assert abs(standing.gained - paid) <= future.currency.minor / 2


def test_rounding_each_day_by_itself_would_drift() -> None:
    # The control. Half a cent a day for ten days: half-even pays nothing each day, and five cents were earned.
    future, standing, paid, naive = Future(Decimal(1)), Standing(), ZERO, ZERO
    for day in range(11):
        price = Decimal(100) + Decimal("0.005") * day
        amount, after = settled(future, standing, [] if day else [(Decimal(1), price)], price)
        paid, naive = paid + amount, naive + future.currency.round(after.units * (price - standing.settle) if day else ZERO)
        standing = after
    assert (paid, naive) == (Decimal("0.05"), ZERO)


# By hand.


def test_variation_by_hand() -> None:
    # 2 contracts stand at 3000. At 3010.25 they bring 2 * 10.25 * 50 = 1 025. One more bought at 3008: 2.25 * 50 = 112.50.
    # Three sold the next day at 3001, settled at 2990: 3 * (2990 - 3010.25) * 50 = -3 037.50, and -3 * (2990 - 3001) * 50 =
    # 1 650: -1 387.50, which is 3 * (3001 - 3010.25) * 50.
    first, after = variations(
        DAY, {7: Standing(Decimal(2), Decimal(3000))}, [fill(7, "1", "3008")], {7: Decimal("3010.25")}, {7: MINI}
    )
    assert first == (Variation(DAY, 7, Decimal("1137.50"), "USD"),)
    assert after == {7: Standing(Decimal(3), Decimal("3010.25"), Decimal("1137.50"))}
    second, flat = variations(DAY, after, [fill(7, "-3", "3001")], {7: Decimal(2990)}, {7: MINI}, home="USD")
    assert second == (Variation(DAY, 7, Decimal("-1387.50")),)
    assert flat == {}


def test_what_is_no_future_is_passed_over_and_a_market_that_did_not_settle_stays() -> None:
    stands = {7: Standing(Decimal(2), Decimal(3000)), 8: Standing(Decimal(-1), Decimal(10))}
    entries, after = variations(DAY, stands, [fill(1, "5", "20", amount="-100")], {7: Decimal(3000)}, {7: MINI, 8: MINI})
    assert entries == ()
    assert after == stands


def test_exposure_is_signed_and_no_part_of_net_asset_value() -> None:
    # 3 short at 3000: -450 000 move with the price, and nothing was paid for it
    assert Standing(Decimal(-3), Decimal(3000)).exposure(MINI) == -450_000
    amount, _ = settled(MINI, Standing(), [(Decimal(-3), Decimal(3000))], Decimal(3000))
    assert amount == 0


def test_a_roll_is_two_trades_and_the_gap_between_the_contracts_is_no_cost() -> None:
    # METHODS 6.4: near 100, far 102, a yield of -24 % a year. It moves no cash: both legs settle where they trade.
    out, into = Leg(0, Decimal(-10), Decimal(100), Decimal("12.50")), Leg(1, Decimal(10), Decimal(102), Decimal("12.50"))
    sold, bought = rolled(DAY, out, into, currency="EUR")
    assert sold == Fill(DAY, 0, Decimal(-10), Decimal(100), ZERO, Decimal("12.50"), "roll", "EUR")
    assert bought == Fill(DAY, 1, Decimal(10), Decimal(102), ZERO, Decimal("12.50"), "roll", "EUR")
    entries, after = variations(
        DAY,
        {0: Standing(Decimal(10), Decimal(100))},
        [sold, bought],
        {0: Decimal(100), 1: Decimal(102)},
        {0: MINI, 1: MINI},
    )
    assert entries == ()
    assert after == {1: Standing(Decimal(10), Decimal(102))}
    assert sold.cost + bought.cost == 25  # the costs of the legs are the cost of the roll
    # As far becomes near it falls to 100: then the two points are lost, as variation. 10 * -2 * 50 = -1 000.
    (lost,), _ = variations(DAY, after, [], {1: Decimal(100)}, {1: MINI})
    assert lost.amount == -1000


def test_margin_by_hand() -> None:
    # Exposures 2 * 3000 * 50 = 300 000 and |-1| * 3100 * 50 = 155 000, 455 000: initial 6 % is 27 300, maintenance 5 % 22 750.
    units, settle = {7: Decimal(2), 8: Decimal(-1), 9: ZERO}, {7: Decimal(3000), 8: Decimal(3100)}
    futures = {7: MINI, 8: MINI, 9: MINI}
    required, initial = Decimal(22_750), Decimal(27_300)
    assert margin(units, settle, futures, Decimal(30_000)) == Margined(required, initial, Decimal(2_700), ZERO)
    assert margin(units, settle, futures, required) == Margined(required, initial, Decimal(-4_550), ZERO)
    called = margin(units, settle, futures, required - Decimal("0.01"))
    assert called == Margined(required, initial, Decimal("-4550.01"), Decimal("4550.01"))
    assert margin({}, {}, {}, Decimal(5)) == Margined(ZERO, ZERO, Decimal(5), ZERO)


# Against the chain of contract returns.


def chain_of_four(seed: int, cost: float) -> tuple[list[chains.Contract], list[chains.Roll]]:
    """Four contracts of twenty sessions that overlap by ten, and three rolls in the overlaps."""
    random, start = np.random.default_rng(seed), np.datetime64("2020-01-01")
    contracts, rolls = [], []
    for k in range(4):
        path = 80.0 * np.exp(np.cumsum(0.02 * random.standard_normal(20)))
        dates = start + np.arange(10 * k, 10 * k + 20)
        contracts.append(chains.Contract(f"F{k}", dates[-1], dates, path.round(2)))
    for near, far in pairwise(contracts):
        row = int(random.integers(11, 19))
        rolls.append(
            chains.Roll(near.dates[row], near.name, far.name, float(near.settle[row]), float(far.settle[row - 10]), cost)
        )
    return contracts, rolls


def by_contract(contracts: list[chains.Contract]) -> list[dict[np.datetime64, Decimal]]:
    """Settlements as the book has them."""
    return [{d: decimal_of(p) for d, p in zip(c.dates, c.settle.tolist(), strict=True)} for c in contracts]


def collateralised(contracts: list[chains.Contract], rolls: list[chains.Roll], money: Currency, bill: Decimal) -> list[Decimal]:
    """Cash after each session: each evening the notional is made equal to it, and it earns bills."""
    future, cash, held, path = Future(Decimal(50), currency=money), Decimal(10**7), 0, []
    standings: dict[int, Standing] = {}
    futures, ways, settle = dict.fromkeys(range(4), future), {roll.date: roll for roll in rolls}, by_contract(contracts)
    for on in np.arange(contracts[0].dates[0], contracts[-1].dates[-1] + 1):
        day, today = on.item(), {k: prices[on] for k, prices in enumerate(settle) if on in prices}
        trades: tuple[Fill, ...] = ()
        if on in ways:
            units = standings[held].units
            cost = money.round(units * today[held] * 50 * decimal_of(ways[on].cost))
            trades = rolled(day, Leg(held, -units, today[held], cost), Leg(held + 1, units, today[held + 1]))
            held += 1
        entries, standings = variations(day, standings, trades, today, futures)
        earned = money.round(cash * bill) if path else ZERO
        cash += earned + sum([entry.amount for entry in entries], ZERO) - sum([trade.cost for trade in trades], ZERO)
        path.append(cash)
        size = floor_to(cash / (today[held] * 50), Decimal("1e-12")) - standings.get(held, Standing()).units
        entries, standings = variations(day, standings, [fill(held, str(size), str(today[held]))], today, futures)
        assert entries == ()  # what is bought at the settlement has earned nothing
    return path


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.001]), st.sampled_from(["0", "0.0002"]))
@settings(max_examples=15, deadline=None)
def test_total_return_is_collateral_plus_excess(seed: int, cost: float, bill: str) -> None:
    contracts, rolls = chain_of_four(seed, cost)
    index = chains.chained(contracts, rolls).index
    total = index[1:] / index[:-1] - 1.0 + float(bill)
    with exact():
        unrounded = collateralised(contracts, rolls, Currency("USD", UNROUNDED), Decimal(bill))
        cents = collateralised(contracts, rolls, Currency(), Decimal(bill))
    assert np.array(unrounded[1:], dtype=float) == pytest.approx(1e7 * np.cumprod(1.0 + total), rel=1e-9)
    for (before, after), part in zip(pairwise(cents), total, strict=True):  # variation (two lifetimes), interest and cost
        assert abs(float(after) - float(before) * (1.0 + part)) <= 0.02 + 1e-6


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.001]))
@settings(max_examples=15, deadline=None)
def test_a_position_that_is_resized_at_rolls_alone_earns_the_chain(seed: int, cost: float) -> None:
    """Between two rolls the chain holds units: cash is its index with no trade on the way."""
    contracts, rolls = chain_of_four(seed, cost)
    index, cash = chains.chained(contracts, rolls).index, Decimal(10**7)
    begin, entry = contracts[0].dates[0], decimal_of(float(contracts[0].settle[0]))
    with exact():
        for prices, roll in zip(by_contract(contracts), [*rolls, None], strict=True):
            units = cash / (entry * 50)
            end = max(prices) if roll is None else roll.date
            standing = Standing(units, entry)
            for on in (on for on in prices if begin < on <= end):
                amount, standing = settled(MINI, standing, [], prices[on])
                cash += amount
            if roll is not None:
                cash -= MINI.currency.round(units * decimal_of(roll.price_old) * 50 * decimal_of(roll.cost))
                begin, entry = roll.date, decimal_of(roll.price_new)
    assert float(cash) == pytest.approx(1e7 * index[-1], abs=0.06)  # four stays and three costs, half a cent each, compounded


# Degenerate.


def test_a_future_of_the_register() -> None:
    assert Future.of(Instrument("NK", Contract.FUTURE, "JPY", Decimal(1000))) == Future(Decimal(1000), currency=currency("JPY"))
    with pytest.raises(ParameterError, match="not a future"):
        Future.of(Instrument("SPY"))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Future(ZERO), ParameterError, "multiplier"),
        (lambda: Future(Decimal("Infinity")), ParameterError, "multiplier"),
        (lambda: Future(initial=Decimal("0.05"), maintenance=Decimal("0.06")), ParameterError, "maintenance"),
        (lambda: Future(initial=Decimal(2)), ParameterError, "maintenance"),
        (lambda: variations(DAY, {}, [fill(0, "1", "5")], {}, {0: MINI}), DataError, "did not settle"),
        (lambda: variations(DAY, {}, [fill(0, "1", "5", amount="-5")], {0: Decimal(5)}, {0: MINI}), DataError, "moved -5"),
        (lambda: rolled(DAY, Leg(0, Decimal(-1), Decimal(5)), Leg(0, Decimal(1), Decimal(5))), ParameterError, "nowhere"),
        (lambda: rolled(DAY, Leg(0, Decimal(1), Decimal(5)), Leg(1, Decimal(1), Decimal(5))), ParameterError, "nowhere"),
        (lambda: margin({0: Decimal(1)}, {}, {0: MINI}, ZERO), DataError, "no price"),
        (
            lambda: margin(
                {0: Decimal(1), 1: Decimal(1)},
                {0: Decimal(1), 1: Decimal(1)},
                {0: MINI, 1: Future(currency=currency("JPY"))},
                ZERO,
            ),
            DataError,
            "JPY, USD",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()  # type: ignore[operator]

"""The section 104 pool: the running answer is that of the obvious batch, sums are exact, and HMRC's own examples come out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.taxes import identification
from trimtab.accounting.taxes.pool import Pools
from trimtab.core.entries import (
    Adjustment,
    Cancel,
    Delisting,
    Dividend,
    Entry,
    Fill,
    Flow,
    Merger,
    Opening,
    ReturnOfCapital,
    SpinOff,
    Split,
)
from trimtab.core.errors import InvariantError
from trimtab.core.money import UNROUNDED, ZERO, Currency, exact
from trimtab.core.taxes import Gain

DAY = date(2020, 1, 2)
POUNDS = Currency("GBP")
EXACT = Currency("GBP", UNROUNDED)


def buy(when: date, units: str | int, paid: str | int, *, asset: int = 0, cost: str = "0") -> Fill:
    return Fill(when, asset, Decimal(units), Decimal(1), -Decimal(paid), Decimal(cost), "o")


def sell(when: date, units: str | int, got: str | int, *, asset: int = 0, cost: str = "0") -> Fill:
    return Fill(when, asset, -Decimal(units), Decimal(1), Decimal(got), Decimal(cost), "o")


def posted(entries: Iterable[Entry], money: Currency = POUNDS) -> Pools:
    pools = Pools(money=money)
    for number, entry in enumerate(entries):
        pools.post(number, entry)
    return pools


def parts(gains: Sequence[Gain]) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    return [(gain.lot, gain.units, gain.proceeds, gain.cost) for gain in gains]


def at(day: int) -> date:
    return DAY + timedelta(days=day)


# The obvious batch, in fractions: all same days first, then sale by sale in order of time.


class Batch(NamedTuple):
    pieces: list[tuple[int, str, Fraction, Fraction, Fraction]]  # day, how, units, proceeds, cost
    units: Fraction
    cost: Fraction


class Trade(NamedTuple):
    day: int
    units: int  # above zero bought
    money: int


def batch(trades: Sequence[Trade]) -> Batch:
    bought, paid, sold, got = ({t.day: Fraction(0) for t in trades} for _ in range(4))
    for t in trades:
        side, money = (bought, paid) if t.units > 0 else (sold, got)
        side[t.day] += abs(t.units)
        money[t.day] += t.money
    each = {d: paid[d] / bought[d] if bought[d] else Fraction(0) for d in bought}
    got_each = {d: got[d] / sold[d] if sold[d] else Fraction(0) for d in sold}
    pieces = []
    for d in sorted(sold):
        n = min(bought[d], sold[d])
        if n:
            pieces.append((d, "same", n, n * got_each[d], n * each[d]))
            bought[d] -= n
            sold[d] -= n
    pool = Pool(bought, each)
    for d in sorted(sold):
        for e in sorted(bought):
            n = min(bought[e], sold[d]) if d < e <= d + 30 else Fraction(0)
            if n:
                pieces.append((d, f"day {e}", n, n * got_each[d], n * each[e]))
                bought[e] -= n
                sold[d] -= n
        pool.fill(d)
        if sold[d]:
            pieces.append((d, "pool", sold[d], sold[d] * got_each[d], pool.take(sold[d])))
    pool.fill(10**6)
    return Batch(sorted(pieces, key=lambda piece: piece[0]), pool.units, pool.cost)


class Pool:
    def __init__(self, bought: dict[int, Fraction], each: dict[int, Fraction]) -> None:
        self.waiting, self.bought, self.each = sorted(bought), bought, each
        self.units = self.cost = Fraction(0)

    def fill(self, day: int) -> None:
        """What is left of the purchases before `day` comes in."""
        while self.waiting and self.waiting[0] < day:
            e = self.waiting.pop(0)
            self.units, self.cost = self.units + self.bought[e], self.cost + self.bought[e] * self.each[e]

    def take(self, units: Fraction) -> Fraction:
        cost = self.cost * units / self.units
        self.units, self.cost = self.units - units, self.cost - cost
        return cost


@st.composite
def histories(draw: st.DrawFn, count: int = 14) -> list[Trade]:
    """Trades in order of time that never sell more than is held; days lie close enough for every rule to bite."""
    day, held, trades = 0, 0, []
    for step in draw(st.lists(st.integers(0, 25), min_size=1, max_size=count)):
        day += step
        size = draw(st.integers(-held, 40))
        if size:
            held += size
            trades.append(Trade(day, size, draw(st.integers(1, 10_000))))
    return trades


def entry_of(trade: Trade) -> Fill:
    way = buy if trade.units > 0 else sell
    return way(at(trade.day), abs(trade.units), Decimal(trade.money))


@settings(max_examples=60, deadline=None)
@given(histories())
def test_the_running_answer_is_that_of_the_batch_after_every_entry(trades: list[Trade]) -> None:
    pools = Pools(money=EXACT)
    for number, trade in enumerate(trades):
        pools.post(number, entry_of(trade))
        said = batch(trades[: number + 1])
        found = pools.gains
        assert [(gain.sold, gain.units) for gain in found] == [(at(d), n) for d, _, n, _, _ in said.pieces]
        for gain, (_, how, _, proceeds, cost) in zip(found, said.pieces, strict=True):
            assert (gain.lot == "pool") == (how == "pool")
            assert how[:3] != "day" or gain.acquired == at(int(how[4:]))
            assert float(gain.proceeds) == pytest.approx(float(proceeds), rel=1e-20, abs=1e-20)
            assert float(gain.cost) == pytest.approx(float(cost), rel=1e-20, abs=1e-20)
        assert pools.held(0) == said.units
        assert float(pools.cost(0)) == pytest.approx(float(said.cost), rel=1e-20, abs=1e-20)


@settings(max_examples=40, deadline=None)
@given(histories(), st.booleans())
def test_pence_add_up_whoever_asks_when(trades: list[Trade], asking: bool) -> None:
    pools = Pools()
    for number, trade in enumerate(trades):
        pools.post(number, entry_of(trade))
        if asking:
            assert pools.of(0) or not pools.cost(0)
            assert pools.gains is pools.gains  # it is not worked out twice
    gains = pools.gains
    with exact():
        assert sum((gain.proceeds for gain in gains), ZERO) == sum(t.money for t in trades if t.units < 0)
        spent = sum((gain.cost for gain in gains), ZERO) + pools.cost(0)
        assert spent == sum(t.money for t in trades if t.units > 0)
        assert sum((lot.units for lot in pools.of(0)), ZERO) == sum(t.units for t in trades) == pools.held(0)
        assert all(value == value.quantize(Decimal("0.01")) for gain in gains for value in (gain.cost, gain.proceeds))


@settings(max_examples=30, deadline=None)
@given(histories(10), st.randoms(use_true_random=False), st.integers(0, 9))
def test_backdated_and_cancelled_entries_find_their_place(trades: list[Trade], random: object, gone: int) -> None:
    entries = [entry_of(trade) for trade in trades]
    stock = Opening(at(-1), 0, Decimal(1000), Decimal(1000), at(-500))
    order = list(enumerate([stock, *entries]))
    late = order[1:]
    random.shuffle(late)  # type: ignore[attr-defined]
    mixed = Pools()
    for number, entry in [order[0], *late]:
        mixed.post(number, entry)
    assert mixed.gains == posted([stock, *entries]).gains
    mixed.post(99, Fill(at(gone * 7), 0, Decimal(3), Decimal(1), Decimal(-5), ZERO, "o"))
    mixed.post(100, Cancel(at(400), 99))
    assert mixed.gains == posted([stock, *entries]).gains
    assert mixed.of(0) == posted([stock, *entries]).of(0)


@settings(max_examples=30, deadline=None)
@given(histories(10), histories(10))
def test_assets_do_not_meet(first: list[Trade], second: list[Trade]) -> None:
    entries = [entry_of(trade) for trade in first] + [entry_of(trade)._replace(asset=1) for trade in second]
    entries.sort(key=lambda entry: entry.when)
    pools = Pools()
    for number, entry in enumerate(entries):
        pools.post(number, entry)
        assert pools.gains == sorted(pools.gains, key=lambda gain: gain.sold)
    for asset, trades in enumerate((first, second)):
        alone = posted([entry_of(trade) for trade in trades])
        assert [gain.amount for gain in pools.gains if gain.asset == asset] == [gain.amount for gain in alone.gains]
        assert pools.cost(asset) == alone.cost(0)


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 400))
def test_what_is_final_stays(trades: list[Trade], more: int) -> None:
    pools = posted([entry_of(trade) for trade in trades])
    settled = pools.gains[: pools.final]
    last = trades[-1].day if trades else 0
    pools.post(999, buy(at(last), 50, 70))
    pools.post(1000, buy(at(last + more), 50, 70))
    assert pools.gains[: len(settled)] == settled


@settings(max_examples=60, deadline=None)
@given(histories(), st.sampled_from([(3, 1), (1, 3), (2, 1), (7, 3), (1, 10)]), st.integers(0, 60))
def test_a_split_changes_no_money(trades: list[Trade], ratio: tuple[int, int], on: int) -> None:
    # behind the split the same trades in new units: what was spent and brought is the same, and units are those held
    stock = Opening(at(-1), 0, Decimal(2100), Decimal(777), at(-9))
    before = [entry_of(trade) for trade in trades if trade.day < on]
    after = [entry_of(trade) for trade in trades if trade.day >= on]
    with exact():
        held = sum((entry.units for entry in (stock, *before)), ZERO)
        new = (held * ratio[0] / ratio[1]).quantize(Decimal("0.00000001"))
        factor = Decimal(ratio[0]) / Decimal(ratio[1])
        scaled = [e._replace(units=(e.units * factor).quantize(Decimal("0.00000001"))) for e in after]
        left = new + sum((e.units for e in scaled), ZERO)
    pools = posted([stock, *before, Split(at(on), 0, new - held, ZERO), *scaled])
    plain = posted([stock, *before, *after])
    with exact():
        spent = sum((gain.cost for gain in pools.gains), ZERO) + pools.cost(0)
        assert spent == sum((gain.cost for gain in plain.gains), ZERO) + plain.cost(0)
        assert sum((g.proceeds for g in pools.gains), ZERO) == sum((g.proceeds for g in plain.gains), ZERO)
        assert sum((lot.units for lot in pools.of(0)), ZERO) == left == pools.held(0)
        for gain, other in zip(pools.gains, plain.gains, strict=False):
            if ratio == (2, 1):  # no units are rounded: gain by gain the same, to the penny that rounding may move
                assert (gain.acquired, gain.sold) == (other.acquired, other.sold)
                assert abs(gain.amount - other.amount) <= Decimal("0.05")


# HMRC's own examples; they print whole pounds.


def pounds(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1))


def test_ms_davy() -> None:
    # HMRC Capital Gains Manual CG51590, example 1: sold 2,000 for 6,850 on 16 March 2010, bought 2,000 for 6,790 on
    # 7 April: gain 60. Pool 2,500 for 3,700; 2,200 sold for 7,700: cost 3,256, gain 4,444; 300 left for 444.
    trades = [
        buy(date(2006, 4, 15), 1000, 1300),
        buy(date(2006, 8, 4), 1000, 1450),
        buy(date(2007, 1, 19), 500, 950),
        sell(date(2010, 3, 16), 2000, 6850),
        buy(date(2010, 4, 7), 2000, 6790),
        sell(date(2010, 12, 10), 2200, 7700),
    ]
    pools = posted(trades)
    assert parts(pools.gains) == [("4", 2000, 6850, 6790), ("pool", 2200, 7700, 3256)]
    assert [gain.amount for gain in pools.gains] == [60, 4444]
    assert (pools.held(0), pools.cost(0)) == (300, 444)
    # until the purchase in April is known the pool answers: 2,000 of 2,500 for 3,700 cost 2,960
    assert parts(posted(trades[:4]).gains) == [("pool", 2000, 6850, 2960)]


def test_mr_browne_and_the_peninsula_trust() -> None:
    # CG51590, example 2: 24,000 for 6,160, of which 7,500 for 3,000 on 10 December 2012: cost 1,925, gain 1,075. Example 4:
    # 45,000 for 33,600, of which 20,000 for 39,000: cost 14,933.33 (printed 14,934), left 25,000 for 18,666(.67)
    browne = [
        buy(date(2008, 8, 17), 10000, 2500),
        buy(date(2009, 4, 1), 10000, 2600),
        buy(date(2009, 10, 8), 4000, 1060),
        sell(date(2012, 12, 10), 7500, 3000),
    ]
    assert parts(posted(browne).gains) == [("pool", 7500, 3000, 1925)]
    trust = [
        buy(date(1997, 9, 24), 15000, 6750),
        buy(date(2001, 1, 30), 9000, 3600),
        buy(date(2004, 6, 14), 12000, 13800),
        buy(date(2005, 11, 26), 9000, 9450),
        sell(date(2010, 2, 23), 20000, 39000),
    ]
    assert parts(posted(trust).gains) == [("pool", 20000, 39000, Decimal("14933.33"))]
    assert (posted(trust).held(0), posted(trust).cost(0)) == (25000, Decimal("18666.67"))


def test_mrs_mountain() -> None:
    # CG51590, example 3 (the first cost is the value of 31 March 1982): 21,500 for 83,500, of which 16,500 for 114,675:
    # cost 64,081.40, gain 50,594 , left 5,000 for 19,419
    pools = posted(
        [
            buy(date(1979, 5, 27), 7500, 21000),
            buy(date(1988, 2, 6), 4000, 16500),
            buy(date(1993, 7, 28), 4000, 17000),
            buy(date(2005, 3, 31), 6000, 29000),
            sell(date(2013, 6, 13), 16500, 114675),
        ]
    )
    (gain,) = pools.gains
    assert (pounds(gain.cost), pounds(gain.amount)) == (64081, 50594)
    assert (pools.held(0), pounds(pools.cost(0))) == (5000, 19419)


def test_mr_schneider() -> None:
    # HMRC Helpsheet HS284, example 2: of 9,500, 4,000 sold for 6,000 on 30 August, 500 bought for 850 on 11 September:
    # proceeds of the 500 are 750, a loss of 100; the other 3,500 are from the pool
    pools = posted([buy(date(2015, 1, 5), 9500, 9500), sell(date(2024, 8, 30), 4000, 6000), buy(date(2024, 9, 11), 500, 850)])
    assert parts(pools.gains) == [("2", 500, 750, 850), ("pool", 3500, 5250, 3500)]


def test_lobster_plc() -> None:
    # HS284, example 3: 1,000 at 4.00 and costs of 150, 500 at 4.10 and 80; 700 sold at 4.80, costs 100: gain 329; 400 sold
    # at 5.20, costs 105: gain 300; 400 left. Cost of the 700: 6,280 * 700 / 1,500 = 2,930.67; of the 400 half of 3,349.33
    pools = posted(
        [
            buy(date(2015, 4, 1), 1000, 4000, cost="150"),
            buy(date(2018, 9, 1), 500, 2050, cost="80"),
            sell(date(2023, 5, 1), 700, 3360, cost="100"),
            sell(date(2024, 2, 1), 400, 2080, cost="105"),
        ]
    )
    assert [gain.cost for gain in pools.gains] == [Decimal("2930.67"), Decimal("1674.66")]
    assert [pounds(gain.amount) for gain in pools.gains] == [329, 300]
    assert (pools.held(0), pools.cost(0)) == (400, Decimal("1674.67"))


@pytest.mark.parametrize(
    ("holding", "sold", "on", "back", "bought", "matched"),
    [
        (1000, 1000, date(2011, 7, 1), date(2011, 7, 31), 1000, 1000),  # CG51560, example 1: day 30 is within
        (2500, 1700, date(2012, 3, 27), date(2012, 3, 30), 500, 500),  # example 2
        (10000, 2000, date(2009, 2, 28), date(2009, 3, 31), 3000, 0),  # example 3: day 31 is not
    ],
)
def test_thirty_days(holding: int, sold: int, on: date, back: date, bought: int, matched: int) -> None:
    pools = posted([buy(date(2005, 1, 4), holding, holding), sell(on, sold, 2 * sold), buy(back, bought, 2 * bought)])
    found = {gain.lot: gain.units for gain in pools.gains}
    assert found == {name: n for name, n in (("2", matched), ("pool", sold - matched)) if n}


# By hand.


def test_all_of_one_day_is_one() -> None:
    # held 100 for 100. One day: sold 30 for 90, bought 20 for 50, sold 20 for 70, bought 20 for 70.
    # 50 sold for 160, 40 bought for 120: 40 met by the day, proceeds 128, cost 120; 10 from the pool, 32 less 10
    pools = posted([buy(at(0), 100, 100), sell(at(9), 30, 90), buy(at(9), 20, 50), sell(at(9), 20, 70), buy(at(9), 20, 70)])
    assert parts(pools.gains) == [("2", 40, 128, 120), ("pool", 10, 32, 10)]
    assert {gain.entry for gain in pools.gains} == {1}
    assert (pools.held(0), pools.cost(0)) == (90, 90)


def test_a_purchase_belongs_to_its_own_day_first() -> None:
    # sold 10 on day 0; on day 5 bought 10 and sold 10: the day's own sale has it, and the first goes to the pool
    pools = posted([buy(at(-50), 40, 400), sell(at(0), 10, 150), buy(at(5), 10, 120), sell(at(5), 10, 130)])
    assert parts(pools.gains) == [("pool", 10, 150, 100), ("2", 10, 130, 120)]


def test_earlier_sales_come_first_and_earlier_purchases_too() -> None:
    # sales of 10 on days 0 and 3, purchases of 5 on day 6 and of 10 on day 8: the first takes 5 + 5, the second 5 + pool 5
    pools = posted([buy(at(-50), 40, 400), sell(at(0), 10, 110), sell(at(3), 10, 120), buy(at(6), 5, 60), buy(at(8), 10, 130)])
    assert parts(pools.gains) == [
        ("3", 5, 55, 60),
        ("4", 5, 55, 65),
        ("4", 5, 60, 65),
        ("pool", 5, 60, 50),
    ]


def test_a_split_between_a_sale_and_the_purchase_after_it() -> None:
    # 100 for 1000; 20 sold for 300; 2 for 1: 80 became 160; bought 10 for 70: they meet 5 of the 20, the pool the other 15
    sold = [buy(at(0), 100, 1000), sell(at(50), 20, 300), Split(at(55), 0, Decimal(80), ZERO)]
    pools = posted([*sold, buy(at(60), 10, 70)])
    assert parts(pools.gains) == [("3", 5, 75, 70), ("pool", 15, 225, 150)]
    assert (pools.held(0), pools.cost(0)) == (170, 850)
    # bought 60 for 420: 40 of them meet all 20, cost 280; 20 go into the pool with 140, beside 160 ... and the 40 that the
    # pool never gave: 200 + 20 - 40 = 180 are held, cost 1000 + 140
    pools = posted([*sold, buy(at(60), 60, 420)])
    assert parts(pools.gains) == [("3", 20, 300, 280)]
    assert (pools.held(0), pools.cost(0)) == (220, 1140)


def test_a_fraction_of_a_split_is_sold_from_the_pool() -> None:
    # 5 for 100, 1 for 2: two are left and half of one is paid out for 30: cost 100 * 0.5 / 2.5 = 20
    split = Split(at(9), 0, Decimal(-3), Decimal(30), fraction=Decimal("0.5"))
    pools = posted([buy(at(0), 5, 100), split])
    assert parts(pools.gains) == [("pool", Decimal("0.5"), 30, 20)]
    assert (pools.held(0), pools.cost(0)) == (2, 80)


def test_mergers_and_spin_offs_take_the_cost_along() -> None:
    # 100 of A for 1000. Spin-off: 30 % of the cost, 300, goes to 10 of B and a fraction of 2, paid out for 60: cost 50.
    # Merger: A (700) into 50 of C, of which 20 were held for 100, and 60 in cash, which lowers the cost: 640 + 100
    pools = posted(
        [
            buy(at(0), 100, 1000),
            buy(at(1), 20, 100, asset=2),
            SpinOff(at(20), 0, 1, Decimal(10), Decimal("0.3"), Decimal(60), fraction=Decimal(2)),
            Merger(at(40), 0, Decimal(-100), 2, Decimal(50), Decimal(60)),
        ]
    )
    assert [(gain.asset, gain.units, gain.proceeds, gain.cost) for gain in pools.gains] == [(1, 2, 60, 50)]
    assert pools.assets == (1, 2)
    assert [(pools.held(a), pools.cost(a)) for a in range(3)] == [(0, 0), (10, 250), (70, 740)]
    assert pools.of(2)[0].acquired == at(0)


def test_a_purchase_after_a_spin_off_changes_what_the_pool_hands_on() -> None:
    # 100 for 1000; 50 sold for 800 on day 20; half of the cost spun off on day 25: 250 of 500. When 50 are bought back for
    # 600 on day 30 they meet the sale, so that the pool still had 1000 on day 25: 500 went over
    entries = [buy(at(0), 100, 1000), sell(at(20), 50, 800), SpinOff(at(25), 0, 1, Decimal(5), Decimal("0.5"))]
    assert [posted(entries).cost(a) for a in (0, 1)] == [250, 250]
    again = posted([*entries, buy(at(30), 50, 600)])
    assert [again.cost(a) for a in (0, 1)] == [500, 500]
    assert parts(again.gains) == [("3", 50, 800, 600)]


def test_money_for_all_of_it_is_a_sale() -> None:
    taken_over = Merger(at(9), 0, Decimal(-10), 1, ZERO, Decimal(150))
    ended = Delisting(at(9), 0, Decimal(-10), Decimal(150))
    for last in (taken_over, ended):
        pools = posted([buy(at(0), 10, 100), last])
        assert parts(pools.gains) == [("pool", 10, 150, 100)]
        assert (pools.of(0), pools.cost(0), pools.assets) == ((), 0, ())


def test_capital_returned_lowers_the_cost_and_then_is_a_gain() -> None:
    # 100 of cost, 60 returned: 40 left; 60 more: 20 of gain, nothing left. An adjustment puts 5 back.
    given_ = [ReturnOfCapital(at(d), 0, Decimal(60)) for d in (5, 6)]
    pools = posted([buy(at(0), 10, 100), *given_, Adjustment(at(7), 0, "pool", Decimal(5))])
    assert parts(pools.gains) == [("pool", 0, 20, 0)]
    assert pools.cost(0) == 5


def test_openings_are_in_the_pool_and_dividends_are_nothing() -> None:
    # an opening within 30 days of a sale is no purchase
    pools = posted(
        [
            buy(at(0), 10, 100),
            sell(at(5), 10, 150),
            Opening(at(8), 0, Decimal(20), Decimal(500), at(-900)),
            Dividend(at(9), 0, Decimal(7)),
            Flow(at(9), Decimal(7)),
        ]
    )
    assert parts(pools.gains) == [("pool", 10, 150, 100)]
    assert pools.of(0)[0].acquired == at(-900)
    assert pools.cost(0) == 500


def test_asking_settles_nothing_too_early() -> None:
    # asked on day 30, when something else was bought: a purchase on that day still meets the sale of day 0
    pools = posted([buy(at(-50), 40, 400), sell(at(0), 10, 150), buy(at(30), 1, 1, asset=1)])
    assert [gain.lot for gain in pools.gains] == ["pool"]
    pools.post(3, buy(at(30), 10, 120))
    assert [gain.lot for gain in pools.gains] == ["3"]
    # asked when a purchase of today met it: a sale of today takes that purchase back
    pools = posted([buy(at(-50), 40, 400), sell(at(0), 10, 150), buy(at(5), 10, 120)])
    assert [gain.lot for gain in pools.gains] == ["2"]
    pools.post(3, sell(at(5), 10, 130))
    assert parts(pools.gains) == [("pool", 10, 150, 100), ("2", 10, 130, 120)]


def test_what_is_bought_after_a_merger_is_another_thing() -> None:
    gone = [buy(at(0), 20, 200), sell(at(50), 10, 150), Merger(at(55), 0, Decimal(-10), 1, Decimal(5), ZERO)]
    pools = posted([*gone, buy(at(60), 10, 999)])
    assert parts(pools.gains) == [("pool", 10, 150, 100)]
    assert [pools.cost(a) for a in (0, 1)] == [999, 100]


def test_a_split_of_nothing_is_none() -> None:
    pools = posted([buy(at(0), 10, 100), sell(at(50), 10, 150), Split(at(55), 0, ZERO, ZERO), buy(at(60), 10, 140)])
    assert parts(pools.gains) == [("3", 10, 150, 140)]
    assert (pools.held(0), pools.cost(0)) == (10, 100)


def test_a_currency_is_one_whether_it_is_named_or_not() -> None:
    # pounds are pounds; an asset in yen has whole ones: 1 of 3 for 100 costs 33, and what is spun off of it is in yen too
    def yen(entry: Fill) -> Fill:
        return entry._replace(currency="JPY")

    pools = posted([buy(at(0), 1, 10), buy(at(1), 1, 10)._replace(currency="GBP")])
    assert pools.cost(0) == 20
    spin = SpinOff(at(50), 0, 1, Decimal(1), Decimal("0.5"))
    pools = posted([yen(buy(at(0), 3, 100)), yen(sell(at(40), 1, 50)), spin])
    assert parts(pools.gains) == [("pool", 1, 50, 33)]
    assert [(lot.cost, lot.currency) for a in (0, 1) for lot in pools.of(a)] == [(33, "JPY"), (34, "JPY")]
    with pytest.raises(InvariantError, match="asset 1 has amounts in two currencies"):
        pools.post(3, buy(at(60), 1, 1, asset=1))


def test_nothing_is_nothing() -> None:
    pools = Pools(futures=[3])
    assert (pools.gains, pools.assets, pools.of(0), pools.cost(0), pools.final) == ([], (), (), 0, 0)
    pools.post(0, buy(at(0), 1, 1, asset=3))
    assert (pools.assets, pools.empty().futures) == ((), {3})


def test_what_cannot_be_is_refused_and_changes_nothing() -> None:
    pools = posted([buy(at(0), 10, 100)])
    lot = pools.of(0)
    wrong = [
        sell(at(5), 11, 100),
        sell(at(-5), 1, 100),
        ReturnOfCapital(at(5), 1, Decimal(1)),
        Split(at(5), 1, Decimal(16), ZERO),  # of what is not held: its units would be in no pool
        Split(at(-5), 0, Decimal(10), ZERO),
        Fill(at(5), 0, Decimal(1), Decimal(1), Decimal(-1), ZERO, "o", "USD"),
        Merger(at(5), 0, Decimal(-11), 1, Decimal(1), ZERO),
        Cancel(at(5), 0),
    ]
    pools.post(1, sell(at(3), 2, 30))
    gains = pools.gains
    for entry in wrong:
        with pytest.raises(InvariantError):
            pools.post(2, entry)
        assert (pools.held(0), pools.gains) == (8, gains)
    pools.post(2, buy(at(3), 2, 20))
    assert pools.of(0)[0].cost == lot[0].cost


def test_the_batch_catches_a_window_of_29_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identification, "AFTER", timedelta(days=29))
    trades = [Trade(0, 10, 100), Trade(40, -5, 70), Trade(70, 5, 60)]
    found = posted([entry_of(trade) for trade in trades]).gains
    assert [gain.lot for gain in found] == ["pool"]
    assert [how for _, how, *_ in batch(trades).pieces] == ["day 70"]

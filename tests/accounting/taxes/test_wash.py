"""Wash sales: entry by entry equals the whole window at once, nothing is lost but in an IRA, and the rule's hand examples."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounting.taxes.wash_reference import Deal, Life, batch
from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.wash import WashSales
from trimtab.core.entries import Fill
from trimtab.core.errors import DataError, InvariantError
from trimtab.core.money import UNROUNDED, ZERO, Currency, exact
from trimtab.core.taxes import Gain, Lot, LotMethod, Wrapper

START = date(2019, 1, 2)
PLACES = {"his": True, "hers": True, "ira": False}
GROUPS = {0: "index", 1: "index", 2: "gold"}
DOLLARS = Currency()
WRAPPERS = {True: Wrapper.TAXABLE, False: Wrapper.DEFERRED}


class Family:
    """Accounts that are watched together, posted to in order of time."""

    def __init__(self, places: Sequence[str] = ("own",), method: LotMethod = LotMethod.FIFO, money: Currency = DOLLARS) -> None:
        self.told: list[tuple[str, Decimal]] = []
        self.wash = WashSales(30, lambda asset: GROUPS.get(asset, str(asset)), told=self._hear)
        self.lots = {place: Lots(method, watcher=self.wash, money=money) for place in places}
        for place, lots in self.lots.items():
            self.wash.join(lots, WRAPPERS[PLACES.get(place, True)])
        self.number = 0

    def _hear(self, lots: Lots, gain: Gain, amount: Decimal) -> None:
        self.told.append((gain.lot, amount))

    def deal(self, when: date, units: int, amount: int | str, place: str = "own", *, asset: int = 0, cost: int = 0) -> str:
        """Units bought (above zero) or sold for `amount` in all; the number of the entry."""
        paid = Decimal(amount)
        fill = Fill(when, asset, Decimal(units), abs(paid / units), -paid if units > 0 else paid, Decimal(cost), "")
        number, self.number = self.number, self.number + 1
        with exact():
            self.lots[place].post(number, fill)
        return str(number)

    def held(self, place: str = "own", asset: int = 0) -> dict[str, tuple[int, Decimal, date]]:
        """Units, cost and beginning of the holding period by lot."""
        return {lot.id: (int(lot.units), lot.cost, lot.acquired) for lot in self.lots[place].of(asset)}

    def gains(self, place: str = "own") -> list[tuple[Decimal, Decimal]]:
        """Each loss (below zero) or gain, and what of it is disallowed."""
        return [(gain.amount, gain.disallowed) for gain in self.lots[place].gains]


def day(month: int, day_: int, year: int = 2021) -> date:
    return date(year, month, day_)


@st.composite
def lives(draw: st.DrawFn) -> list[Deal]:
    """Purchases and sales of what is there, close enough for windows to meet."""
    when, held, deals = START, dict.fromkeys([(p, a) for p in PLACES for a in GROUPS], 0), []
    for _ in range(draw(st.integers(1, 22))):
        when += timedelta(days=draw(st.sampled_from([0, 1, 5, 14, 29, 30, 31])))
        where = draw(st.sampled_from(list(held)[:7]))  # mostly the group of two assets
        price, bought = draw(st.integers(1, 30)), draw(st.booleans())
        units = draw(st.integers(1, 6)) if bought or not held[where] else -draw(st.integers(1, held[where]))
        held[where] += units
        deals.append(Deal(when, *where, units, price))
    return deals


def online(deals: Sequence[Deal]) -> Family:
    family = Family(tuple(PLACES), money=Currency("USD", UNROUNDED))
    for deal in deals:
        family.deal(deal.when, deal.units, abs(deal.units) * deal.price, deal.place, asset=deal.asset)
    return family


def purchase(lot: str) -> int:
    return int(lot.partition("~")[0])


def assert_same(family: Family, life: Life, deals: Sequence[Deal]) -> None:
    for place, lots in family.lots.items():
        own = [sold for sold in life.sold if deals[sold.deal].place == place]
        assert [(g.entry, purchase(g.lot), g.units, g.proceeds, g.cost, g.acquired, g.disallowed) for g in lots.gains] == [
            (s.deal, s.purchase, s.units, s.proceeds, s.cost, s.acquired, s.disallowed) for s in own
        ]
        for asset in GROUPS:
            here = {p: parts for p, parts in life.parts.items() if (deals[p].place, deals[p].asset) == (place, asset)}
            left = [(purchase(lot.id), lot.units, lot.cost, lot.acquired) for lot in lots.of(asset)]
            assert left == [(p, part.units, part.cost, part.acquired) for p, parts in here.items() for part in parts]


@given(lives())
def test_entry_by_entry_is_what_each_loss_finds_in_its_whole_window(deals: list[Deal]) -> None:
    assert_same(online(deals), batch(deals, PLACES, GROUPS), deals)


@pytest.mark.soak
@settings(max_examples=5_000)
@given(lives())
def test_entry_by_entry_is_the_whole_window_thousands_of_times(deals: list[Deal]) -> None:
    assert_same(online(deals), batch(deals, PLACES, GROUPS), deals)


@given(lives())
def test_what_is_disallowed_is_in_the_cost_of_something_or_was_met_in_an_ira(deals: list[Deal]) -> None:
    family = online(deals)
    taxed = [family.lots[place] for place, is_taxed in PLACES.items() if is_taxed]
    spent = sum(d.units * d.price for d in deals if d.units > 0 and PLACES[d.place])
    costs = sum((lot.cost for lots in taxed for a in GROUPS for lot in lots.of(a)), ZERO)
    costs += sum((gain.cost for lots in taxed for gain in lots.gains), ZERO)
    disallowed = sum((gain.disallowed for lots in taxed for gain in lots.gains), ZERO)
    assert 0 <= costs - spent <= disallowed
    if not any(deal.place == "ira" for deal in deals):
        assert costs - spent == disallowed
    for lots in taxed:
        assert all(ZERO <= gain.disallowed <= max(-gain.amount, ZERO) for gain in lots.gains)
    assert all(not gain.disallowed for gain in family.lots["ira"].gains)
    assert sum((amount for _, amount in family.told), ZERO) == disallowed


def test_the_example_of_the_tax_office() -> None:
    # IRS Publication 550: 100 bought for 1000, sold for 750; within 30 days 100 bought for 800: 250 disallowed, basis 1050
    family = Family()
    family.deal(day(3, 1), 100, 1000)
    family.deal(day(6, 9), -100, 750)
    second = family.deal(day(6, 29), 100, 800)
    assert family.gains() == [(-250, 250)]
    # held from 1 March to 9 June, 100 days: the new holding period begins 100 days before 29 June
    assert family.held() == {second: (100, Decimal(1050), day(3, 21))}


def test_replacements_bought_before_the_sale() -> None:
    # 100 for 5000 (24 Sep), 50 for 2750 (21 Dec), 25 for 1125 (28 Dec); the 100 are sold for 4000 on 4 Jan: a loss of 10
    # a unit, 50 + 25 units replaced: 500 + 250 disallowed, 250 allowed; costs 2750 + 500 and 1125 + 250
    family = Family()
    family.deal(day(9, 24), 100, 5000)
    first = family.deal(day(12, 21), 50, 2750)
    second = family.deal(day(12, 28), 25, 1125)
    family.deal(day(1, 4, 2022), -100, 4000)
    assert family.gains() == [(-1000, 750)]
    assert family.lots["own"].gains[0].taxed == -250
    tacked = timedelta(days=102)  # 24 September to 4 January: 6 + 31 + 30 + 31 + 4
    assert family.held() == {
        first: (50, Decimal(3250), day(12, 21) - tacked),
        second: (25, Decimal(1375), day(12, 28) - tacked),
    }


def test_a_replacement_in_an_ira_loses_the_loss_for_good() -> None:
    # Rev. Rul. 2008-5: 100 at 10, sold at 8, and 60 are bought in the IRA: 120 of 200 are lost, no cost is raised
    family = Family(("own", "ira"))
    family.deal(day(3, 1), 100, 1000)
    family.deal(day(6, 1), -100, 800)
    family.deal(day(6, 10), 60, 480, "ira")
    assert family.gains() == [(-200, 120)]
    assert sum(cost for _, cost, _ in family.held("ira").values()) == 480
    # the other 40 of the loss still wait, and what was used up in the IRA is not used twice: 40 more take 80
    family.deal(day(6, 20), 40, 320)
    assert family.gains() == [(-200, 200)]
    assert [cost for _, cost, _ in family.held().values()] == [400]


def test_a_loss_in_an_ira_is_none() -> None:
    family = Family(("own", "ira"))
    family.deal(day(3, 1), 100, 1000, "ira")
    family.deal(day(6, 1), -100, 800, "ira")
    second = family.deal(day(6, 10), 100, 700)
    assert (family.gains("ira"), family.held()) == ([(-200, 0)], {second: (100, Decimal(700), day(6, 10))})


def test_the_spouse_buys_the_replacement() -> None:
    family = Family(("his", "hers"))
    family.deal(day(3, 1), 100, 1000, "his")
    family.deal(day(6, 1), -100, 800, "his")
    other = family.deal(day(6, 10), 100, 900, "hers", asset=1)  # another share class of the same index
    assert family.gains("his") == [(-200, 200)]
    assert family.held("hers", 1) == {other: (100, Decimal(1100), day(3, 10))}  # 92 days before 10 June


def test_something_else_is_no_replacement() -> None:
    family = Family()
    family.deal(day(3, 1), 100, 1000)
    family.deal(day(6, 1), -100, 800)
    family.deal(day(6, 10), 100, 900, asset=2)
    assert family.gains() == [(-200, 0)]


def test_a_partial_replacement_parts_the_lots() -> None:
    # 100 at 10 sold at 7: 3 a unit. Of 150 that are bought 100 are replacements: the lot is parted 50 and 100 + 300
    family = Family()
    family.deal(day(3, 1), 100, 1000)
    family.deal(day(6, 1), -100, 700)
    lot = family.deal(day(6, 11), 150, 1200)
    assert family.gains() == [(-300, 300)]
    assert family.held() == {
        lot: (50, Decimal(400), day(6, 11)),
        f"{lot}~1": (100, Decimal(1100), day(3, 11)),  # 92 days earlier
    }


@pytest.mark.parametrize(("days", "disallowed"), [(-31, 0), (-30, 200), (0, 200), (30, 200), (31, 0)])
def test_the_window_is_thirty_days_at_both_ends(days: int, disallowed: int) -> None:
    sale = day(6, 15)
    family = Family()
    family.deal(day(1, 4), 100, 1000)
    if days < 0:
        family.deal(sale + timedelta(days=days), 100, 900)
    family.deal(sale, -100, 800)
    if days >= 0:
        family.deal(sale + timedelta(days=days), 100, 900)
    assert family.gains() == [(-200, disallowed)]


def test_two_losses_meet_one_purchase_the_earlier_first() -> None:
    # losses of 100 on 50 units (1 June) and 250 on 50 units (5 June); 70 are bought: 50 for the first, 20 of 50 for the
    # second, 20 x 5 = 100
    family = Family()
    family.deal(day(1, 4), 100, 1000)
    family.deal(day(6, 1), -50, 400)
    family.deal(day(6, 5), -50, 250)
    lot = family.deal(day(6, 20), 70, 350)
    assert family.gains() == [(-100, 100), (-250, 100)]
    assert family.held() == {
        f"{lot}~1": (50, Decimal(350), day(6, 20) - (day(6, 1) - day(1, 4))),
        lot: (20, Decimal(200), day(6, 20) - (day(6, 5) - day(1, 4))),
    }


def test_a_chain_of_losses_carries_all_of_them_on() -> None:
    # 100 at 10 sold at 8 (loss 200), bought at 9 (cost 1100), sold at 7 (loss 400), bought at 6 (cost 1000), sold at 11:
    # a gain of 100 = 800 + 700 + 1100 - 1000 - 900 - 600, and all three holding periods count
    family = Family()
    family.deal(day(1, 4), 100, 1000)
    family.deal(day(2, 4), -100, 800)  # 31 days
    family.deal(day(2, 14), 100, 900)
    family.deal(day(3, 14), -100, 700)  # 28 days and 31 tacked
    family.deal(day(3, 24), 100, 600)
    family.deal(day(5, 24), -100, 1100)
    assert family.gains() == [(-200, 200), (-400, 400), (100, 0)]
    assert family.lots["own"].gains[-1].acquired == day(3, 24) - timedelta(days=28 + 31)
    assert sum((gain.taxed for gain in family.lots["own"].gains), ZERO) == 100


def test_the_rest_of_the_very_purchase_that_is_sold_is_no_replacement() -> None:
    # Rev. Rul. 56-602: 100 bought on 1 June; 60 sold at a loss on 10 June; the other 40 replace nothing
    family = Family()
    lot = family.deal(day(6, 1), 100, 1000)
    family.deal(day(6, 10), -60, 480)
    assert (family.gains(), family.held()) == ([(-120, 0)], {lot: (40, Decimal(400), day(6, 1))})
    # nor do they where the lot was parted: 20 are bought, take 40 of the loss, and are sold at a loss with 40 left
    later = family.deal(day(6, 12), 20, 160)
    assert family.gains() == [(-120, 40)]
    family.deal(day(6, 14), -10, 70)  # first in, first out: of the first purchase; the 20 are used up already
    assert family.gains()[1] == (-30, 0)
    assert family.held()[later][1] == 200


def test_units_that_left_before_or_with_the_sale_are_no_replacement() -> None:
    family = Family()
    family.deal(day(1, 4), 100, 1000)
    family.deal(day(6, 1), 100, 900)
    family.deal(day(6, 10), -200, 1600)  # both at once: losses of 200 and 100
    assert family.gains() == [(-200, 0), (-100, 0)]


def test_cents_are_parted_exactly() -> None:
    # a loss of 10.00 on 3 units: 3.33 on the first, then half of 6.67, and the last takes what is left
    family = Family()
    family.deal(day(1, 4), 3, 100)
    family.deal(day(6, 1), -3, 90)
    numbers = [family.deal(day(6, n), 1, 30) for n in (2, 3, 4)]
    assert family.gains() == [(-10, 10)]
    assert [family.held()[number][1] for number in numbers] == [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")]


def test_costs_of_trading_are_part_of_the_loss() -> None:
    # bought for 1000 and 5, sold for 1000 less 7: a loss of 12
    family = Family()
    family.deal(day(1, 4), 10, 1000, cost=5)
    family.deal(day(6, 1), -10, 1000, cost=7)
    lot = family.deal(day(6, 2), 10, 1000, cost=5)
    assert (family.gains(), family.held()[lot][1]) == ([(-12, 12)], Decimal(1017))


def test_a_split_counts_the_loss_that_waits_in_new_units() -> None:
    # 100 sold at a loss of 200; a 2:1 split; 100 bought after it are half of what was sold
    family = Family()
    family.deal(day(1, 4), 100, 1000)
    family.deal(day(6, 1), -100, 800)
    for _ in range(2):  # two accounts hear of the same split
        family.wash.split(0, day(6, 3), Decimal(2))
    family.deal(day(6, 10), 100, 400)
    assert family.gains() == [(-200, 100)]


@pytest.mark.parametrize("method", [LotMethod.LIFO, LotMethod.HIFO])
def test_an_older_purchase_within_the_window_is_a_replacement_too(method: LotMethod) -> None:
    # 1 June at 8, 5 June at 10; the second is sold at 9 on 10 June: what came on 1 June is within 30 days
    family = Family(method=method)
    lot = family.deal(day(6, 1), 10, 80)
    family.deal(day(6, 5), 10, 100)
    family.deal(day(6, 10), -10, 90)
    assert (family.gains(), family.held()[lot][:2]) == ([(-10, 10)], (10, Decimal(90)))


def test_two_currencies_need_a_rate() -> None:
    def sold_in_euros(wash: WashSales) -> Lots:
        lots = Lots(watcher=wash)
        wash.join(lots)
        lots.post(0, Fill(day(1, 4), 0, Decimal(10), Decimal(10), Decimal(-100), ZERO, "", "EUR"))
        lots.post(1, Fill(day(6, 1), 0, Decimal(-10), Decimal(8), Decimal(80), ZERO, "", "EUR"))
        lots.post(2, Fill(day(6, 2), 1, Decimal(10), Decimal(9), Decimal(-90), ZERO, "", "USD"))
        return lots

    rates = {"EUR": Decimal("1.25"), "USD": Decimal(1)}
    lots = sold_in_euros(WashSales(30, GROUPS.__getitem__, rate=lambda code, _: rates[code]))
    assert lots.of(1)[0].cost == 115  # 90 and 20 euros at 1.25
    with pytest.raises(DataError, match="a loss in EUR has a replacement in USD"):
        sold_in_euros(WashSales(30, GROUPS.__getitem__))


def test_lots_that_never_joined_are_refused() -> None:
    lots = Lots(watcher=WashSales())
    with pytest.raises(InvariantError, match="never joined"):
        lots.post(0, Fill(day(1, 4), 0, Decimal(10), Decimal(10), Decimal(-100), ZERO, ""))


def test_a_replacement_that_was_exchanged_for_the_same_is_found() -> None:
    from trimtab.core.entries import Merger

    family = Family()
    family.deal(day(1, 4), 10, 100)
    family.deal(day(6, 1), 10, 90)
    with exact():  # share class 0 becomes share class 1, two for one
        family.lots["own"].post(2, Merger(day(6, 3), 0, Decimal(-20), 1, Decimal(40), ZERO))
    family.number = 3
    family.deal(day(6, 10), -20, 80, asset=1)
    assert family.gains() == [(-20, 20)]
    assert family.held(asset=1)["2.1"][:2] == (20, Decimal(110))


EXAMPLE = Path(__file__).parents[4] / "shared" / "data" / "taxlots"


@pytest.mark.skipif(not EXAMPLE.exists(), reason="the example of taxlots is not shipped")
def test_the_example_of_taxlots() -> None:
    family = Family()
    for line in (EXAMPLE / "input_example.csv").read_text(encoding="utf-8").splitlines()[1:]:
        when, _, _, units, price, fee = line.split(",")
        amount = abs(int(units)) * Decimal(price)
        family.deal(date.fromisoformat(when), int(units), str(amount), cost=int(Decimal(fee or 0)))
    closed, opened = printed((EXAMPLE / "output_example.txt").read_text(encoding="utf-8"))
    names = {"0": "lot 01", "1": "lot 02", "3": "lot 03", "5": "lot 04", "5~1": "lot 04"}
    found = [
        (names[gain.lot], gain.units, gain.proceeds, gain.cost, gain.disallowed, gain.taxed)
        for gain in family.lots["own"].gains
    ]
    assert [row[:2] for row in found] == [row[:2] for row in closed]
    for row, theirs in zip(found, closed, strict=True):
        for ours, other in zip(row[2:], theirs[2:], strict=True):
            assert abs(ours - other) <= Decimal("0.5")  # whole dollars
    left: Sequence[Lot] = family.lots["own"].of(0)
    assert sum(lot.units for lot in left) == opened[0]
    assert abs(sum(lot.cost for lot in left) - opened[1]) <= Decimal("0.5")


def printed(text: str) -> tuple[list[tuple[str, int, int, int, int, int]], tuple[int, int]]:
    """The closed lots, and the units and cost of the open one."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if " | lot " in line]
    closed = [(r[1], *map(int, (r[2], r[5], r[6], r[7], r[8]))) for r in rows if len(r) == 9]
    opened = next(r for r in rows if len(r) == 5)
    return closed, (int(opened[2]), int(opened[4]))

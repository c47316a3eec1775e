"""Sales that are foreseen: their gains are those of the household once it has booked them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.foreseen import Ahead, foreseen
from trimtab.accounting.taxes.household import Household, fold
from trimtab.accounting.taxes.us import UsFederal
from trimtab.core.entries import Entry, Fill
from trimtab.core.households import Account
from trimtab.core.taxes import Gain, LotMethod, Wrapper

REGIME = UsFederal(short=0.4, long=0.2, ordinary=0.4, qualified=0.2)
PLACES = {
    "a": Account("a", "us", lots=LotMethod.MIN_TAX),
    "b": Account("b", "us", lots=LotMethod.HIFO),
    "ira": Account("ira", "us", Wrapper.DEFERRED),
}
ALIKE = ("stocks", "stocks", "gold")
DAY = date(2026, 11, 2)

Life = tuple[dict[str, list[Entry]], list[Ahead]]


def deal(when: date, asset: int, units: int, price: Decimal) -> Fill:
    return Fill(when, asset, Decimal(units), price, (-units * price).quantize(Decimal("0.01")), Decimal(0), "")


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Purchases and sales of many days in three accounts; then everything of some assets is sold, some are bought.

    Nothing else is booked on the last day: what meets what within a day depends on the order of its entries.
    """
    entries: dict[str, list[Entry]] = {place: [] for place in PLACES}
    held: dict[tuple[str, int], int] = {}
    when = DAY - timedelta(days=draw(st.integers(60, 400)))
    prices = st.integers(900, 1100).map(lambda cents: Decimal(cents).scaleb(-1))
    for _ in range(draw(st.integers(1, 14))):
        when = min(DAY - timedelta(days=1), when + timedelta(days=draw(st.sampled_from([0, 1, 7, 20, 29, 30, 31, 60]))))
        key = (draw(st.sampled_from(list(PLACES))), draw(st.integers(0, 2)))
        count = draw(st.integers(1, 9)) if draw(st.integers(0, 3)) or not held.get(key) else -draw(st.integers(1, held[key]))
        held[key] = held.get(key, 0) + count
        entries[key[0]].append(deal(when, key[1], count, draw(prices)))
    ahead: list[Ahead] = []
    for place in PLACES:
        for asset in draw(st.permutations(range(3))):
            if draw(st.booleans()):
                units = -held.get((place, asset), 0) or draw(st.integers(1, 9))
                ahead.append((place, deal(DAY, asset, units, draw(prices))))
    return entries, draw(st.permutations(ahead))


def family(entries: Mapping[str, list[Entry]]) -> Household:
    return fold(Household(REGIME, PLACES, group_of=ALIKE.__getitem__), entries)


def state(one: Household) -> object:
    return {place: (list(lots.gains), [lots.of(asset) for asset in range(3)]) for place, lots in one.lots.items()}


def bare(gain: Gain) -> Gain:
    """Numbers of entries, and the ids that they give to lots, are those of the book."""
    return gain._replace(lot="", entry=0)


@given(lives())
def test_what_is_foreseen_is_what_the_household_counts_once_it_is_booked(life: Life) -> None:
    entries, ahead = life
    one = family(entries)
    before = state(one)
    found = foreseen(one, ahead, DAY)
    assert state(one) == before
    whole, numbers = {place: list(own) for place, own in entries.items()}, dict[int, int]()
    for k in sorted(range(len(ahead)), key=lambda k: ahead[k][1].units > 0):  # a place books its sales first
        place, fill = ahead[k]
        numbers[k] = len(whole[place])
        whole[place].append(fill)
    booked = family(whole)
    for k, number in numbers.items():
        gains = [gain for gain in booked.lots[ahead[k][0]].gains if gain.entry == number]
        if k in found:
            assert [bare(gain) for gain in found[k]] == [bare(gain) for gain in gains]
        else:
            assert not any(gain.disallowed for gain in gains)

"""Netting: nothing is lost on the way, and the cases of Schedule D by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.accounting.taxes.netting import across, net
from trimtab.core.taxes import Carried

cents = st.integers(-(10**8), 10**8).map(lambda n: Decimal(n).scaleb(-2))
above = st.integers(0, 10**8).map(lambda n: Decimal(n).scaleb(-2))


@given(cents, cents, above, above, above)
def test_gains_less_losses_are_what_is_taxed_used_and_carried(
    short: Decimal, long: Decimal, old_short: Decimal, old_long: Decimal, limit: Decimal
) -> None:
    found = net(short, long, Carried(old_short, old_long), limit)
    left = found.short + found.long - found.used - found.carried.short - found.carried.long
    assert left == short + long - old_short - old_long
    assert min(found.short, found.long, found.used, found.carried.short, found.carried.long) >= 0
    assert found.used <= limit
    if found.short or found.long:  # no loss is kept beside a gain
        assert (found.used, found.carried) == (0, Carried())
    assert found.carried == Carried() or found.used == limit  # nothing is carried before the limit is used


@given(cents, cents)
def test_across_leaves_no_two_signs_and_the_same_sum(short: Decimal, long: Decimal) -> None:
    after = across(short, long)
    assert sum(after) == short + long
    assert after[0] * after[1] >= 0
    assert abs(after[0]) <= abs(short)
    assert abs(after[1]) <= abs(long)


CASES = [
    # short, long, carried in (short, long), limit -> taxed (short, long), used, carried on (short, long)
    ("two gains are taxed each by its term", (500, 700, 0, 0, 3000), (500, 700, 0, 0, 0)),
    ("a long loss takes off a short gain", (500, -200, 0, 0, 3000), (300, 0, 0, 0, 0)),
    ("a short loss takes off a long gain", (-200, 700, 0, 0, 3000), (0, 500, 0, 0, 0)),
    ("equal and opposite leave nothing", (-700, 700, 0, 0, 3000), (0, 0, 0, 0, 0)),
    ("a short loss above the long gain meets income", (-900, 700, 0, 0, 3000), (0, 0, 200, 0, 0)),
    ("a long loss above the short gain meets income", (700, -900, 0, 0, 3000), (0, 0, 200, 0, 0)),
    ("3000 of two losses, the short one first", (-2000, -4000, 0, 0, 3000), (0, 0, 3000, 0, 3000)),
    ("a short loss above 3000 stays short", (-5000, -4000, 0, 0, 3000), (0, 0, 3000, 2000, 4000)),
    ("a long loss above 3000 stays long", (0, -10000, 0, 0, 3000), (0, 0, 3000, 0, 7000)),
    ("what is carried meets its own term first", (1000, 1000, 600, 0, 3000), (400, 1000, 0, 0, 0)),
    ("and then the other", (1000, 1000, 1600, 0, 3000), (0, 400, 0, 0, 0)),
    ("carried of both terms, a gain of one", (4000, 0, 1000, 5000, 3000), (0, 0, 2000, 0, 0)),
    ("no income, nothing used", (-5000, 0, 0, 100, 0), (0, 0, 0, 5000, 100)),
    ("nothing at all", (0, 0, 0, 0, 3000), (0, 0, 0, 0, 0)),
]


@pytest.mark.parametrize(("given_", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_netting_by_hand(given_: tuple[int, ...], expected: tuple[int, ...]) -> None:
    short, long, old_short, old_long, limit = map(Decimal, given_)
    found = net(short, long, Carried(old_short, old_long), limit)
    assert (found.short, found.long, found.used, found.carried.short, found.carried.long) == expected

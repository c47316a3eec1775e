"""Law 8 for a sweep of every policy of the gallery, on real prices: some months here, all years in the soak."""

from __future__ import annotations

from datetime import date

import pytest

from tests.desk import law_8_worlds as made
from tests.desk.real_gallery import market_of
from trimtab.desk import gallery
from trimtab.desk.prepare import load_market, until

START = dict.fromkeys(gallery.shelf(), "2010-01-01") | dict.fromkeys(gallery.samples(), "2012-06-01")
START["value-when-stressed"] = "2019-01-01"
FINE = ("execution.rounding=none", "execution.digits=10")
BIG = "capital=1000000 USD,2000000 USD"
LANES = ("static-60-40", "ten-month-timing", "value-when-stressed")
SOLVED = {"trend-tilts": 1e-7}  # an answer of a solver moves by 1e-8 where its question moves by 1e-16
every_policy = pytest.mark.parametrize("name", gallery.names())


def faults(name: str, *axes: str, short: bool) -> tuple[set[str], list[str]]:
    """Through which engines a policy went, and what is not as its backtests have it."""
    one = gallery.named(name)
    world = load_market(one) if name in gallery.samples() else market_of(one)
    world = until(world, date(2011, 1, 31)) if short and name not in gallery.samples() else world
    found = made.swept(one, world, *FINE, *axes)
    some = range(len(found.numbers))
    wrong = made.law_8(found, made.variants(one, *FINE, *axes), world, some, closeness=SOLVED.get(name, 1e-9))
    return set(found.engines), [*found.failed.values(), *wrong]


@every_policy
def test_some_months_are_those_of_a_backtest(name: str) -> None:
    assert faults(name, f"start={START[name]}", short=True) == ({"numba" if name in LANES else "twin"}, [])


@pytest.mark.soak
@every_policy
def test_all_years_are_those_of_a_backtest(name: str) -> None:
    axes = ("schedule.decide=month-end,quarter-end", "costs.bps=3,12") if name in LANES else (BIG,)
    assert faults(name, *axes, short=False)[1] == []

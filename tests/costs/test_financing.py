"""Cash: what it earns, and what borrowing costs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core.errors import ParameterError
from trimtab.costs.financing import Cash


def test_by_hand() -> None:
    # Bills grew by .4 % in a month. 1000 earn 4. A debt of 1000 pays 4 and 1.2 % / 12 of 1000 = 1 besides.
    accrued = Cash("bills", 0.012).accrue(np.array([1000.0, -1000.0, 0.0]), np.array(1.004), np.array(1 / 12))
    assert accrued == pytest.approx([4.0, -5.0, 0.0])


def test_the_leverage_identity() -> None:
    # k = 1.5 of an asset that made 2 %, bills .3 %, spread .6 % a year, one month: k r + (1 - k) rf - (k - 1) s / 12.
    k, risky, bills, spread = 1.5, 0.02, 0.003, 0.006
    interest = Cash("bills", spread).accrue(np.array(1.0 - k), np.array(1.0 + bills), np.array(1 / 12))
    assert k * risky + float(interest) == pytest.approx(k * risky + (1 - k) * bills - (k - 1) * spread / 12, abs=1e-15)


def test_without_a_series_cash_stays_what_it_is() -> None:
    assert Cash().accrue(np.array([5.0, -5.0]), np.array(1.0), np.array(1.0)).tolist() == [0.0, 0.0]


def test_unknown_growth_is_unknown_interest() -> None:
    assert np.isnan(Cash("bills").accrue(np.array(1.0), np.array(np.nan), np.array(1.0)))


@given(cash=st.floats(-1e9, 1e9), growth=st.floats(0.9, 1.1), years=st.floats(0.0, 1.0), spread=st.floats(0.0, 0.2))
def test_borrowing_never_costs_less_than_bills(cash: float, growth: float, years: float, spread: float) -> None:
    plain, dear = (Cash("b", s).accrue(np.array(cash), np.array(growth), np.array(years)) for s in (0.0, spread))
    assert dear <= plain
    assert dear == plain or cash < 0.0


def test_arrays_broadcast() -> None:
    accrued = Cash("bills", 0.01).accrue(np.ones((4, 1)), np.full((1, 3), 1.01), np.full(3, 0.1))
    assert accrued.shape == (4, 3)


def test_words() -> None:
    assert Cash().words == "cash earns nothing, borrowing costs nothing"
    assert Cash("tbills").words == "cash earns tbills, borrowing costs tbills"
    assert Cash("tbills", 0.0125).words == "cash earns tbills, borrowing costs tbills and 1.25 % a year"
    assert Cash("", 0.02).words == "cash earns nothing, borrowing costs 2 % a year"


def test_wrong_arguments_are_refused_at_the_door() -> None:
    with pytest.raises(ParameterError) as caught:
        Cash("bills", -0.01)
    assert caught.value.field == "borrow_spread"


def test_margins_are_two_numbers_that_the_words_tell() -> None:
    cash = Cash("tbills", 0.01, 0.25, 0.5)
    told = "; purchases leave equity of 50 % of the exposure, and the broker calls below 25 %"
    assert cash.words == "cash earns tbills, borrowing costs tbills and 1 % a year" + told
    assert Cash(initial=0.5).words.endswith("; purchases leave equity of 50 % of the exposure")
    assert float(cash.accrue(np.array(-100.0), np.array(1.0), np.array(1.0))) == -1.0


@pytest.mark.parametrize(
    ("margins", "field"),
    [
        ((0.3, 0.2), "maintenance"),
        ((0.25, 0.0), "maintenance"),
        ((-0.1, 0.2), "maintenance"),
        ((0.2, 1.1), "initial"),
    ],
)
def test_margins_that_contradict_each_other_are_refused(margins: tuple[float, float], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Cash("bills", 0.0, *margins)
    assert caught.value.field == field


def test_policies_that_say_nothing_of_margins_keep_their_hash() -> None:
    from trimtab.desk.config import plain_values

    assert plain_values(Cash("bills", 0.01)).keys() == {"series", "borrow_spread"}
    assert plain_values(Cash("bills", 0.01, 0.25, 0.5)).keys() == {"series", "borrow_spread", "maintenance", "initial"}

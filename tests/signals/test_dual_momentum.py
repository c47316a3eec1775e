"""Dual momentum: by hand where the two gates differ, against a slow reference, its laws and words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.signals.array_view import ArrayView, Named, panel, random_panel
from tests.signals.laws import answer, order_faults, same
from trimtab.core.errors import ParameterError
from trimtab.core.terms import TOTAL_RETURN, months
from trimtab.signals.dual_momentum import DualMomentum, Gate

nan = np.nan
GEM = DualMomentum(("US", "EX"), "BONDS", "bills", months(2))
HOME = dataclasses.replace(GEM, gate=Gate.HOME)


def world(index: list[list[float]], bills: list[float]) -> ArrayView:
    """US, other equities, bonds and gold, and bills beside them."""
    made = panel(index)
    return dataclasses.replace(
        made, ids=("US", "EX", "BONDS", "GOLD"), named={"bills": Named(made.sessions, made.sessions, np.array(bills))}
    )


#        US     EX     BONDS  GOLD
ROWS = [[100.0, 100.0, 100.0, 1.0], [100.0, 102.0, 101.0, 2.0], [101.0, 105.0, 99.0, 3.0], [90.0, 101.0, 98.0, 4.0]]
BILLS = [1.00, 1.01, 1.02, 1.03]


def test_the_gates_differ_by_hand() -> None:
    # Third row: US +1 %, EX +5 %, bills +2 %. EX leads and beats bills: in by its own gate. US has lost to bills: by
    # the home gate it is bonds.
    view = world(ROWS, BILLS)
    assert same(GEM(view).values[2], np.array([-1.0, 1.0, -1.0, nan]))
    assert same(HOME(view).values[2], np.array([-1.0, -1.0, 1.0, nan]))
    # Fourth row: US -10 %, EX 101 / 102 - 1 = -1 %, bills 1.03 / 1.01 - 1 = +2 %: bonds by both gates.
    assert same(GEM(view).values[3], np.array([-1.0, -1.0, 1.0, nan]))
    assert same(HOME(view).values[3], np.array([-1.0, -1.0, 1.0, nan]))
    assert np.isnan(GEM(view).values[:2]).all()


def test_at_ties_home_leads_and_bills_win() -> None:
    level = world([[1.0, 2.0, 1.0, 1.0], [1.0, 2.0, 1.0, 1.0], [1.1, 2.2, 1.0, 1.0]], [1.0, 1.0, 1.0])
    assert same(GEM(level).values[2], np.array([1.0, -1.0, -1.0, nan]))
    assert same(dataclasses.replace(GEM, among=("EX", "US"))(level).values[2], np.array([-1.0, 1.0, -1.0, nan]))
    as_bills = dataclasses.replace(level, named={"bills": Named(level.sessions, level.sessions, np.array([10.0, 10.0, 11.0]))})
    assert same(GEM(as_bills).values[2], np.array([-1.0, -1.0, 1.0, nan]))


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gate=st.sampled_from(list(Gate)))
def test_against_a_slow_reference(seed: int, gate: Gate) -> None:
    view = random_panel(seed, 40, 5, gaps=0.03)
    among, refuge = ("A3", "A0", "A4"), "A1"
    got = DualMomentum(among, refuge, "bills", months(5), gate)(view).values
    returns = pd.DataFrame(view.fields[TOTAL_RETURN], columns=[f"A{a}" for a in range(5)])
    held = returns[refuge]
    returns = returns / returns.shift(5) - 1.0
    bills = pd.Series(view.named["bills"].values).pct_change(5)
    for row in range(40):
        past = returns.loc[row, list(among)]
        if past.isna().any() or np.isnan(bills[row]) or np.isnan(held[row]):
            assert np.isnan(got[row]).all()
            continue
        judged = past.max() if gate is Gate.WINNER else past["A3"]
        hold = past.idxmax() if judged > bills[row] else refuge
        assert same(got[row], np.array([nan if a == 2 else (1.0 if hold == f"A{a}" else -1.0) for a in range(5)]))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_exactly_one_is_held_and_assets_permute(seed: int) -> None:
    view = random_panel(seed, 30, 4)
    signal = DualMomentum(("A2", "A0"), "A3", "bills", months(3), Gate.HOME)
    assert ((signal(view).values[3:] == 1.0).sum(axis=1) == 1).all()
    assert not order_faults(answer(signal), view, [3, 1, 0, 2])


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_what_is_needed_and_missing_leaves_all_unknown(missing: int) -> None:
    rows = [row.copy() for row in ROWS]
    rows[2][missing] = nan
    assert np.isnan(GEM(world(rows, BILLS)).values[2]).all()
    assert "not known" in GEM.sentence(world(rows, BILLS).at(2), 0)
    assert np.isnan(GEM(world(ROWS, [nan, 1.01, 1.02, 1.03])).values[2]).all()


def test_a_refuge_without_history_can_be_held() -> None:
    rows = [row.copy() for row in ROWS]
    rows[0][2] = rows[1][2] = nan
    assert HOME(world(rows, BILLS)).values[2, 2] == 1.0


def test_words() -> None:
    view = world(ROWS, BILLS).at(2)
    led = "EX leads with a 2-month total return of +5.0 %"
    assert GEM.sentence(view, 1) == f"held: {led}; EX +5.0 % is above +2.0 % of bills"
    assert GEM.sentence(view, 0) == f"not held: {led}; EX +5.0 % is above +2.0 % of bills"
    assert HOME.sentence(view, 2) == f"held: {led}; US +1.0 % is below +2.0 % of bills"
    assert GEM.sentence(view, 3) == "says nothing on GOLD"
    assert GEM.flip(view, 1) == ""
    assert GEM.words == "the best of US, EX by 2-month total return where it beats bills, else BONDS"
    assert HOME.words == "the best of US, EX by 2-month total return where US beats bills, else BONDS"
    # 1.05 / 1.02 - 1 and 1.01 / 1.02 - 1, on all that are involved.
    assert np.allclose(GEM.measure(view).values[0], [0.0294117647] * 3 + [nan], equal_nan=True)
    assert np.allclose(HOME.measure(view).values[0], [-0.0098039216] * 3 + [nan], equal_nan=True)
    assert GEM.needs == ("bills",)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"among": ("US",)}, "among"),
        ({"among": ()}, "among"),
        ({"among": ("US", "US")}, "among"),
        ({"refuge": ""}, "refuge"),
        ({"refuge": "EX"}, "refuge"),
        ({"bills": ""}, "bills"),
        ({"lookback": months(0)}, "lookback"),
    ],
)
def test_wrong_arguments_are_refused_at_the_door(change: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as caught:
        dataclasses.replace(GEM, **change)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.what.startswith(field)


@pytest.mark.parametrize(("change", "field"), [({"among": ("US", "EXX")}, "among"), ({"refuge": "BOND"}, "refuge")])
def test_assets_that_are_not_in_the_universe_are_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError, match="Did you mean") as caught:
        dataclasses.replace(GEM, **change)(world(ROWS, BILLS))  # type: ignore[arg-type]
    assert caught.value.field == field

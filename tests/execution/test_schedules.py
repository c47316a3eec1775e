"""Schedules: trajectories of Almgren and Chriss against their paper, and slices that sum to their parent exactly."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.core.arrays import Array
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.orders import Ticket, client_id
from trimtab.execution.schedules import AlmgrenChriss, Schedule, TimeWeighted, VolumeWeighted, frontier, slices

D = Decimal
MILLION = 1e6
PAPER = AlmgrenChriss(1e-6, volatility=0.95, temporary=2.5e-6, permanent=2.5e-7, spread=0.0625, days=5.0, intervals=5)
TABLE = [  # METHODS 6.2: lambda, kappa, half-life, trades, expected cost, standard deviation, as printed
    (0.0, "0.0000", "inf", [200000] * 5, 662_500, 1_040_673),
    (1e-7, "0.1946", "5.14", [242118, 213318, 192625, 179251, 172689], 670_057, 961_623),
    (1e-6, "0.6071", "1.65", [458044, 252101, 141957, 85756, 62142], 911_227, 603_431),
    (2e-6, "0.8463", "1.18", [571401, 245666, 106637, 48652, 27643], 1_140_715, 449_368),
]
models = st.builds(
    AlmgrenChriss,
    risk_aversion=st.floats(0.0, 1e-3),
    volatility=st.floats(0.0, 2.0),
    temporary=st.floats(1e-6, 1e-5),
    permanent=st.floats(0.0, 1e-7),
    spread=st.floats(0.0, 0.1),
    days=st.floats(0.1, 10.0),
    intervals=st.integers(1, 40),
)


def least(model: AlmgrenChriss, units: float) -> Array:
    """The trades (N,) of least E + lambda V as a linear system: first-order conditions in what is left, no sinh."""
    n, tau = model.intervals, model.interval
    if n == 1:
        return np.array([units])
    ends = np.zeros(n - 1)
    ends[0] = units
    across = np.diag(np.full(n - 1, 2.0)) - np.diag(np.ones(n - 2), 1) - np.diag(np.ones(n - 2), -1)
    risk = model.risk_aversion * model.volatility**2 * tau
    left = np.linalg.solve(model.effective / tau * across + risk * np.eye(n - 1), model.effective / tau * ends)
    return -np.diff(np.concatenate([[units], left, [0.0]]))


@given(models)
@settings(max_examples=80)
def test_trajectories_are_the_least_of_cost_and_risk(model: AlmgrenChriss) -> None:
    shares = model.shares
    assert shares.sum() == pytest.approx(1.0, abs=1e-12)
    assert (shares >= -1e-15).all()
    assert shares * MILLION == pytest.approx(least(model, MILLION), rel=1e-7, abs=1e-3)


@given(models, st.lists(st.floats(0.0, 1.0), min_size=40, max_size=40).filter(any))
@settings(max_examples=60)
def test_no_other_schedule_costs_less_at_the_same_aversion(model: AlmgrenChriss, parts: list[float]) -> None:
    other = np.array(parts[: model.intervals])
    other = other / other.sum() if other.any() else TimeWeighted(model.intervals).shares
    own, tried = (
        model.cost(MILLION, one) + model.risk_aversion * model.variance(MILLION, one) for one in (model.shares, other)
    )
    assert own <= tried * (1 + 1e-12)


@pytest.mark.parametrize(("aversion", "kappa", "half_life", "trades", "cost", "deviation"), TABLE)
def test_the_published_table(aversion: float, kappa: str, half_life: str, trades: list[int], cost: int, deviation: int) -> None:
    model = replace(PAPER, risk_aversion=aversion)
    assert f"{model.urgency:.4f}" == kappa
    assert f"{model.half_life:.2f}" == half_life
    assert np.rint(model.shares * MILLION).tolist() == trades
    assert round(model.cost(MILLION)) == cost
    assert round(math.sqrt(model.variance(MILLION))) == deviation


def test_the_table_catches_the_forgotten_term() -> None:
    """A fault of many public codes: eta in place of eta - gamma tau / 2."""
    forgotten = replace(PAPER, temporary=PAPER.temporary + PAPER.permanent * PAPER.interval / 2.0)
    assert forgotten.effective == pytest.approx(PAPER.temporary)
    assert f"{forgotten.urgency:.4f}" != "0.6071"
    assert round(forgotten.cost(MILLION)) != 911_227


def test_half_lives_as_the_drop_library_prints_them() -> None:
    printed = {1e-9: "51.30", 2e-9: "36.27", 9e-9: "17.10"}
    models = {aversion: replace(PAPER, risk_aversion=aversion) for aversion in printed}
    assert {aversion: f"{one.half_life:.2f}" for aversion, one in models.items()} == printed
    assert f"{models[1e-9].variance(MILLION):.4e}" == "1.0812e+12"


def test_all_at_once_has_no_risk() -> None:
    # gamma X^2 / 2 + epsilon X + eta' X^2 / tau = 125 000 + 62 500 + 2 375 000.
    once = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    assert PAPER.cost(MILLION, once) == pytest.approx(2_562_500, rel=1e-14)
    assert PAPER.variance(MILLION, once) == 0.0


def test_the_frontier_falls_from_patience_to_haste() -> None:
    line = frontier(PAPER, MILLION, [0.0, 1e-7, 1e-6, 2e-6, 1e-4])
    assert np.rint(line.cost[:4]).tolist() == [662_500, 670_057, 911_227, 1_140_715]
    assert np.rint(line.deviation[:4]).tolist() == [1_040_673, 961_623, 603_431, 449_368]
    assert (np.diff(line.cost) > 0.0).all()
    assert (np.diff(line.deviation) < 0.0).all()


def test_a_sale_costs_what_a_purchase_does() -> None:
    assert PAPER.cost(-MILLION) == PAPER.cost(MILLION)
    assert PAPER.variance(-MILLION) == PAPER.variance(MILLION)


def test_extreme_aversion_overflows_nothing() -> None:
    hasty = replace(PAPER, risk_aversion=1e300)
    assert hasty.shares == pytest.approx([1.0, 0.0, 0.0, 0.0, 0.0], abs=1e-12)
    assert replace(PAPER, risk_aversion=1e-30).shares == pytest.approx([0.2] * 5, abs=1e-12)
    assert replace(PAPER, volatility=0.0).half_life == math.inf
    beyond = AlmgrenChriss(1e308, 1e5, 1e-300, days=5.0, intervals=3)  # its urgency is above the largest float
    assert beyond.shares.tolist() == [1.0, 0.0, 0.0]


def test_even_and_volume_schedules_by_hand() -> None:
    assert TimeWeighted(4).shares.tolist() == [0.25] * 4
    assert VolumeWeighted((30.0, 0.0, 10.0)).shares.tolist() == [0.75, 0.0, 0.25]


def test_parameters_without_sense_are_refused() -> None:
    with pytest.raises(ParameterError, match="half of permanent"):
        replace(PAPER, permanent=5e-6)
    for wrong in ((), (0.0, 0.0), (1.0, -1.0), (math.nan,), (math.inf, 1.0)):
        with pytest.raises(ParameterError, match="volumes"):
            VolumeWeighted(wrong)
    with pytest.raises(ParameterError):
        TimeWeighted(0)


def parent(units: str = "1000", **more: object) -> Ticket:
    return replace(Ticket("p", "A1", "SPY", D(units), D(100)), **more)


schedules = st.one_of(
    models,
    st.integers(1, 50).map(TimeWeighted),
    st.lists(st.floats(0.0, 100.0), min_size=1, max_size=20).filter(any).map(lambda one: VolumeWeighted(tuple(one))),
)


def gaps(ticket: Ticket, schedule: Schedule, quantum: Decimal) -> list[str]:
    """What slices must not do: lose a unit, or stray from the schedule by more than half a quantum."""
    found, parts = slices(ticket, schedule, quantum), np.cumsum(schedule.shares)
    wrong = [] if sum(Fraction(one.ticket.units) for one in found) == Fraction(ticket.units) else ["they do not sum to it"]
    done = Fraction(0)
    for k, part in enumerate(parts):
        done += sum((abs(Fraction(one.ticket.units)) for one in found if one.interval == k), Fraction(0))
        due = abs(Fraction(ticket.units)) * Fraction(float(part))
        if abs(done - due) > Fraction(quantum) / 2 + abs(Fraction(ticket.units)) / 10**12:
            wrong.append(f"interval {k}: {done} for {float(due)}")
    return wrong


@given(st.integers(1, 10**7), st.sampled_from([1, -1]), schedules, st.sampled_from([D(1), D(100), D("0.001"), D("1e-8")]))
@settings(max_examples=120)
def test_slices_sum_to_their_parent_and_keep_to_the_schedule(
    count: int, side: int, schedule: Schedule, quantum: Decimal
) -> None:
    ticket = replace(parent(), units=side * count * quantum, estimate=D("12.34"), tax=D("-5.67"))
    assert gaps(ticket, schedule, quantum) == []
    children = [one.ticket for one in slices(ticket, schedule, quantum)]
    assert all(one.parent == "p" and one.units * side > 0 and one.units % quantum == 0 for one in children)
    assert sum(one.estimate for one in children) == D("12.34")
    assert sum(one.tax for one in children) == D("-5.67")
    assert len({one.id for one in children}) == len(children)


def test_slices_by_hand() -> None:
    # 10 in four: due 2.5, 5, 7.5, 10 in all; half to even: 2, 5, 8, 10.
    found = slices(parent("-10"), TimeWeighted(4), D(1))
    assert [(one.interval, one.ticket.units) for one in found] == [(0, -2), (1, -3), (2, -3), (3, -2)]
    assert [one.ticket.id for one in found] == [client_id("p", k) for k in (1, 2, 3, 4)]
    assert slices(parent("-10"), TimeWeighted(4), D(1)) == found


def test_intervals_of_nothing_are_left_out_and_change_no_other_id() -> None:
    found = slices(parent("3"), VolumeWeighted((1.0, 0.0, 2.0)), D(1))
    assert [(one.interval, one.ticket.units, one.ticket.id) for one in found] == [
        (0, 1, client_id("p", 1)),
        (2, 2, client_id("p", 3)),
    ]


def test_lots_go_with_the_slices_that_sell_them() -> None:
    # Lots of 3, 4 and 3; slices of 5 and 5: the second lot is cut, 2 and 2.
    sale = parent("-10", lots=(("a", D(3)), ("b", D(4)), ("c", D(3))))
    first, second = (one.ticket.lots for one in slices(sale, TimeWeighted(2), D(1)))
    assert first == (("a", 3), ("b", 2))
    assert second == (("b", 2), ("c", 3))


def test_the_slices_of_a_block_count_for_it() -> None:
    block = parent("10", account="", parts=(("x", D(4)), ("y", D(6))))
    assert [(one.ticket.parent, one.ticket.parts) for one in slices(block, TimeWeighted(2), D(1))] == [("p", ()), ("p", ())]


def test_what_cannot_be_sliced_is_refused() -> None:
    for units, quantum in (("10.5", D(1)), ("10", D(3)), ("10", D(0))):
        with pytest.raises(DataError, match="no multiple"):
            slices(parent(units), TimeWeighted(2), quantum)
    for more in ({"parent": "q"}, {"block": "b"}):
        with pytest.raises(DataError, match="part of another"):
            slices(parent("10", **more), TimeWeighted(2), D(1))


def test_the_check_of_slices_catches_rounding_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault: each share is rounded alone, so that the running total strays."""
    from trimtab.execution import schedules as module

    def alone(whole: Decimal, shares: Array, quantum: Decimal) -> list[Decimal]:
        return list(itertools.accumulate(round(whole * D(float(part)) / quantum) * quantum for part in shares))

    monkeypatch.setattr(module, "_running", alone)
    assert gaps(parent("10"), TimeWeighted(4), D(1))

"""Asset location: the solver equals brute force, beats the same mix everywhere, and the greedy way is its plain case."""

from __future__ import annotations

import sys
from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.accounting.taxes.location import Location, Place, Sleeve
from trimtab.core.arrays import Array
from trimtab.core.entries import Payout
from trimtab.core.errors import ParameterError, UsageError
from trimtab.core.taxes import TaxRates, Term, Wrapper

RATES = TaxRates(Decimal("0.4"), Decimal("0.2"), Decimal("0.4"), Decimal("0.2"))


def taxed(name: str, value: float, ordinary: float) -> Sleeve:
    return Sleeve(name, value, {Payout.ORDINARY: ordinary})


@st.composite
def questions(draw: st.DrawFn) -> Location:
    """Up to 4 sleeves and 4 accounts with room for all, or a little more; a drag may be below zero (losses realised)."""
    parts = draw(st.lists(st.integers(0, 100), min_size=1, max_size=4))
    sleeves = tuple(taxed(f"s{k}", float(n), draw(st.integers(-3, 9)) / 100.0) for k, n in enumerate(parts))
    shares = draw(st.lists(st.integers(1, 20), min_size=1, max_size=4))
    wrappers = [draw(st.sampled_from(Wrapper)) for _ in shares]
    rates = [draw(st.sampled_from([0.0, 0.22, 0.37])) if w is Wrapper.DEFERRED else 0.0 for w in wrappers]
    after = draw(st.booleans())
    slack = draw(st.sampled_from([1.0, 1.3]))
    room = [
        slack * sum(parts) * n / sum(shares) / (1.0 - rate if after else 1.0) for n, rate in zip(shares, rates, strict=True)
    ]
    places = tuple(Place(f"p{k}", n, w, t) for k, (n, w, t) in enumerate(zip(room, wrappers, rates, strict=True)))
    return Location(sleeves, places, RATES, after)


def fits(question: Location, amounts: Array) -> bool:
    counted = amounts * question.worth
    scale = max(question.values.sum(), 1.0)
    return bool(
        np.allclose(counted.sum(axis=1), question.values, atol=1e-6 * scale)
        and (counted.sum(axis=0) <= question.room + 1e-6 * scale).all()
        and (amounts >= 0.0).all()
        and not amounts[~question.allowed].any()
    )


@settings(max_examples=50, deadline=None)
@given(questions())
def test_no_plan_beats_the_solver_and_the_greedy_way_equals_it(question: Location) -> None:
    best, greedy, mixed = question.best(), question.greedy(), question.pro_rata()
    scale = max(question.values.sum(), 1.0)
    for plan in (best, greedy, mixed):
        assert fits(question, plan.amounts)
    assert best.drag <= mixed.drag + 1e-8 * scale
    assert best.drag == pytest.approx(greedy.drag, abs=1e-7 * scale)


def brute(question: Location) -> float:
    """The least cost of 3 sleeves in 2 accounts over all corners: where three of the bounds and kinks hold at once.

    With z what each sleeve counts in the second account, every bound is a plane: 0 <= z <= value, what is barred, both
    rooms, and the kinks of moving, where an amount is what is held.
    """
    values, worth, room = question.values, question.worth, question.room
    low, high = np.zeros(3), values.copy()
    high[~question.allowed[:, 1]] = 0.0
    low[~question.allowed[:, 0]] = values[~question.allowed[:, 0]]
    planes = [(row, end) for k, row in enumerate(np.eye(3)) for end in (low[k], high[k])]
    planes += [(np.ones(3), room[1]), (np.ones(3), values.sum() - room[0])]
    if question.held is not None:
        planes += [(row, question.held[k, 1] * worth[1]) for k, row in enumerate(np.eye(3))]
        planes += [(row, values[k] - question.held[k, 0] * worth[0]) for k, row in enumerate(np.eye(3))]
    found = np.inf
    for chosen in combinations(planes, 3):
        rows = np.array([row for row, _ in chosen])
        if abs(np.linalg.det(rows)) < 1e-9:
            continue
        z = np.linalg.solve(rows, np.array([end for _, end in chosen]))
        if (z < low - 1e-9).any() or (z > high + 1e-9).any():
            continue
        if z.sum() > room[1] + 1e-7 or values.sum() - z.sum() > room[0] + 1e-7:
            continue
        amounts = np.clip(np.column_stack([values - z, z]), 0.0, None) / worth
        found = min(found, question.cost(question.plan(amounts)))
    return found


def random_question(rng: np.random.Generator, *, moving: bool, barred: bool) -> Location:
    values = rng.integers(0, 100, 3).astype(float)
    sleeves = tuple(taxed(f"s{k}", n, rng.uniform(-0.02, 0.1)) for k, n in enumerate(values))
    rate = float(rng.choice([0.0, 0.25]))
    share, slack = rng.uniform(0.1, 0.9), float(rng.choice([1.0, 1.2]))
    after = bool(rng.integers(2))
    counts = 1.0 - rate if after else 1.0
    places = (
        Place("brokerage", slack * share * values.sum()),
        Place("ira", slack * (1.0 - share) * values.sum() / counts, Wrapper.DEFERRED, rate),
    )
    held = rng.uniform(0.0, 60.0, (3, 2)) if moving else None
    costs = rng.uniform(0.0, 0.3, (3, 2)) if moving else None
    pairs = frozenset({("s0", "ira")} if barred and values[0] <= places[0].capacity else ())
    return Location(sleeves, places, RATES, after, pairs, held, costs, float(rng.choice([1.0, 5.0])))


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("barred", [False, True])
def test_the_solver_equals_brute_force(moving: bool, barred: bool) -> None:
    rng = np.random.default_rng([6, moving, barred])
    for case in range(50):
        question = random_question(rng, moving=moving, barred=barred)
        best = question.best()
        assert fits(question, best.amounts), case
        assert question.cost(best) == pytest.approx(brute(question), abs=1e-5), case
        if not question.barred:
            assert question.cost(best) <= question.cost(question.pro_rata()) + 1e-5, case


def test_brute_force_catches_a_solver_that_looks_the_wrong_way(monkeypatch: pytest.MonkeyPatch) -> None:
    question = random_question(np.random.default_rng(1), moving=False, barred=False)
    right = question.cost(question.best())
    monkeypatch.setattr(Location, "drags", property(lambda self: -np.outer([s.drag(RATES) for s in self.sleeves], [1.0, 0.0])))
    turned = question.best()
    monkeypatch.undo()
    assert question.cost(question.plan(turned.amounts)) > right + 1e-3


BONDS = Sleeve("bonds", 40_000.0, {Payout.ORDINARY: 0.05})
EQUITY = Sleeve("equity", 40_000.0, {Payout.QUALIFIED: 0.02}, 0.05, {Term.LONG: 0.1})
TACTICAL = Sleeve("tactical", 20_000.0, {Payout.QUALIFIED: 0.01, Payout.EXEMPT: 0.03}, 0.08, {Term.SHORT: 0.5, Term.LONG: 0.25})
BROKERAGE = Place("brokerage", 50_000.0)
IRA = Place("IRA", 40_000.0, Wrapper.DEFERRED, 0.25)
ROTH = Place("Roth", 20_000.0, Wrapper.EXEMPT)


def test_a_household_by_hand() -> None:
    # drags: bonds 0.05 * 0.4 = 2 %; equity 0.02 * 0.2 + 0.05 * 0.1 * 0.2 = 0.5 %;
    # tactical 0.01 * 0.2 + 0.08 * (0.5 * 0.4 + 0.25 * 0.2) = 2.2 %
    # room after tax: 50,000 + 30,000 + 20,000. Tactical and bonds fill the shelters: 20,000 and 30,000; 10,000 of bonds and
    # all equity are taxed: 200 + 200 = 400. The same mix everywhere: half of everything taxed, 400 + 100 + 220 = 720
    question = Location((BONDS, EQUITY, TACTICAL), (BROKERAGE, IRA, ROTH), RATES)
    assert [sleeve.drag(RATES) for sleeve in question.sleeves] == pytest.approx([0.02, 0.005, 0.022])
    assert question.room.tolist() == [50_000.0, 30_000.0, 20_000.0]
    for plan in (question.greedy(), question.best()):
        assert plan.drag == pytest.approx(400.0)
        assert plan.amounts[:, 0] == pytest.approx([10_000.0, 40_000.0, 0.0], abs=0.1)
    assert question.pro_rata().drag == pytest.approx(720.0)
    assert question.words(question.greedy()) == (
        "bonds: 10,000.00 in brokerage, 13,333.33 in IRA, 20,000.00 in Roth",
        "equity: 40,000.00 in brokerage",
        "tactical: 26,666.67 in IRA",
        "tax of 400.00 a year, 320.00 less than the same mix in every account",
    )
    assert question.words(question.greedy(), than=question.best())[-1].endswith("0.00 less than the other plan")


def test_what_is_barred_stays_out() -> None:
    # bonds may not be in either shelter: all 40,000 are taxed, 800, with 10,000 of equity, 50
    barred = frozenset({("bonds", "IRA"), ("bonds", "Roth")})
    question = Location((BONDS, EQUITY, TACTICAL), (BROKERAGE, IRA, ROTH), RATES, barred=barred)
    plan = question.best()
    assert plan.drag == pytest.approx(850.0)
    assert plan.amounts[0, 1:].tolist() == [0.0, 0.0]
    everywhere = barred | {("bonds", "brokerage")}
    with pytest.raises(UsageError, match="no way to hold it all keeps what is barred"):
        Location((BONDS, EQUITY, TACTICAL), (BROKERAGE, IRA, ROTH), RATES, barred=everywhere).best()
    with pytest.raises(UsageError, match=r"no room is left for 40,000\.00 of bonds"):
        Location((BONDS, EQUITY, TACTICAL), (BROKERAGE, IRA, ROTH), RATES, barred=everywhere).greedy()


def test_moving_pays_where_it_saves_more_than_it_costs() -> None:
    # bonds (2 %) are taxed, equity (0.5 %) is sheltered: changing places saves 1.5 % a year of 100
    sleeves, places = (
        (taxed("bonds", 100.0, 0.05), taxed("equity", 100.0, 0.0125)),
        (Place("a", 100.0), Place("b", 100.0, Wrapper.EXEMPT)),
    )
    held = np.array([[100.0, 0.0], [0.0, 100.0]])
    for price, years, goes in ((0.01, 1.0, True), (0.02, 1.0, False), (0.02, 2.0, True)):
        moving = np.array([[price, 0.0], [0.0, 0.0]])
        question = Location(sleeves, places, RATES, held=held, moving=moving, years=years)
        plan = question.best()
        assert plan.amounts[0] == pytest.approx([0.0, 100.0] if goes else [100.0, 0.0], abs=1e-4)
        assert plan.moving == pytest.approx(100.0 * price if goes else 0.0, abs=1e-4)
        assert any("moving there costs" in line for line in question.words(plan)) == goes


def test_without_scipy_the_greedy_way_still_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    question = Location((BONDS, EQUITY, TACTICAL), (BROKERAGE, IRA, ROTH), RATES)
    assert question.greedy().drag == pytest.approx(400.0)
    with pytest.raises(UsageError, match=r"needs scipy.*trimtab\[solver\]"):
        question.best()


def test_untaxed_sleeves_leave_the_shelter_to_others() -> None:
    munis = Sleeve("munis", 50.0, {Payout.EXEMPT: 0.03})
    plan = Location((munis,), (Place("a", 100.0), Place("b", 100.0, Wrapper.EXEMPT)), RATES).greedy()
    assert plan.amounts.tolist() == [[50.0, 0.0]]


def test_one_sleeve_in_one_account_and_nothing_at_all() -> None:
    question = Location((taxed("all", 10.0, 0.1),), (Place("one", 10.0),), RATES)
    assert question.best().amounts.tolist() == [[10.0]]
    empty = Location((taxed("all", 0.0, 0.1),), (Place("one", 0.0),), RATES)
    assert empty.best().drag == empty.greedy().drag == empty.pro_rata().drag == 0.0
    assert empty.words(empty.best())[0] == "all: nothing"


def test_a_plan_cannot_be_written_to() -> None:
    plan = Location((BONDS,), (BROKERAGE,), RATES).greedy()
    with pytest.raises(ValueError, match="read-only"):
        plan.amounts[0, 0] = 1.0


def test_wrong_questions_are_refused() -> None:
    def ask(**more: object) -> None:
        Location((BONDS, EQUITY), (BROKERAGE, IRA), RATES, **more)  # type: ignore[arg-type]

    for wrong in (
        lambda: Location((), (BROKERAGE,), RATES),
        lambda: Location((BONDS, BONDS), (BROKERAGE, ROTH), RATES),
        lambda: Location((BONDS, EQUITY, TACTICAL), (BROKERAGE,), RATES),
        lambda: ask(barred=frozenset({("gold", "IRA")})),
        lambda: ask(moving=np.zeros((2, 2))),
        lambda: ask(years=0.0),
        lambda: Sleeve("x", -1.0),
        lambda: Sleeve("x", np.nan),
        lambda: Sleeve("x", 1.0, realised={Term.SHORT: 0.7, Term.LONG: 0.7}),
        lambda: Place("x", np.inf),
        lambda: Place("x", 1.0, Wrapper.EXEMPT, 0.2),
        lambda: Place("x", 1.0, Wrapper.DEFERRED, 1.0),
    ):
        with pytest.raises(ParameterError):
            wrong()

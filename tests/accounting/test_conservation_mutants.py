"""The controls of the conservation laws: ledgers with one fault each, all of which the same trials must catch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from tests.accounting.conservation import Broken
from tests.accounting.trials import Trial
from trimtab.accounting import corporate_actions, history, ledger, lots, matching, moves, staging
from trimtab.core.entries import Cancel, Entry, Fill, SpinOff, Split, Variation
from trimtab.core.errors import InvariantError
from trimtab.core.money import ZERO, Currency

Patch = pytest.MonkeyPatch
Moves = tuple[tuple[str, Decimal], ...]


def with_moves(patch: Patch, changed: Callable[[Entry, Moves], Moves]) -> None:
    """What entries move in cash goes through `changed`, in the running book and in the plain fold alike."""
    moves_of = moves.moves_of
    for module in (ledger, staging):
        patch.setattr(module, "moves_of", lambda entry: changed(entry, moves_of(entry)))


def float_cash(patch: Patch) -> None:
    """Cash is a float."""

    def in_floats(before: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def posted(self: Any, new: Any) -> None:
            before(self, new)
            self.cash = Decimal(float(self.cash))
            self.purses = {code: Decimal(float(amount)) for code, amount in self.purses.items()}

        return posted

    for name in ("post", "extend"):
        patch.setattr(ledger.Ledger, name, in_floats(getattr(ledger.Ledger, name)))


def float_cost(patch: Patch) -> None:
    """The cost of a part of a lot is worked out in floats."""
    relieve = matching.Pile.relieve

    def in_floats(self: Any, lot: Any, units: Decimal) -> Decimal:
        share = relieve(self, lot, units)
        return share if units == lot.units else Decimal(float(lot.cost) * (float(units) / float(lot.units)))

    patch.setattr(matching.Pile, "relieve", in_floats)


def half_up(patch: Patch) -> None:
    """Halves are rounded away from zero."""
    patch.setattr(Currency, "round", lambda self, amount: amount.quantize(self.minor, ROUND_HALF_UP))


def rest_dropped(patch: Patch) -> None:
    """The last lot takes its own rounded share, and nobody the rest."""

    def rounded(amount: Decimal, weights: Sequence[Decimal], money: Currency) -> list[Decimal]:
        total = sum(weights, ZERO)
        return [(amount * weight / total).quantize(money.minor, ROUND_HALF_EVEN) for weight in weights]

    for module in (matching, lots, corporate_actions):
        patch.setattr(module, "apportion", rounded)


def fee_forgotten(patch: Patch) -> None:
    """The cost of a sale does not lower its proceeds, where something of a lot is left."""
    post = lots.Lots.post

    def without(self: Any, number: int, entry: Entry) -> None:
        partial = isinstance(entry, Fill) and entry.units < 0 and self.held(entry.asset) > -entry.units
        post(self, number, entry._replace(cost=ZERO) if partial else entry)  # type: ignore[call-arg]

    patch.setattr(lots.Lots, "post", without)


def with_action(patch: Patch, kind: type, changed: Callable[[Any], Any]) -> None:
    """Corporate actions of one kind reach the lots changed."""
    post = lots.Lots.post

    def other(self: Any, number: int, entry: Entry) -> None:
        post(self, number, changed(entry) if isinstance(entry, kind) else entry)

    patch.setattr(lots.Lots, "post", other)


def fraction_lost(patch: Patch) -> None:
    """The fraction of a split is neither held nor sold."""
    with_action(patch, Split, lambda entry: entry._replace(fraction=ZERO))


def share_kept(patch: Patch) -> None:
    """The cost of what was spun off stays in the old lot too."""
    post = lots.Lots.post

    def kept(self: Any, number: int, entry: Entry) -> None:
        held = self.of(entry.asset) if isinstance(entry, SpinOff) else ()
        post(self, number, entry)
        for before in held:
            pile = self.pile(before.asset)
            pile.change(before, pile.lots[before.id])

    patch.setattr(lots.Lots, "post", kept)


def cancelled_twice(patch: Patch) -> None:
    """A cancellation takes its entry off twice."""
    move = staging.Staged._move
    patch.setattr(staging.Staged, "_move", lambda self, entry, sign: move(self, entry, 2 * sign if sign < 0 else sign))


def cancelled_after_the_fact(patch: Patch) -> None:
    """A cancelled entry leaves cash and units, and stays in the lots."""
    post = history.History.post
    patch.setattr(history.History, "post", lambda self, new: post(self, [one for one in new if not isinstance(one[1], Cancel)]))


def late_is_last(patch: Patch) -> None:
    """A backdated entry takes effect when it is posted."""
    patch.setattr(history, "key_of", lambda number, entry: (entry.when.max, 0, number))


def wrong_currency(patch: Patch) -> None:
    """Daily variation is booked to the base currency."""
    with_moves(patch, lambda entry, moved: (("", moved[0][1]),) if isinstance(entry, Variation) else moved)


def stale_gains(patch: Patch) -> None:
    """A book that winds back keeps the gains of what it winds back over."""
    fold = history.History._fold

    def keeping(self: Any, *given: Any) -> Any:
        before = self.lots.gains.copy()
        folded = fold(self, *given)
        folded.gains = before + folded.gains[len(before) :]
        return folded

    patch.setattr(history.History, "_fold", keeping)


MUTANTS = (
    float_cash, float_cost, half_up, rest_dropped, fee_forgotten, fraction_lost, share_kept, cancelled_twice,
    cancelled_after_the_fact, late_is_last, wrong_currency, stale_gains,
)  # fmt: skip


def caught(number: int) -> str:
    """Which law a book breaks, or who refuses it; empty: nobody."""
    try:
        Trial(7, number, 200).run()
    except Broken as error:
        return str(error.args[0])
    except InvariantError:  # the ledger refuses what is legal: that is seen too, but not by a law
        return ""
    return ""


def test_without_a_fault_nothing_is_caught() -> None:
    assert not any(map(caught, range(4)))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_laws_catch(mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    assert any(map(caught, range(8)))

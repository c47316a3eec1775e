"""What is traded where overrides live: the model's own trade with what people change of it, sized and paid for again.

What the model said stays as it is, beside this. Where overrides have been traded before, the reacher is asked again as if
the account were without them: bands and budgets then hold the model's weights, and no shift is put in a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Mask, frozen
from trimtab.core.errors import DataError
from trimtab.core.trades import Decision
from trimtab.desk.decide import decide, reached
from trimtab.desk.policy import Policy
from trimtab.governance.overrides import Override, overridden

HAIR = 1e-9  # what rounding does to a weight


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """What is traded, by which living overrides, and what weight they have put into the book: `before` and `after` (A,).

    `kept` (A,) is what holds keep from moving: held less what would be wanted without them, zero for what is not held.
    Without a living override `decision` is the model's own, the very same.
    """

    decision: Decision
    living: tuple[Override, ...]
    before: Array
    after: Array
    kept: Array


def applied(policy: Policy, model: Decision, living: Sequence[Override], before: Array | None = None) -> Applied:
    """What is traded of the `model`'s decision under `living` overrides.

    `before` (A,) is the weight that these overrides have put into the book at earlier decisions (`Applied.after` of the last
    one, as far as it was filled); None: nothing. What was refused stays refused. Raises DataError for a name that is no
    asset of the policy.
    """
    names = [asset.id for asset in policy.universe]
    _require_known(policy, names, living)
    put = np.zeros(len(names)) if before is None else np.asarray(before, dtype=float)
    if model.refused or not living:
        return Applied(model, (), frozen(put), frozen(put), frozen(np.zeros(len(names))))
    held = model.book.held
    bare = _bare(policy, model, put)
    shifted = overridden(bare, held, names, [one for one in map(_shifts, living) if one is not None])
    keeps = _kept(names, living)
    wanted = np.where(keeps, held, shifted)
    target = _paid(wanted, held, keeps, _most(policy, shifted)) if keeps.any() else wanted
    reach = replace(model.reach, target=frozen(target))
    still = keeps | (np.abs(target - held) <= HAIR)  # what nobody moves gets no order, not even for a cent of rounding
    made = reached(policy, model.today, model.book, reach, keeps=still)
    after = np.where(keeps, put, shifted - bare)
    kept = np.where(keeps, held - shifted, 0.0)
    return Applied(replace(made, relaxed=model.relaxed), tuple(living), frozen(put), frozen(after), frozen(kept))


def _require_known(policy: Policy, names: Sequence[str], living: Sequence[Override]) -> None:
    """Raises DataError, so that somebody looks, where an override was written for a policy with other assets."""
    for one in living:
        if unknown := [name for name in (*one.shifts, *one.holds) if name not in names]:
            what = f"override {one.id} is about {unknown[0]}, which is no asset of {policy.name}"
            raise DataError(what, remedy=f"End it: trimtab override --end {one.id} --reason WHY.")


def _bare(policy: Policy, model: Decision, put: Array) -> Array:
    """(A,) where the model would go if the account had never been overridden."""
    if not (np.abs(put) > HAIR).any():
        return model.target
    book = model.book
    again = decide(policy, model.today, replace(book, held=frozen(np.maximum(book.held - put, 0.0)), base=None))
    return model.target if again.refused else again.target


def _shifts(one: Override) -> Override | None:
    """The override without its holds, which come last; None where it has nothing else."""
    return replace(one, holds=()) if any(one.shifts.values()) else None


def _kept(names: Sequence[str], living: Sequence[Override]) -> Mask:
    """(A,) what an override holds."""
    zeros = np.zeros(len(names))
    holding = [replace(one, shifts={}) for one in living if one.holds]
    return np.asarray(overridden(zeros, zeros + 1.0, names, holding) > 0.0)


def _most(policy: Policy, shifted: Array) -> float:
    """How much may be invested: all that the model and the shifts want, or what cash rules leave without a loan."""
    return max(float(shifted.sum()), min(1.0, 1.0 - float(policy.rules.region.low_cash)))


def _paid(wanted: Array, held: Array, keeps: Mask, most: float) -> Array:
    """(A,) the target; where a hold keeps what would have paid for purchases, these are cut by one share to what is there."""
    more = np.where(keeps, 0.0, np.maximum(wanted - held, 0.0))
    over = float(wanted.sum()) - most
    if not (over > HAIR and more.any()):
        return wanted
    return np.asarray(wanted - more * min(1.0, over / float(more.sum())))

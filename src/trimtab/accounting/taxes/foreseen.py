"""What a household will count of sales that are not booked yet: posted to a copy of it, which is then thrown away.

A loss meets the purchases of the last days in any of its accounts, and those among the fills that are foreseen. What is bought
after them is not known. The copy is only of what is substantially identical to something that is sold and was bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from trimtab.accounting.taxes.household import Household
from trimtab.core.entries import Fill
from trimtab.core.money import exact
from trimtab.core.taxes import Gain, Wrapper

_FIRST = 10**9  # numbers of entries that no book has

Ahead = tuple[str, Fill]  # a fill that is foreseen, and the place that it will be booked in


def foreseen(household: Household, fills: Sequence[Ahead], on: date) -> dict[int, tuple[Gain, ...]]:
    """The gains of those `fills` (all of the day `on`) whose losses may meet a replacement, by their place in `fills`.

    What the household has booked on that day comes before them. Raises DataError where a loss and its replacement are in
    two currencies and no rate is known.
    """
    groups = _in_sight(household, fills, on)
    wash = household.wash
    if wash is None or not groups:
        return {}
    lots = {place: kept.copy() for place, kept in household.lots.items()}
    watcher = wash.copy(groups, {id(kept): lots[place] for place, kept in household.lots.items()})
    for kept in lots.values():
        kept.watcher = watcher
    chosen = [k for k, (_, fill) in enumerate(fills) if wash.group_of(fill.asset) in groups]
    chosen.sort(key=lambda k: (fills[k][0], fills[k][1].units > 0))  # as a day is folded: by place, and sales go first
    made: dict[int, tuple[Gain, ...]] = {}
    for k in chosen:
        place, fill = fills[k]
        with exact():
            lots[place].post(_FIRST + k, fill)
    for k in chosen:
        made[k] = tuple(gain for gain in lots[fills[k][0]].gains if gain.entry == _FIRST + k)
    return made


def _in_sight(household: Household, fills: Sequence[Ahead], on: date) -> frozenset[str]:
    """What is sold where it is taxed, and was bought or is bought with it."""
    wash = household.wash
    if wash is None:
        return frozenset()
    sold = {wash.group_of(fill.asset) for place, fill in fills if fill.units < 0 and _taxed(household, place)}
    bought = {wash.group_of(fill.asset) for _, fill in fills if fill.units > 0}
    return frozenset(group for group in sold if group in bought or wash.in_sight(group, on))


def _taxed(household: Household, place: str) -> bool:
    return household.places[place].wrapper is Wrapper.TAXABLE

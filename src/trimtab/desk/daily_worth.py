"""What an account was worth at every session, from its entries alone: at closes, flows at the end of their session.

The account and the models that run beside it are read in this one way, so that nothing but what they did tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, frozen, require_shape
from trimtab.core.entries import Entry, Flow, Opening
from trimtab.core.money import ZERO
from trimtab.desk.account_record import Clock, Prices, State, Timed


@dataclass(frozen=True, slots=True, eq=False)
class Daily:
    """T sessions: net asset value at the end of each, before flows, and what came in less what went out then, each (T,)."""

    end: Array
    flows: Array

    def __post_init__(self) -> None:
        require_shape("flows", self.flows, self.end.shape)
        object.__setattr__(self, "end", frozen(self.end))
        object.__setattr__(self, "flows", frozen(self.flows))

    @property
    def begin(self) -> Array:
        """(T - 1,) value at the beginning of each day, the flows of the evening before in."""
        return np.asarray(self.end[:-1] + self.flows[:-1])

    @property
    def returns(self) -> Array:
        """(T - 1,) of each day, flows taken out."""
        return np.asarray(self.end[1:] / self.begin - 1.0)

    @property
    def lasts(self) -> int:
        """How many sessions there is anything: up to the first at whose end nothing is left."""
        left = (self.end + self.flows <= 0.0) | (np.arange(len(self.end)) > 0) & (self.end <= 0.0)
        return int(np.argmax(left)) + 1 if left.any() else len(self.end)


def timed(clock: Clock, entries: Sequence[Entry]) -> list[Timed]:
    """Entries with when they take effect, in that order."""
    return sorted(((clock.time(entry), entry) for entry in entries), key=lambda pair: pair[0])


def daily_worth(clock: Clock, prices: Prices, entries: Sequence[Entry], start: int) -> Daily:
    """The worth of an account from the session `start` to the last one. Call it within `core.money.exact()`.

    Raises DataError where something that is held has no price.
    """
    told, state, done = timed(clock, entries), State(), 0
    end, flows = [], []
    for row in range(start, len(clock.days)):
        while done < len(told) and told[done][0] <= 2 * row:
            state.take(told[done][1])
            done += 1
        end.append(float(prices.worth(state, row)))
        came = ZERO
        while done < len(told) and told[done][0] == 2 * row + 1:
            entry = prices.at_market(told[done][1], row)
            state.take(entry)
            came += entry.amount if isinstance(entry, Flow) else entry.cost if isinstance(entry, Opening) else ZERO
            done += 1
        flows.append(float(came))
    return Daily(np.array(end), np.array(flows))

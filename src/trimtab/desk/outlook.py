"""What a policy says on a date, before any account is looked at: worked out once, for all accounts that follow it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Instants
from trimtab.core.calendar import day
from trimtab.core.terms import CLOSE
from trimtab.core.values import Today
from trimtab.data.market import Market, last_known
from trimtab.desk.backtest import without_ended
from trimtab.desk.dates import decision_rows, decision_view
from trimtab.desk.decide import aims
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import until
from trimtab.desk.propose import stale


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """The aims of the last session up to `as_of`, and the prices (A,) that books are valued at, with when these were known.

    `due`: the schedule calls for a decision on that session. `stale` says which prices are too old.
    """

    policy: Policy
    market: Market
    as_of: np.datetime64
    today: Today
    prices: Array
    quoted: Instants
    due: bool
    stale: tuple[str, ...]
    scheduled: np.datetime64 = np.datetime64("NaT", "D")  # the last session up to it that the schedule decides on

    @property
    def when(self) -> np.datetime64:
        """The session that is decided on."""
        return self.today.when


def outlook(policy: Policy, market: Market, as_of: np.datetime64 | None = None) -> Outlook:
    """The outlook of `policy` on the last session up to `as_of` (by default the last one known)."""
    when = day(as_of if as_of is not None else market.sessions[-1])
    seen = until(market, when)
    knowledge = aims(policy, decision_view(policy, seen, today=True))
    today = knowledge.row(len(knowledge.days.dates) - 1)
    rows, prices = decision_rows(policy, seen), last_prices(seen)
    due = bool(len(seen.sessions) - 1 in rows)
    scheduled = seen.sessions[rows[-1]] if len(rows) else np.datetime64("NaT", "D")
    return Outlook(policy, seen, when, today, prices, _quoted(seen), due, stale(policy, seen, when), scheduled)


def last_prices(market: Market) -> Array:
    """(A,) the last known close of each asset; NaN where there is none, or where it has ended."""
    closes, _ = last_known(market.fields[CLOSE], market.splits)
    return np.asarray(without_ended(closes, market)[-1])


def _quoted(market: Market) -> Instants:
    """(A,) when the last known close of each asset became known; NaT where there is none."""
    known = np.isfinite(market.fields[CLOSE])
    rows = len(known) - 1 - np.argmax(known[::-1], axis=0)
    found = market.closes_at(rows) if market.known is None else market.known[rows, np.arange(known.shape[1])]
    return np.where(known.any(axis=0), found, np.datetime64("NaT", "s"))

"""Data that know what comes next: stamped some periods too early, they let honest signals look ahead.

Named series, as each was known, and the assets' own prices are held against the changes of every asset over each of the
next periods, one at a time; named series against each other's too. Periods are those between the ends of weeks, months and
quarters, between sessions, and between the policy's own decisions and fills: what foretells a quarter shows in no month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.calendar import Frequency
from trimtab.core.terms import TOTAL_RETURN
from trimtab.data.market import Market
from trimtab.desk.dates import decision_rows, fill_rows, view_at
from trimtab.desk.policy import Policy
from trimtab.validation.forward import Foresight, Pairing, plain_changes, relative_changes, two_way

AHEAD = 3  # periods after its own that a series is held against
ENDS = (Frequency.MONTH_END, Frequency.WEEK_END, Frequency.QUARTER_END)

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to ask: do the series `names` (N,) foretell `others` (M,), paired so?"""

    names: Names
    others: Names
    pairing: Pairing

    def found(self, periods: int) -> Iterator[tuple[str, str, Foresight]]:
        """Who foretells whom so many periods ahead, and how well. Nobody foretells himself."""
        for n, m, how in self.pairing.foretold(periods):
            if self.names[n] != self.others[m]:
                yield self.names[n], self.others[m], how


@dataclass(frozen=True, slots=True)
class Laid:
    """What was known on D dates, and prices on the dates from and to which changes are looked at.

    `series` (D, K) of `names`, `prices` (D, A) of `titles`, `later` (D, A) the prices that changes are of.
    """

    step: str
    names: Names
    series: Array
    titles: Names
    prices: Array
    later: Array

    @property
    def ways(self) -> Iterator[Way]:
        """All that is asked."""
        plain, relative = two_way(plain_changes(self.later)), two_way(relative_changes(self.later))
        yield Way(self.titles, self.titles, Pairing.of_sizes(relative_changes(self.prices), relative))
        if not self.names:
            return
        moves = [relative_changes(self.series), plain_changes(self.series)]
        levels, held = np.hstack([self.series, *moves]), np.hstack([relative, plain])
        yield Way(self.names * 3, self.titles * 2, Pairing.of_sizes(levels, held))
        yield Way(self.names, self.names * 2, Pairing.of_sizes(self.series, np.hstack(moves)))
        yield Way(self.names, self.titles, Pairing.of_sides(self.series, plain))


def foresights(policy: Policy, market: Market) -> Iterator[str]:
    """A sentence for each named series of the policy and each asset that moves with a coming change of something."""
    said: dict[str, str] = {}
    for laid in _laid(policy, market):
        for name, line in _lines(laid):
            said.setdefault(name, line)
    titles = tuple(asset.title for asset in market.assets)
    yield from (said[name] for name in dict.fromkeys((*policy.series, *titles)) if name in said)


def _laid(policy: Policy, market: Market) -> Iterator[Laid]:
    """By month, session, week, quarter, and the policy's own dates; none twice."""
    titles, after, done = tuple(asset.title for asset in market.assets), _prices(market), set()
    for step, rows, later in _rows(policy, market):
        key = rows.tobytes() + later.tobytes()
        if key in done or not len(rows):
            continue
        done.add(key)
        view = view_at(policy, market, rows)
        known = [view.series(name, 1)[:, -1] for name in policy.series]
        series = np.stack(known, axis=1) if known else np.empty((len(rows), 0))
        moved = after[np.minimum(later, len(after) - 1)]
        yield Laid(step, tuple(policy.series), series, titles, view.window(TOTAL_RETURN, 1)[:, -1], moved)


def _prices(market: Market) -> Array:
    """(T + 1, A) prices with their dividends, and a last row for what is not filled yet; NaN where unknown."""
    after = np.full((len(market.sessions) + 1, len(market.assets)), np.nan)
    after[:-1] = market.fields.get(TOTAL_RETURN, np.nan)
    return after


def _rows(policy: Policy, market: Market) -> Iterator[tuple[str, Index, Index]]:
    """What a period is called, the rows of sessions that it lies between, and those that its changes are looked at on."""
    everyone = np.arange(len(market.sessions))
    ends = [(f"from {every.value} to {every.value}", market.ends(every)) for every in ENDS]
    own = decision_rows(policy, market)
    for step, rows in (ends[0], ("from session to session", everyone), *ends[1:], ("from decision to decision", own)):
        yield step, rows, rows
    yield "from fill to fill", own, fill_rows(policy, market, own)


def _lines(laid: Laid) -> Iterator[tuple[str, str]]:
    """Names and what they foretell, what is nearest first."""
    ways = tuple(laid.ways)
    for ahead in range(1, AHEAD + 1):
        later = f", {ahead} periods ahead" if ahead > 1 else ""
        for way in ways:
            for name, other, found in way.found(ahead):
                line = f"{name} looks forward: {found.pair}, {laid.step} of {other}{later}: no signal on it can be believed."
                yield name, f"{line} One of the two has the wrong dates." if name in laid.titles else line

"""How long a past a policy needs before a drawn history is launched: what remembers everything since its first day has one.

A latch knows a side, a budget or a band what was traded: they begin with the account. An expanding mean, a z-score by its own
history, the highest value so far, know everything since the policy's `since`. On the day of its launch the policy itself
has the whole of its history behind it, and so has each drawn one: as many rows as the history has from `since` to its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from trimtab.construction.blend import sleeves_of
from trimtab.data.market import Market
from trimtab.desk.asking import compound, levering, remembers
from trimtab.desk.dates import since
from trimtab.desk.policy import Policy


def has_past(policy: Policy) -> bool:
    """Whether any of its memories is more than a latch (see `core.roles.Fold` and `Latch`)."""
    return any(remembers(one) == (True, False) for one in _components(policy))


def rows_behind(policy: Policy, market: Market, windows: int = 0) -> int:
    """Rows of the history from the policy's `since` on, less those before its first `windows` rows are full."""
    sessions = market.sessions
    return max(1, len(sessions) - max(windows, int(np.searchsorted(sessions, since(policy, market)))))


def _components(policy: Policy) -> Iterator[Any]:
    """Everything the desk may walk along the dates. A combiner without signals has nothing to remember."""
    yield policy.regime
    yield from _voices(policy.signals.values(), policy.combine)
    yield from _levers(policy.allocator)
    for _, sleeve in sleeves_of(policy.allocator):
        yield sleeve.regime
        yield from _voices(sleeve.signals.values(), sleeve.combine or policy.combine)
        yield from _levers(sleeve.allocator)


def _voices(signals: Any, combine: Any) -> Iterator[Any]:
    for signal in signals:
        yield signal
        yield from _members(signal)
    if signals:
        yield from (combine, combine.prepares)


def _members(signal: Any) -> Iterator[Any]:
    for member in signal.members if compound(signal) else ():
        yield member
        yield from _members(member)


def _levers(allocator: Any) -> Iterator[Any]:
    while levering(allocator):
        yield allocator
        allocator = allocator.of

"""Named series that know what comes next: stamped some periods too early, they let honest signals look ahead.

As each was known at month-ends, and where it changes from day to day at every session, it is held against the changes of
every asset and of every other named series over the next periods, one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.terms import MONTH, TOTAL_RETURN
from trimtab.data.market import Market
from trimtab.desk.dates import view_at
from trimtab.desk.policy import Policy
from trimtab.validation.forward import looks_forward

AHEAD = 3  # periods after its own that a series is held against
DAILY = 0.5  # share of sessions with a new value, from which on a series is one of days


def foresights(policy: Policy, market: Market) -> Iterator[str]:
    """A sentence for each series of the policy that moves with a coming change of something."""
    if not policy.series:
        return
    ends = market.ends(MONTH)
    known, held = _seen(policy, market, ends)
    daily, prices = (known, held) if market.monthly else _seen(policy, market, np.arange(len(market.sessions)))
    for name, values in known.items():
        said = _named(name, values, held | known)
        if not said and not market.monthly and _share_of_changes(daily[name]) > DAILY:
            said = _named(name, daily[name], prices | daily)
        if said:
            yield said


def _seen(policy: Policy, market: Market, rows: Index) -> tuple[dict[str, Array], dict[str, Array]]:
    """(D,) each: the named series as known on sessions `rows`, and the prices of assets by title."""
    view = view_at(policy, market, rows)
    prices = view.window(TOTAL_RETURN, 1)[:, -1]
    held = {asset.title: prices[:, a] for a, asset in enumerate(market.assets)}
    return {name: view.series(name, 1)[:, -1] for name in policy.series}, held


def _named(name: str, values: Array, others: Mapping[str, Array]) -> str:
    """What a series foretells first; empty where that is nothing."""
    for other, reference in others.items():
        if other == name or not np.isfinite(reference).any():
            continue
        for ahead in range(AHEAD):
            found = looks_forward(values[: len(values) - ahead], reference[ahead:])
            if found.found:
                later = f", {ahead + 1} periods ahead" if ahead else ""
                return f"{name} {found.words}, of {other}{later}: no signal on it can be believed."
    return ""


def _share_of_changes(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float((known[1:] != known[:-1]).mean()) if len(known) > 1 else 0.0

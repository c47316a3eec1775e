"""Named series that know what comes next: stamped a period too early, they let honest signals look ahead.

As each was known at month-ends, it is held against the next change of every asset and of every other named series.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.terms import MONTH, TOTAL_RETURN
from trimtab.data.market import Market
from trimtab.desk.dates import view_at
from trimtab.desk.policy import Policy
from trimtab.validation.forward import looks_forward


def foresights(policy: Policy, market: Market) -> Iterator[str]:
    """A sentence for each series of the policy that moves with the next change of something."""
    if not policy.series:
        return
    view = view_at(policy, market, market.ends(MONTH))
    known: dict[str, Array] = {name: view.series(name, 1)[:, -1] for name in policy.series}
    prices = view.window(TOTAL_RETURN, 1)[:, -1]
    held = {asset.title: prices[:, a] for a, asset in enumerate(market.assets)}
    for name, values in known.items():
        for other, reference in (held | known).items():
            if other == name or not np.isfinite(reference).any():
                continue
            found = looks_forward(values, reference)
            if found.found:
                yield f"{name} {found.words}, of {other}: no signal on it can be believed."
                break

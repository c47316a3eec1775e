"""Why the weights of a date cannot be worked out, in the words of the allocator that was asked for them."""

from __future__ import annotations

import numpy as np

from trimtab.core.values import Today
from trimtab.desk.policy import Policy

_WHAT = "the weights cannot be worked out"
_STARTS = ("unknown: ", "no weights: ")  # how an allocator's sentence begins where it has no weights


def unknown_weights(policy: Policy, today: Today) -> str:
    """Why there is no goal on a date, for a person: the allocator's own reason where it gives one."""
    sentence = getattr(policy.allocator, "sentence", None)
    asked = range(len(today.aim)) if sentence is not None and np.isnan(today.aim).any() else ()
    for said in (sentence(today, asset) for asset in asked):  # type: ignore[misc]  # an asset that takes no part has no reason
        for start in _STARTS:
            if said.startswith(start):
                return f"{_WHAT}: {said.removeprefix(start)}"
    return f"{_WHAT}: what they need is not known"

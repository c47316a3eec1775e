"""When assets of a universe stop trading, and what their holders get: delistings and mergers on shared sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.core.terms import CLOSE
from trimtab.data.delisting import DelistingReturns, Exit
from trimtab.data.history import Action, ActionKind, History, Issue


@dataclass(frozen=True, slots=True)
class Exits:
    """By session (row) and asset (number) what is paid a unit, currency; and what was assumed for it."""

    by_row: Mapping[int, Mapping[int, float]]
    issues: tuple[Issue, ...] = ()


def exits(held: Sequence[History], sessions: Dates, returns: DelistingReturns | None = None) -> Exits:
    """The endings among `held`: cash comes on the first session after the last one on which the asset traded."""
    rules = returns or DelistingReturns()
    found: dict[int, dict[int, float]] = {}
    issues: list[Issue] = []
    for asset, history in enumerate(held):
        for action in history.actions:
            if action.kind not in (ActionKind.DELISTING, ActionKind.MERGER):
                continue
            row = int(np.searchsorted(sessions, action.effective, side="right"))
            end = _exit(history, action, rules)
            if end is not None and row < len(sessions):
                found.setdefault(row, {})[asset] = end.price
                issues += end.issues
    return Exits(found, tuple(issues))


def _exit(history: History, action: Action, rules: DelistingReturns) -> Exit | None:
    """How a holding ends; None where it never had a price by then."""
    name, closes = history.about.name, history.fields[CLOSE]
    known = np.flatnonzero(np.isfinite(closes) & (history.dates <= action.effective))
    if len(known) == 0:
        return None
    last = float(closes[known[-1]])
    if action.kind is ActionKind.DELISTING:
        return rules(action, last, market=history.about.market, name=name)
    shares = action.ratio * action.price if action.ratio else 0.0
    cash = action.cash if np.isfinite(action.cash) else 0.0
    if np.isfinite(shares) and cash + shares > 0.0:
        return Exit((cash + shares) / last - 1.0, cash + shares, assumed=False)
    what = "the terms of the merger are not known"
    return Exit(
        0.0, last, assumed=True, issues=(Issue(what, f"{name} {action.effective}", "DEGRADE: its last price is taken"),)
    )

"""The picture of docs/overrides.md: `python -m tests.docs.override_pictures` draws it anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import numpy as np

import trimtab
from tests.docs.drawing import Chart, svg
from tests.docs.pages import ROOT
from trimtab.core.trades import Decision
from trimtab.desk.overridden_trades import applied
from trimtab.desk.policy import Policy
from trimtab.governance.overrides import Override

FOLDER = ROOT / "docs" / "_static" / "overrides"
POLICY, ASSET, OTHER = "trend-overlay", "US_EQ", "CORP"
FIRST, LAST = np.datetime64("2007-01-01"), np.datetime64("2010-12-31")
SHIFT = Decimal("0.05")
BEGINS, ENDS = date(2008, 7, 1), date(2009, 6, 30)
TITLE = "An override moves the account as long as it lives; the model goes its own way below it"


@dataclass(frozen=True)
class Weights:
    """Weight of equities on each decision date (T,): by the model, and in the account; and whether the override lived."""

    dates: np.ndarray
    model: np.ndarray
    account: np.ndarray
    lives: np.ndarray


def override() -> Override:
    """Five per cent more in equities, out of bonds, for a year."""
    written = datetime(2008, 7, 1, 8, 0, tzinfo=UTC)
    return Override("O-1", "A07", "ann", "shares have fallen enough", written, BEGINS, ENDS, {ASSET: SHIFT, OTHER: -SHIFT})


@cache
def weights() -> Weights:
    """The decisions of the policy of the gallery on the sample data, with the override on them while it lives."""
    found = trimtab.backtest(POLICY).result
    kept = [one for one in found.decisions if FIRST <= one.today.when <= LAST]
    place = [asset.id for asset in found.policy.universe].index(ASSET)
    traded = [_traded(found.policy, one) for one in kept]
    lives = np.array([bool(one.living) for one in traded])
    sides = ([one.target[place] for one in kept], [one.decision.target[place] for one in traded])
    return Weights(np.array([one.today.when for one in kept], dtype="datetime64[D]"), *map(np.array, sides), lives)


def _traded(policy: Policy, decision: Decision):  # type: ignore[no-untyped-def]
    day = decision.today.when.astype("datetime64[D]").astype(date)
    return applied(policy, decision, [override()] if override().lives(day) else [])


def spans() -> str:
    """Both weights from decision to decision, and the span of the override below them."""
    found = weights()
    steps = np.repeat(found.dates, 2)[1:]
    model, account = (np.repeat(values, 2)[:-1] for values in (found.model, found.account))
    chart = Chart(
        title=TITLE,
        source="trend-overlay of the gallery on the sample data: weight of US equities at each month's decision",
        dates=steps,
        lines=[("the account", account), ("the model", model)],
        states=np.repeat(found.lives.astype(int), 2)[:-1],
        names=("none", "O-1: equities +5 %, bonds -5 %"),
        percent=True,
        ribbon="override",
        fills=(0, 1),
    )
    return svg(chart)


PICTURES = {"span": spans}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")

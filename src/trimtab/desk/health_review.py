"""Whether the signals of a run still work: its decisions as a track record, and what that says of each signal.

A score is judged by what its asset made beyond the benchmark until the next decision; where signals only say in or out, by
what it made beyond cash.
"""

from __future__ import annotations

import numpy as np

from trimtab.attribution.health import SignalHealth, signal_health
from trimtab.attribution.track_record import TrackRecord
from trimtab.construction.blend import sleeves_of
from trimtab.construction.timing import Timing
from trimtab.core.arrays import Array, Dates
from trimtab.core.values import Asset
from trimtab.desk.attributing import periods_of
from trimtab.desk.policy import Policy
from trimtab.desk.result import Result

HAVENS = ("bond", "treasur", "cash", "bill")  # classes whose names hold one of these do not lean on the market
WORDS = {1: "years", 4: "quarters", 12: "months", 52: "weeks", 252: "sessions"}


def review_health(result: Result, *, live_from: np.datetime64 | None = None) -> tuple[SignalHealth, ...]:
    """The health of every signal of `result`; empty where it has none. Decisions from `live_from` on count as recent.

    Without that date the latest 36 periods do. Raises DataError where the run has no period.
    """
    periods = periods_of(result)
    count = len(periods.cash)
    dates = np.array([decision.today.when for decision in result.decisions[:count]])
    rows = np.searchsorted(result.aims.days.dates, dates)
    parts, regime = result.aims.parts, result.aims.regime
    if not parts.names:
        return ()
    a_year = _per_year(count, dates)
    record = TrackRecord(
        tuple(f"Signal {name}" for name in parts.names),
        parts.values[:, rows],
        periods.growth,
        periods.benchmark_returns,
        per_year=a_year,
        hurdle=periods.cash if in_or_out(result.policy) else None,
        regimes=regime.probabilities[rows] if len(regime.states) > 1 else None,
        regime_names=regime.states if len(regime.states) > 1 else (),
        leaning=leaning(result.assets),
        split=None if live_from is None else int(np.searchsorted(dates, live_from)),
        periods=WORDS.get(round(a_year), "periods"),
    )
    return signal_health(record)


def in_or_out(policy: Policy) -> bool:
    """Whether scores say only whether to hold an asset at all, in place of cash."""
    allocators = [policy.allocator, *(sleeve.allocator for _, sleeve in sleeves_of(policy.allocator))]
    return any(isinstance(one, Timing) for one in allocators)


def leaning(assets: tuple[Asset, ...]) -> Array:
    """(A,) 1 for what leans on the market, 0 for havens by the name of their class; 1 for all where nothing else is left."""
    haven = np.array([any(word in asset.asset_class.lower() for word in HAVENS) for asset in assets])
    return np.ones(len(assets)) if haven.all() else np.where(haven, 0.0, 1.0)


def _per_year(count: int, dates: Dates) -> float:
    """Decisions a year: 1, 4, 12, 52 or 252 where they are about that many, else as they come."""
    years = float((dates[-1] - dates[0]) / np.timedelta64(1, "D")) / 365.25 if count > 1 else 1.0
    rate = (count - 1) / years if count > 1 and years > 0.0 else 1.0
    return float(min(WORDS, key=lambda one: abs(np.log(one / rate)))) if rate > 0.0 else 1.0

"""Whether a regime was worth having: the same policy without it, and how late it saw the falls of the benchmark.

Detection is hard and can add risk, so no regime is shown without both. The first state of a model is the calm one. A
fall is a drawdown of the benchmark, held at its weights, by `DEEP` or more: from its peak to its trough. It is seen on
the first decision date after the peak, up to the trough, on which another state is the likeliest, unless one already was
at the peak; a spell of other states that touches no fall between peak and recovery is a false alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.terms import TOTAL_RETURN
from trimtab.core.values import Aims
from trimtab.data.market import Market, last_known
from trimtab.desk.policy import Policy
from trimtab.desk.readings import likeliest
from trimtab.desk.rivals import renamed
from trimtab.numerics.drawdown import Drawdown, drawdown_table
from trimtab.regimes.none import NoRegime

DEEP = 0.10
MOST = 100


@dataclass(frozen=True, slots=True)
class Detection:
    """One fall of the benchmark: its dates, and when the regime left its calm state (None: not before the trough).

    `already`: it had left it before the peak, so that there was nothing to see. `lost` is what the benchmark had lost by
    then, `lag` the days since the peak; NaN where it was not seen.
    """

    peak: np.datetime64
    trough: np.datetime64
    depth: float
    seen: np.datetime64 | None
    lag: float
    lost: float
    already: bool = False


@dataclass(frozen=True, slots=True)
class RegimeReview:
    """How often each state was the likeliest, how often it changed, and how falls were seen."""

    states: tuple[str, ...]
    shares: tuple[float, ...]
    switches: int
    detections: tuple[Detection, ...]
    false_alarms: int
    known: int  # decision dates on which the regime was known

    @property
    def missed(self) -> int:
        """Falls that it never saw."""
        return sum(one.seen is None and not one.already for one in self.detections)

    @property
    def already(self) -> int:
        """Falls at whose peak it was out of its calm state already."""
        return sum(one.already for one in self.detections)


def without_regime(policy: Policy) -> Policy:
    """The same policy, which tells no regimes apart: whatever a state would have changed stays as it is."""
    combine = policy.combine
    if getattr(combine, "by_state", None):
        combine = replace(combine, by_state={})  # type: ignore[type-var]
    kept = {name for part in _others(policy) for name in getattr(part, "needs", ())}
    series = tuple(name for name in policy.series if name in kept)
    deaf = getattr(policy.allocator, "without_regime", None)
    allocator = policy.allocator if deaf is None else deaf()
    plain = replace(policy, regime=NoRegime(), combine=combine, allocator=allocator, series=series)
    return renamed(plain, policy, f"{policy.name}-no-regime", "The same without its regime", "without regime")


def review_regime(policy: Policy, market: Market, knowledge: Aims, first: int = 0) -> RegimeReview | None:
    """The regime over the decision dates from number `first` on; None where the policy tells none apart."""
    regime = knowledge.regime
    if len(regime.states) < 2:
        return None
    states, dates = likeliest(regime.probabilities)[first:], knowledge.days.dates[first:]
    known = np.isfinite(states)
    states, dates = states[known], dates[known]
    shares = tuple(float((states == s).mean()) if len(states) else np.nan for s in range(len(regime.states)))
    falls, path, sessions = _falls(policy, market, dates)
    detections = tuple(_detection(fall, path, sessions, (dates, states)) for fall in falls)
    alarms = _false_alarms(states, dates, falls, sessions)
    switches = int((states[1:] != states[:-1]).sum())
    return RegimeReview(regime.states, shares, switches, detections, alarms, len(states))


def _others(policy: Policy) -> tuple[object, ...]:
    """Everything but the regime that may read a series."""
    parts = (policy.combine, policy.forecaster, policy.allocator, policy.reacher, policy.costs, policy.cash)
    return (*policy.voices.values(), *parts)


def _falls(policy: Policy, market: Market, dates: Dates) -> tuple[list[Drawdown], Array, Dates]:
    """The falls of the benchmark from the first of `dates` on, oldest first, with its path (T,) and sessions (T,)."""
    if len(dates) == 0:
        return [], np.ones(0), dates
    first = int(np.searchsorted(market.sessions, dates[0]))
    index, _ = last_known(market.fields[TOTAL_RETURN][first:])
    moves = index[1:] / index[:-1] - 1.0
    returns = np.where(np.isfinite(moves), moves, 0.0) @ policy.benchmark
    path = np.append(1.0, np.cumprod(1.0 + returns))
    deep = [fall for fall in drawdown_table(returns, count=MOST) if fall.depth <= -DEEP]
    return sorted(deep, key=lambda fall: fall.peak), path, market.sessions[first:]


def _detection(fall: Drawdown, path: Array, sessions: Dates, live: tuple[Dates, Array]) -> Detection:
    dates, states = live
    peak, trough, depth = sessions[fall.peak], sessions[fall.trough], fall.depth
    before = int(np.searchsorted(dates, peak, side="right")) - 1
    already = before >= 0 and bool(states[before] != 0.0)
    wary = np.flatnonzero((states != 0.0) & (dates > peak) & (dates <= trough))
    if already or not len(wary):
        return Detection(peak, trough, depth, None, np.nan, np.nan, already)
    seen = dates[wary[0]]
    row = int(np.searchsorted(sessions, seen))
    lag = float((seen - peak) / np.timedelta64(1, "D"))
    return Detection(peak, trough, depth, seen, lag, float(path[row] / path[fall.peak] - 1.0))


def _false_alarms(states: Array, dates: Dates, falls: list[Drawdown], sessions: Dates) -> int:
    """Spells of states other than the first that touch no fall between its peak and its recovery."""
    wary = np.concatenate([[False], states != 0.0, [False]])
    starts, ends = np.flatnonzero(wary[1:] & ~wary[:-1]), np.flatnonzero(~wary[1:] & wary[:-1]) - 1
    alarms = 0
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        touched = any(dates[start] <= sessions[fall.end] and dates[end] >= sessions[fall.peak] for fall in falls)
        alarms += not touched
    return alarms


def regime_words(review: RegimeReview) -> tuple[str, ...]:
    """The review in sentences."""
    shares = ", ".join(f"{name} {share:.0%}" for name, share in zip(review.states, review.shares, strict=True))
    switches = "1 change" if review.switches == 1 else f"{review.switches} changes"
    lines = [f"Regime: {shares} of {review.known} decision dates; {switches} of state."]
    count = len(review.detections)
    spells = "1 other spell" if review.false_alarms == 1 else f"{review.false_alarms} other spells"
    alarms = f"{spells} outside {review.states[0]!r} touched none: false alarms"
    if not count:
        return (*lines, f"The benchmark never fell by {DEEP:.0%}: nothing was there to detect; {alarms}.")
    falls = f"Detection lag: of {count} fall{'' if count == 1 else 's'} of the benchmark by {DEEP:.0%} or more it saw"
    already = f", in {review.already} it was out of {review.states[0]!r} before the peak" if review.already else ""
    seen = [one for one in review.detections if one.seen is not None]
    if not seen:
        return (*lines, f"{falls} none before the trough{already}; {alarms}.")
    lag, lost = float(np.median([one.lag for one in seen])), float(np.median([one.lost for one in seen]))
    late = f"{'it' if len(seen) == 1 else 'the median one'} {lag:.0f} days after the peak, {abs(lost):.1%} down"
    return (*lines, f"{falls} {len(seen)} before the trough, {late}{already}; {alarms}.")

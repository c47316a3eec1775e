"""Does it know too much, and is it its timing that earns? Look-ahead, shuffled decisions, the benchmark at equal volatility.

Look-ahead is asked three ways: each component is audited on generated markets at every date (`trimtab check-signal`); the
policy is asked again on this market without its future (`asked_again`, RELIABILITY B1), the whole of it at dates spread over
the history, code of one's own at every decision; and named series and assets are held against what comes next (`foresight`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.schedule import TradeAt
from trimtab.core.terms import CLOSE, OPEN, TOTAL_RETURN
from trimtab.desk.asked_again import Asked, own_components, whole_policy
from trimtab.desk.conformance import check as audited
from trimtab.desk.dates import fill_rows
from trimtab.desk.evidence import SAME, Evidence, no_answer
from trimtab.desk.foresight import foresights
from trimtab.desk.other_sources import read_by
from trimtab.desk.outsiders import of_policy
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import bills
from trimtab.desk.result import Result
from trimtab.forecasts.none import NoForecast
from trimtab.regimes.none import NoRegime
from trimtab.validation.checks import Check, Light, lit
from trimtab.validation.equal_volatility import equal_volatility
from trimtab.validation.percents import number
from trimtab.validation.placebo import placebo
from trimtab.validation.specimen import Verdict

ASKED = frozenset(  # of an audit: what bears on the future; a fault of form is for `trimtab check-signal`
    {"answers", "memory", "asked twice", "one date alone", "poisoned future", "no future", "older history", "earlier calls"}
)
LOOKED = 60  # decisions of an audit of what takes long: regimes and forecasts
LEVEL = 0.05
MOVES = 1e-3  # one-way a decision: weights that move less are not timed


def lookahead(found: Evidence) -> Check:
    """FAIL where anything knows what comes after, or reads what no view hands out; the number of findings is its value."""
    policy, market = found.result.policy, found.result.market
    whole, own = whole_policy(found.result), own_components(found.result)
    asked_again = [one.fault for one in (whole, own) if one.fault]
    faults = [*asked_again, *_audits(policy), *_other_sources(policy), *foresights(policy, market)]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return Check("look-ahead", float(len(faults)), 0.0, Light.FAIL, f"it looks ahead: {faults[0]}{more}")
    return Check("look-ahead", 0.0, 0.0, Light.PASS, _how_asked(policy, whole, own))


def _how_asked(policy: Policy, whole: Asked, own: Asked) -> str:
    """What was asked, and how often, where nothing was found."""
    parts = len(tuple(_components(policy)))
    audited_ones = f"{parts} component{'s' if parts > 1 else ''} audited at every date, " if parts else ""
    said = f"your own code asked again at {_of(own)} decisions, " if own.dates else ""
    words = f"asked again without a future on {whole.dates} dates the policy aims at the same weights"
    return f"{audited_ones}{said}{'and ' if parts or own.dates else ''}{words}"


def _of(asked: Asked) -> str:
    return f"all {asked.of}" if asked.dates == asked.of else f"{asked.dates} of {asked.of}"


def _components(policy: Policy) -> Iterator[tuple[str, str, Any, int]]:
    """Name, role, component, and on how many decisions it is looked at (0: all)."""
    for name, signal in policy.voices.items():
        yield f"signal {name}", "signals", signal, 0
    if not isinstance(policy.regime, NoRegime):
        yield "regime", "regimes", policy.regime, LOOKED
    if not isinstance(policy.forecaster, NoForecast):
        yield "forecast", "forecasters", policy.forecaster, LOOKED


def _is_hashable(component: Any) -> bool:
    try:
        hash(component)
    except TypeError:  # a parameter that is a mapping
        return False
    return True


@lru_cache(maxsize=64)
def _verdict(role: str, component: Any, decisions: int) -> Verdict:
    """The audit of a component: the same component on the same generated markets says the same."""
    return audited(role, component, decisions=decisions)


def _audits(policy: Policy) -> Iterator[str]:
    for name, role, component, decisions in _components(policy):
        ask = _verdict if _is_hashable(component) else _verdict.__wrapped__
        verdict = ask(role, component, decisions)
        for fault in (one for one in verdict.failures if one.name in ASKED):
            yield f"{name} fails {fault.name}: {fault.detail}"


def _other_sources(policy: Policy) -> Iterator[str]:
    """What its own code was heard to read beside the view, in the backtest or since."""
    for what in dict.fromkeys(what for component in of_policy(policy) for what in read_by(component)):
        yield f"its own code reaches for {what}: a view is the only source"


def timing(found: Evidence) -> Check:
    """A placebo: the same weights at other times."""
    name, result = "placebo", found.result
    weights, earned = _held_and_earned(result)
    known = np.isfinite(weights).all(axis=1) & np.isfinite(earned).all(axis=1)
    if int(known.sum()) < 3:
        return no_answer(name, "fewer than three decisions have known weights and returns")
    shuffled = placebo(weights[known], earned[known], seed=found.seed)
    if not shuffled.turnover > MOVES:
        return no_answer(name, "its weights hardly ever move: there is no timing to shuffle")
    if not math.isfinite(shuffled.p):
        return no_answer(name, shuffled.says)
    words = (
        f"the same weights at shuffled times do as well in {100.0 * shuffled.p:.1f} of 100 draws (p {number(shuffled.p, 3)})"
    )
    return Check(name, shuffled.p, LEVEL, lit(shuffled.p, passes=shuffled.p <= LEVEL, fails=False), words)


def _held_and_earned(result: Result) -> tuple[Array, Array]:
    """(D, A) each: the weights that a decision aims at, and what assets made over cash from its fill to the next one."""
    policy, market = result.policy, result.market
    rows = np.array([np.searchsorted(market.sessions, one.today.when) for one in result.decisions], dtype=np.intp)
    filled = fill_rows(policy, market, rows)
    done = filled < len(market.sessions)
    weights, filled = np.array([one.today.goal for one in result.decisions])[done], filled[done]
    index, cash = market.fields[TOTAL_RETURN][filled], bills(policy, market)[filled]
    if policy.schedule.trade is TradeAt.NEXT_OPEN and OPEN in market.fields:
        opened = market.fields[OPEN][filled] / market.fields[CLOSE][filled]
        index = index * np.where(np.isfinite(opened), opened, 1.0)
    with np.errstate(invalid="ignore"):
        return weights[:-1], np.asarray(index[1:] / index[:-1] - (cash[1:] / cash[:-1])[:, None])


def same_risk(found: Evidence) -> Check:
    """The benchmark mixed with cash to the volatility of the policy."""
    name, result = "equal volatility", found.result
    if found.same:
        return no_answer(name, SAME)
    same = np.array_equal(result.dates, found.still.dates)
    mine, theirs, rf = (
        (result.returns, found.still.returns, result.riskfree) if same else (found.returns[:, 0], found.benchmark, found.rf)
    )
    mix = equal_volatility(mine, theirs, per_year=float(result.periods_per_year if same else 12), rf=rf)
    if mix.reason or not math.isfinite(mix.ahead):
        return no_answer(name, mix.reason or "some returns are unknown")
    return Check(name, mix.ahead, 0.0, lit(mix.ahead, passes=mix.ahead > 0.0, fails=False), mix.words)

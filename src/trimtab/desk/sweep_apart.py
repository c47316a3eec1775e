"""Variants that are not plain: in the float twin, those that share all but knowledge together; with taxes one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.calendar import Frequency
from trimtab.core.errors import TrimtabError
from trimtab.core.values import Aims
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_view
from trimtab.desk.dealing import Liquidity
from trimtab.desk.decide import aims
from trimtab.desk.fitting import misfits
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import bills, check_market
from trimtab.desk.summary import trading
from trimtab.desk.sweep_pass import NO_DATE, Pass
from trimtab.desk.twin import Paths, twin
from trimtab.desk.variants import Aspect, Variants
from trimtab.numerics.lanes import tally

_CELLS = 4_000_000  # numbers of daily wealth held at a time: 32 MB


def run_apart(made: Pass, variants: Variants, policy: Policy, mine: Index) -> None:
    """Run variants `mine` (places of the pass), which share the book of `policy`."""
    dates = made.groups[Aspect.DATES]
    for s in np.unique(dates[mine]).tolist():
        here, book = mine[dates[mine] == s], made.on(policy, s)
        if policy.tax is not None and policy.tax.bites:
            for place in here.tolist():
                _exact(made, variants, place)
            continue
        parts = -(-len(here) * len(made.market.sessions) // _CELLS)
        for some in np.array_split(here, parts):
            _twins(made, book, some)


def _twins(made: Pass, book: Policy, mine: Index) -> None:
    """Variants that differ in knowledge alone, or share that too; those that are not `_alike` by themselves."""
    knowledge = made.groups[Aspect.KNOWLEDGE][mine]
    alike = dict[tuple[tuple[Frequency, ...], Liquidity | None], list[int]]()
    for k in np.unique(knowledge).tolist():
        alike.setdefault(_alike(_knowing(made, book, k)), []).append(k)
    for some in alike.values():
        said = list[tuple[int, Aims]]()
        for k in some:
            own = _knowing(made, book, k)
            try:
                _require_fit(own, made.market)
                said.append((k, aims(own, decision_view(own, made.market))))
            except TrimtabError as error:
                made.fail(mine[knowledge == k], error.what)
        if not said:
            continue
        policy = _knowing(made, book, said[0][0])
        paths = twin(policy, made.market, decision_view(policy, made.market), [one for _, one in said])
        for number, (k, _) in enumerate(said):
            own_places = mine[knowledge == k]
            if number in paths.failed:
                made.fail(own_places, paths.failed[number])
            else:
                _keep(made, policy, own_places, paths, number)


def _alike(own: Policy) -> tuple[tuple[Frequency, ...], Liquidity | None]:
    """What variants of one run of the twin must have in common: it asks the first for its dates and for its liquidity."""
    return own.frequencies, own.liquidity if own.deals else None


def _knowing(made: Pass, book: Policy, k: int) -> Policy:
    """The policy whose knowledge is that of group k, on the schedule of `book` and with all else that it says of an account."""
    other = made.policies[Aspect.KNOWLEDGE, k]
    return replace(
        book,
        signals=other.signals,
        combine=other.combine,
        regime=other.regime,
        forecaster=other.forecaster,
        allocator=other.allocator,
        series=other.series,
        liquidity=other.liquidity,
        averages=other.averages,
    )


def _require_fit(policy: Policy, market: Market) -> None:
    """Refuse knowledge that the book or the dates of other variants do not go with, as reading it in full would."""
    for _, fault in misfits(policy):
        raise fault
    check_market(policy, market)


def _keep(made: Pass, policy: Policy, own: Index, paths: Paths, number: int) -> None:
    begin = len(made.market.sessions) - len(paths.sessions)
    wealth = paths.wealth[number]
    first = int(np.argmax(np.isfinite(wealth)))
    row, cash = begin + first, bills(policy, made.market)
    riskfree = np.zeros(len(cash))
    if policy.cash.series:
        riskfree[1:] = cash[1:] / cash[:-1] - 1.0
    made.note(own, np.full(len(own), row), "twin")
    turnover, costs = paths.turnover[number], paths.costs[number]
    days = np.searchsorted(made.market.sessions, paths.dates)
    same = policy.schedule.wait == 0  # wealth at the decision is what its costs have left
    nav = wealth[days - begin] + (costs if same else 0.0) * (days > row)
    funded = np.append(False, np.maximum.accumulate(turnover > 0.0)[:-1])
    sums = (turnover[funded].sum(), costs.sum(), np.nansum(costs / nav))
    made.trails.tallies[own] = np.append(tally(wealth[first:, np.newaxis], riskfree[row:])[:, 0], sums)
    _mark(made, own, wealth[first:], row)


def _exact(made: Pass, variants: Variants, place: int) -> None:
    """One variant through the ledger."""
    try:
        result = backtest(variants.policy(int(made.numbers[place])), made.market)
    except TrimtabError as error:
        made.fail(np.array([place]), error.what or NO_DATE)
        return
    row = len(made.market.sessions) - len(result.wealth)
    made.note(np.array([place]), np.array([row]), "ledger")
    riskfree = np.concatenate([[0.0], result.riskfree])
    sums = trading(result)
    years = max(float((result.dates[-1] - result.dates[0]) / np.timedelta64(1, "D")) / 365.25, 1e-9)
    told = (sums["turnover_per_year"] * years, sums["costs"], sums["cost_per_year"] * years)
    made.trails.tallies[place] = np.append(tally(result.wealth[:, np.newaxis], riskfree)[:, 0], told)
    _mark(made, np.array([place]), result.wealth, row)


def _mark(made: Pass, own: Index, wealth: np.ndarray, row: int) -> None:
    marked = made.trails.marked
    shown = marked > row
    made.trails.marks[np.ix_(own, np.flatnonzero(shown))] = wealth[marked[shown] - row]
    if made.trails.wealth.size:
        made.trails.wealth[own, :row] = wealth[0]
        made.trails.wealth[own, row:] = wealth

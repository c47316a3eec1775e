"""Is a policy worth its cost? Its benefit over its benchmark before costs, what it takes at a size of money, what is left.

The benefit is the arithmetic excess a year over the benchmark held still, both before costs, fees and taxes, with an
interval by the stationary bootstrap; or, where expectations were written down before launch, their alpha with its range,
put back before costs. The same backtest decides at every size: trading is costed by its trades at the size asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np

from trimtab.attribution.cost_creep import CostCreep
from trimtab.core.errors import DataError, UsageError
from trimtab.costs.capacity import Capacity, Participation, capacity
from trimtab.data.market import Market
from trimtab.desk.backtest import Progress, backtest
from trimtab.desk.capacity import trades_of
from trimtab.desk.cost_alarm import CostAlarm, alarm_words, alarmed, cost_alarm
from trimtab.desk.cost_review import review_costs
from trimtab.desk.expected import Expected
from trimtab.desk.foreseen import seen_expected
from trimtab.desk.other_schedules import LEVEL, Faster, Scheduled, faster_of, variants_of
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import require_volumes
from trimtab.desk.proof import Proof, proof_of
from trimtab.desk.result import Result
from trimtab.desk.rivals import static
from trimtab.desk.taken import Taken, taken
from trimtab.desk.yearly_costs import Side, Terms, rate_of, yearly_costs
from trimtab.governance.economics import DEAR, SMALL, Economics
from trimtab.numerics.intervals import interval

__all__ = ["CostAlarm", "Economised", "Known", "Terms", "cost_alarm", "economics_of"]

TENTH = Participation()  # a tenth of what a market trades in a day
_NONE = Decimal(0)


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the workspace and the book: expectations, a validation, costs of an account. None: it does not.

    `unseen` says why expectations that are there are not seen.
    """

    expected: Expected | None = None
    proof: Proof | None = None
    costs: CostAlarm | None = None
    unseen: str = ""

    @classmethod
    def of(cls, folder: Path, policy: Policy) -> Known:
        """What is seen of a policy in a workspace."""
        expected, unseen = seen_expected(folder, policy)
        return cls(expected, proof_of(folder, policy), unseen=unseen)


@dataclass(frozen=True, slots=True, eq=False)
class Economised:
    """What came out for one policy at one size. `result` is the backtest that it rests on, `source` where the benefit is from.

    `capacity` is None where it is not known, and `no_capacity` says why. `quarters` are those of `costs_of`, the backtest
    or an account. `others` are the backtests on other schedules.
    """

    result: Result
    economics: Economics
    source: str
    level: float
    schedules: tuple[Scheduled, ...]
    faster: tuple[Faster, ...]
    capacity: Capacity | None
    no_capacity: str
    quarters: CostCreep | None
    costs_of: str
    validation: str
    remarks: tuple[str, ...] = ()
    others: tuple[Result, ...] = field(default=(), repr=False)

    @property
    def alarm(self) -> bool:
        """Whether each of the last four quarters cost more than 1.25 times what was assumed for it."""
        return self.quarters is not None and alarmed(self.quarters)

    @property
    def alarm_words(self) -> str:
        """The alarm in a sentence; empty where there is none."""
        return f"{self.costs_of}: {alarm_words(self.quarters)}" if self.quarters is not None and self.alarm else ""

    @property
    def verdict(self) -> str:
        """What the benefit and the cost come to, in a sentence."""
        one = self.economics
        benefit, cost = f"{_percent(float(one.benefit))} a year", f"{_percent(float(one.cost))} a year"
        if one.marginal:
            small, dear = _apart(Fraction(one.benefit), SMALL), _apart(one.cost, DEAR)
            return f"Marginal: a benefit of {small} % a year is below 1 % and a cost of {dear} % a year above 0.5 %."
        if one.net <= 0:
            return f"It does not pay: it brings {benefit} before costs and takes {cost}."
        if one.interval[0] <= 0:
            return "It is expected to pay for itself, and that is not certain: the interval of the net benefit holds 0."
        return "It pays for itself over the whole interval of what is expected."


def economics_of(
    policy: Policy, market: Market, terms: Terms, *, known: Known | None = None, progress: Progress | None = None
) -> Economised:
    """The economics of `policy` on `market` at the size that `terms` ask for.

    Raises UsageError for money in another currency than the policy's, DataError where the policy cannot be run or trades
    too little for its cost to be known, ParameterError for costs below 0.
    """
    known = known or Known()
    _require_currency(policy, terms)
    result = backtest(policy, market, progress=progress)
    held = backtest(static(policy).with_horizon(start=result.dates[0].item()), result.market)
    mine, theirs = taken(result), taken(held)
    if len(mine.gross) < 2:
        raise DataError(f"{len(mine.gross)} returns are too few to say what {policy.name} brings", remedy="Give more data.")
    fixed, rates, remarks = yearly_costs((result, mine), (held, theirs), terms)
    benefit, source, level = _benefit((mine, theirs), known.expected, seed=terms.seed)
    made = Economics(terms.assets, *benefit, fixed, rates, terms.hurdle)
    others = tuple(variants_of(result))
    able, why = _capacity(result)
    quarters, whose = _quarters(result, known.costs)
    validated = known.proof.ruling if known.proof is not None else ""
    schedules, faster = _schedules(result, held, others, terms)
    remarks = (*remarks, f"Not looked at: {known.unseen}.") if known.unseen else remarks
    shown = (schedules, faster, able, why, quarters, whose, validated, remarks, others)
    return Economised(result, made, source, level, *shown)


def _require_currency(policy: Policy, terms: Terms) -> None:
    base = policy.horizon.capital.currency
    for name, amount in (("aum", terms.assets), ("data cost", terms.data), ("software", terms.software)):
        if amount is not None and amount.currency != base:
            what = f"{name} is in {amount.currency}, and {policy.name} is kept in {base}"
            raise UsageError(what, remedy=f"Give it in {base}.")


def _benefit(
    both: tuple[Taken, Taken], expected: Expected | None, *, seed: int
) -> tuple[tuple[Decimal, Decimal, Decimal], str, float]:
    """Benefit with the ends of its interval, where it comes from, and the level of the interval."""
    mine, theirs = both
    if expected is not None and (alpha := expected.ranges.get("alpha")) is not None:
        back = mine.drag - theirs.drag
        ends = (alpha["median"] + back, alpha["low"] + back, alpha["high"] + back)
        words = f"alpha that was written down before launch (as of {expected.source['last']}), put back before costs"
        return _ordered(*ends), words, float(alpha["level"])
    first = max(mine.dates[0], theirs.dates[0])
    own, others = (one.gross[np.flatnonzero(one.dates[1:] > first)] for one in both)
    found = interval(lambda drawn: drawn.mean(axis=-1) * mine.per_year, own - others, seed=seed, level=LEVEL)
    if not np.isfinite(found.value):
        raise DataError("a return is not known, so what it brings is not", remedy="Mend the data: trimtab data check.")
    low, high = (end if np.isfinite(end) else found.value for end in (found.low, found.high))
    return _ordered(found.value, low, high), "its backtest over its benchmark held still, both before costs", found.level


def _ordered(value: float, low: float, high: float) -> tuple[Decimal, Decimal, Decimal]:
    """As decimals; an interval by percentiles of few draws may leave the value out, and is then stretched to it."""
    middle, one, two = (rate_of(number) for number in (value, low, high))
    return middle, min(middle, one), max(middle, two)


def _capacity(result: Result) -> tuple[Capacity | None, str]:
    try:
        require_volumes(result.market, "capacity is about what markets trade in a day")
    except DataError as error:
        return None, str(error.what)
    return capacity(trades_of(result), TENTH), ""


def _quarters(result: Result, costs: CostAlarm | None) -> tuple[CostCreep | None, str]:
    if costs is not None:
        return costs.quarters, f"account {costs.account}" if costs.account else "all accounts"
    return review_costs(result), "backtest"


def _schedules(
    result: Result, held: Result, others: tuple[Result, ...], terms: Terms
) -> tuple[tuple[Scheduled, ...], tuple[Faster, ...]]:
    """Each schedule over the dates that all of them share, and what the faster of the policy's own and another adds."""
    every = (result, *others)
    if not others:
        return (), ()
    sides = [(one, taken(one)) for one in (*every, held)]
    totals = [_total(side, sides[-1], terms) for side in sides[:-1]]
    first = max(one.dates[0] for one in every)
    means = [found.per_year * float(found.gross[found.dates[1:] > first].mean()) for _, found in sides]
    rows = [
        Scheduled(one.policy.schedule.decide.value, mean - means[-1], total, own=one is result)
        for one, mean, total in zip(every, means, totals, strict=False)
    ]
    added = [faster_of(result, one, (totals[0], total), seed=terms.seed) for one, total in zip(others, totals[1:], strict=True)]
    return tuple(rows), tuple(one for one in added if one is not None)


def _total(own: Side, held: Side, terms: Terms) -> float:
    """All cost a year, as a fraction of the assets."""
    fixed, rates, _ = yearly_costs(own, held, terms)
    return float(Economics(terms.assets, _NONE, _NONE, _NONE, fixed, rates).cost)


def _apart(fraction: Fraction, edge: Fraction) -> str:
    """In percent, with as many digits as it takes not to be written as the edge that it is not at."""
    texts = (f"{float(100 * fraction):.{digits}f}" for digits in range(2, 16))
    return next((text for text in texts if Fraction(text) != 100 * edge), str(float(100 * fraction)))


def _percent(fraction: float) -> str:
    return f"{100.0 * fraction:.2f} %"

"""The float twin of a backtest: the same run over several variants at once, without Decimals (law 8 of the design).

Variants share policy, market and decision dates, and differ in their aims. The rules are those of the exact run: its
reacher, its costs, its financing and fees, its order of events. What is rounded there to the smallest part of a unit is
rounded here; money is not. So wealth is the same to 1e-9 where money is unrounded, and within half a cent an entry else.
It cannot be promised where the last bit decides: a drift that ends on its band, a whole share that just can or cannot be
paid, an account that is all in one asset and pays a smallest ticket for the last part of a unit. And where a solver finds
the target (overlapping groups, bounds on risk, mean-variance) it is the same as far as the solver's answers are, 1e-7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab.construction.pace import Pace
from trimtab.core.arrays import Array, Dates, Index, Mask, frozen
from trimtab.core.errors import DataError, UsageError
from trimtab.core.rules import one_way
from trimtab.core.schedule import Rounding
from trimtab.core.values import Aims
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.backtest import Run, first_decision
from trimtab.desk.dates import fill_rows, splits_between
from trimtab.desk.policy import Policy
from trimtab.desk.twin_deciding import Deciding
from trimtab.desk.twin_holdings import Holdings, Moves, Who
from trimtab.desk.twin_marks import Marking
from trimtab.desk.twin_passing import Passing, charged
from trimtab.desk.twin_trading import Quotes, Ticketed, fill

_NEVER = -1
_CENTS = "amounts are not rounded to the smallest unit of money here: half of one an entry at most"


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """V accounts over the T sessions from the first decision of any of them, and D decision dates from there on.

    `wealth` (V, T) is net asset value after costs, in currency; NaN before a variant's own first decision, and from where
    it failed. `weights` (V, T, A) are held at each close; None: nobody asked. `turnover` (V, D) is one way, first funding
    included, as a fraction of net asset value, `costs` (V, D) in currency, both by the decision that caused them; `fills`
    (V,) is the number of trades. `refused` (V, D) are the decisions on which nothing was traded, since nothing could be
    decided or the gate let nothing through. `failed` says of a variant why it has no more wealth: it never had all that
    it needs, or was ruined. `notes` say what an exact run does otherwise.
    """

    sessions: Dates
    wealth: Array
    dates: Dates
    turnover: Array
    costs: Array
    fills: Index
    refused: Mask
    failed: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    weights: Array | None = None

    def __post_init__(self) -> None:
        for name in ("wealth", "turnover", "costs", "fills", "refused"):
            object.__setattr__(self, name, frozen(getattr(self, name)))


def twin(policy: Policy, market: Market, view: MarketView, knowledge: Sequence[Aims], *, weights: bool = False) -> Paths:
    """Run `policy` once for each of `knowledge` (V aims of the decision dates of `view`), in floats.

    `market` ends with the run (see `desk.prepare.until`). All variants share what is known of the liquidity of a date:
    that of the first. Raises UsageError for a policy with taxes, and where there is no variant.
    """
    if policy.tax is not None and policy.tax.bites:
        raise UsageError(f"the float twin knows no taxes, and {policy.name} pays some", remedy="Run the exact backtest.")
    if not knowledge:
        raise UsageError("there is no variant to run", remedy="Give the aims of one at least.")
    return _Twin.of(Run(policy, market, view, knowledge[0]), knowledge, weights=weights).over()


@dataclass(slots=True)
class _Twin:
    """One pass over the decision dates of V accounts."""

    exact: Run  # prices of fills and conditions are its own
    knowledge: Sequence[Aims]
    first: Index  # (V,) number of each first decision
    failed: dict[int, str]
    book: Holdings
    marks: Marking
    deciding: Deciding
    passing: Passing
    starts: frozenset[int] = field(init=False)
    turnover: Array = field(init=False)
    costs: Array = field(init=False)
    refused: Mask = field(init=False)
    fills: Index = field(init=False)

    def __post_init__(self) -> None:
        shape = len(self.knowledge), len(self.exact.view.rows)
        self.starts = frozenset(self.first.tolist())
        self.turnover, self.costs = np.zeros(shape), np.zeros(shape)
        self.refused, self.fills = np.zeros(shape, dtype=bool), np.zeros(shape[0], dtype=np.intp)

    @classmethod
    def of(cls, exact: Run, knowledge: Sequence[Aims], *, weights: bool) -> _Twin:
        policy, market, view = exact.policy, exact.market, exact.view
        first, failed = _first(policy, view, knowledge)
        book = _holdings(policy, len(knowledge), len(view.rows))
        conditions = exact.conditions()
        shape = len(knowledge), len(market.sessions)
        held = np.full((*shape, len(policy.universe)), np.nan) if weights else None
        marks = Marking(book, conditions, policy.cash, policy.holding, np.full(shape, np.nan), held)
        opened = np.where(first == _NEVER, _NEVER, view.rows[first])
        begun = int(opened[first != _NEVER].min(initial=shape[1] - 1))
        passing = Passing.of(policy, book, marks, charged(policy, market, opened), begun)
        return cls(exact, knowledge, first, failed, book, marks, Deciding(policy, knowledge, conditions), passing)

    def over(self) -> Paths:
        """Fund each account at its first decision, take every decision in turn, and value all of them at every session."""
        view, market = self.exact.view, self.exact.market
        rows = view.rows.tolist()
        fills = fill_rows(self.exact.policy, market, view.rows).tolist()
        begun = int(self.first[self.first != _NEVER].min(initial=len(rows)))
        finite = np.isfinite(np.add.reduce(self.deciding.goals, -1))
        for d in range(begun, len(rows)):
            self.passing.to(rows[d])
            self._open(d, rows[d])
            self.passing.reinvest()
            found = self._decide(d, rows[d], finite[d])
            if fills[d] < len(market.sessions):
                self._trade(d, found, (rows[d], fills[d]))
        self.passing.to(len(market.sessions) - 1)
        self.passing.reinvest()
        self.marks.upto(len(market.sessions))
        return self._paths(begun)

    def _open(self, d: int, row: int) -> None:
        """Fund the accounts whose first decision this is."""
        if d in self.starts:
            who = np.flatnonzero(self.first == d)
            self.book.cash[who] = float(self.exact.policy.horizon.capital.amount)
            self.passing.open(row, who)

    def _decide(self, d: int, row: int, finite: Mask) -> list[Ticketed]:
        worth = self.deciding.worth(self.book, row)
        able = worth.nav > 0.0
        if np.count_nonzero(able) < len(able):
            ruined = np.flatnonzero(~able & (self.first <= d) & (self.first != _NEVER)).tolist()
            when = self.exact.market.sessions[row]
            self._close(row, {number: f"the account is worth {worth.nav[number]:.2f} on {when}" for number in ruined})
        asked = able & finite
        found = self.deciding(d, self.book, worth, asked) if asked.any() else []
        self.refused[:, d] = able
        for one in found:
            self.refused[one.who, d] = False
        if self.deciding.stopped:
            self._close(row, self.deciding.stopped)
        return found

    def _close(self, row: int, why: Mapping[int, str]) -> None:
        """Accounts with which an exact run could not go on have no wealth from session `row` on."""
        fresh = [number for number in why if number not in self.failed]
        if fresh:
            self.failed |= {number: why[number] for number in fresh}
            self.book.quanta[fresh], self.book.cash[fresh] = 0.0, np.nan
            self.marks.note(row, np.array(fresh))

    def _trade(self, d: int, found: list[Ticketed], rows: tuple[int, int]) -> None:
        """Fill the decisions of one row on another."""
        (row, fill_row), policy, market = rows, self.exact.policy, self.exact.market
        if not found:
            return
        self.passing.to(fill_row, _together([one.who for one in found]))
        if self.book.moves is not None:
            self.book.moves.open(self.knowledge[0].days.dates[d])
        prices = self.exact.fill_prices(fill_row, policy.schedule.trade)
        quotes = Quotes(market.sessions[fill_row], prices, splits_between(market, row, fill_row))
        reserved = self.passing.reserved
        for one in found:
            if one.blocked is not None:
                self.refused[one.who, d] = one.blocked
            power = self.book.cash[one.who] + self.deciding.borrow * one.nav
            filled = fill(self.book, policy.costs, one, quotes, power if reserved is None else power - reserved[one.who])
            if filled is not None:
                self.fills[one.who] += filled.count
                self.costs[one.who, d] = filled.costs
                self.turnover[one.who, d] = one_way(filled.amounts) / one.nav
        self.marks.note(fill_row, _together([_let_through(one) for one in found]))
        self.passing.reinvest()

    def _paths(self, begun: int) -> Paths:
        run, rows = self.exact, self.exact.view.rows
        start = int(rows[begun]) if begun < len(rows) else len(run.market.sessions)
        for number, d in enumerate(self.first.tolist()):
            if d != _NEVER:  # before first funding
                self.marks.wealth[number, rows[d]] = float(run.policy.horizon.capital.amount)
        cents = run.policy.execution.rounding is Rounding.MINOR
        weights = self.marks.weights
        return Paths(
            run.market.sessions[start:],
            self.marks.wealth[:, start:],
            self.knowledge[0].days.dates[begun:],
            self.turnover[:, begun:],
            self.costs[:, begun:],
            self.fills,
            self.refused[:, begun:],
            self.failed,
            (_CENTS,) if cents else (),
            None if weights is None else weights[:, start:],
        )


def _first(policy: Policy, view: MarketView, knowledge: Sequence[Aims]) -> tuple[Index, dict[int, str]]:
    """The number (V,) of each variant's first decision, and why there is none."""
    first, failed = np.full(len(knowledge), _NEVER), dict[int, str]()
    for number, one in enumerate(knowledge):
        try:
            first[number] = first_decision(policy, view, one)
        except DataError as error:
            failed[number] = error.what
    return first, failed


def _holdings(policy: Policy, accounts: int, dates: int) -> Holdings:
    """Accounts that are not opened yet; what limits ask of the past is kept where any may ask."""
    assets, rules = len(policy.universe), policy.rules
    asks = bool(rules.budgets or rules.shares) or not (rules.plain and type(policy.reacher) is Pace)
    moves = Moves(np.empty(dates, dtype="datetime64[D]"), np.zeros((dates, accounts, assets + 1))) if asks else None
    bought: list[tuple[np.datetime64, Array]] | None = [] if policy.remembers else None
    cash, funded = np.full(accounts, np.nan), np.zeros(accounts, dtype=bool)
    return Holdings(np.zeros((accounts, assets)), cash, funded, 10.0**policy.digits, moves, bought)


def _together(groups: Sequence[Who]) -> Who:
    """Several groups of accounts as one."""
    if len(groups) == 1:
        return groups[0]
    return np.sort(np.concatenate(groups))  # type: ignore[arg-type]  # everyone is a group alone


def _let_through(one: Ticketed) -> Who:
    """The accounts of a group that the gate did not stop."""
    if one.blocked is None:
        return one.who
    passed = ~one.blocked
    return np.flatnonzero(passed) if isinstance(one.who, slice) else one.who[passed]

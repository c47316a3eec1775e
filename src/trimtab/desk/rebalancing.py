"""What an account is to trade: the policy's decision on its real book, trade by trade, with lots, cost, tax and every check.

Nothing is written here. Accounts that follow one policy share its outlook; each has a book of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

import numpy as np

from trimtab.accounting.lots import Lots
from trimtab.accounting.taxes.foreseen import Ahead, foreseen
from trimtab.accounting.taxes.selling import SaleTax
from trimtab.construction.standing import stand
from trimtab.core.calendar import plain_date
from trimtab.core.controls import Circumstances
from trimtab.core.entries import Fill
from trimtab.core.errors import DataError, UsageError
from trimtab.core.households import Account
from trimtab.core.money import ZERO, exact
from trimtab.core.rules import one_way
from trimtab.core.taxes import Lot, Term, Wrapper
from trimtab.core.trades import Book, Decision, Order
from trimtab.desk.books import Scope
from trimtab.desk.decide import decide
from trimtab.desk.drifting import Outside, outside
from trimtab.desk.folding import Folded
from trimtab.desk.lot_choice import Chosen, taken, unwanted
from trimtab.desk.outlook import Outlook
from trimtab.desk.overridden_trades import Applied, applied
from trimtab.desk.override_words import reason_of
from trimtab.desk.overrides_in_force import NONE, InForce
from trimtab.desk.record import after
from trimtab.execution.checks import state
from trimtab.execution.gate import Batch, Gate, Judgement
from trimtab.governance.overrides import Override

_BP = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Trade:
    """One line: units (above zero buys) of an asset of the policy, booked in `place`.

    `estimate` is what trading it costs, `short` and `long` the gains of the lots that a sale takes, `disallowed` the part of
    their losses that wash sales in sight take away, `tax` what is left is taxed, all in money; `tax` is None where nobody
    knows the rates.
    """

    asset: int
    place: str
    units: Decimal
    reference: Decimal
    reason: str
    lots: Chosen = ()
    estimate: Decimal = ZERO
    short: Decimal = ZERO
    long: Decimal = ZERO
    disallowed: Decimal = ZERO
    tax: Decimal | None = ZERO

    @property
    def notional(self) -> Decimal:
        """What it moves, above zero."""
        return abs(self.units * self.reference)

    @property
    def bps(self) -> Decimal:
        """Its cost in basis points of what it moves."""
        return self.estimate / self.notional * _BP if self.notional else ZERO


@dataclass(frozen=True)
class Rebalance:
    """The decision of a policy on one account (or sleeve, by `name`), its trades, and what the gate says of them."""

    outlook: Outlook
    account: Account
    name: str
    decision: Decision
    trades: tuple[Trade, ...]
    judgement: Judgement
    instruments: tuple[str, ...]  # what each asset of the policy is called in the book
    outside: tuple[Outside, ...] = ()
    owed: Decimal = ZERO  # tax that was set aside
    remarks: tuple[str, ...] = ()  # what could not be taken into account
    later: date | None = None  # the last day, after the one that is looked at, of which the book has fills
    applied: Applied | None = None  # what people change of the decision; None: nothing

    @property
    def traded(self) -> Decision:
        """What is traded: the decision of the model, with the living overrides on it."""
        return self.decision if self.applied is None else self.applied.decision

    @property
    def overrides(self) -> tuple[Override, ...]:
        """The overrides that are on it, oldest first."""
        return () if self.applied is None else self.applied.living

    def covers(self, place: str) -> bool:
        """Whether a place is one of those that it is about: all of the account, or the one sleeve."""
        return place == self.name or ("/" not in self.name and place.partition("/")[0] == self.name)

    @property
    def book(self) -> Book:
        """The account as it was decided on."""
        return self.decision.book

    @cached_property
    def after(self) -> np.ndarray:
        """(A,) weights that the trades lead to at the prices of the decision, costs left out."""
        return np.asarray(after(self.traded))

    @property
    def drift(self) -> float:
        """Half the sum of what differs between held and target, cash with it."""
        return float(one_way(self.book.held - self.traded.target))

    @property
    def turnover(self) -> float:
        """One-way turnover of the trades."""
        return float(one_way(self.after - self.book.held))

    @property
    def estimate(self) -> Decimal:
        """What all trades cost, in money."""
        return sum((trade.estimate for trade in self.trades), ZERO)

    @property
    def tax(self) -> Decimal | None:
        """What all sales are taxed; None where it is not known of one."""
        known = [trade.tax for trade in self.trades if trade.tax is not None]
        return sum(known, ZERO) if len(known) == len(self.trades) else None

    @property
    def blocked(self) -> bool:
        """Whether a rule stops the whole batch."""
        return bool(self.trades) and self.judgement.blocked

    @property
    def action(self) -> str:
        """What is done, in two words."""
        if self.traded.refused:
            return "refused"
        if self.outlook.stale:
            return "stale"
        if self.blocked:
            return "BLOCKED"
        if not self.trades:
            return "none"
        if self.later:
            return "traded"
        share = float(self.decision.reach.share)
        return "to target" if not share < 1.0 else f"{share:.0%} of way"

    @property
    def exit_code(self) -> int:
        """6 where trades meet a halted account, 3 where a rule blocks, 4 for a book or prices too old, 5 where trades wait."""
        if self.blocked:
            return 6 if any(one.rule == state.__name__ for one in self.judgement.blocks) else 3
        if self.outlook.stale or self.traded.refused or (self.later and self.trades):
            return 4
        return 5 if self.trades else 0


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One account with its household folded under the law of the policy, as a rebalance is asked for."""

    found: Folded
    scope: Scope
    account: Account
    numbers: tuple[int | None, ...]  # of the policy's assets in the book
    book: Book
    owed: Decimal = ZERO
    remarks: tuple[str, ...] = ()
    later: date | None = None  # the last day after that of the outlook of which the book has fills


def rebalance(outlook: Outlook, asked: Asked, gate: Gate, now: Circumstances, *, overrides: InForce = NONE) -> Rebalance:
    """Decide on the book of one account, choose lots, estimate costs and taxes, and have the gate judge it.

    The decision is the model's; what is traded has the living overrides on it, and is what the gate judges.
    Raises UsageError where the policy trades with a lag: an order leaves for the next session, and nothing holds it back.
    """
    policy = outlook.policy
    if policy.schedule.lag:
        what = f"{policy.name} trades with lag {policy.schedule.lag}, which is for studies: orders are not held back"
        raise UsageError(what, remedy="Leave lag out of the policy that accounts follow.")
    decision = decide(policy, outlook.today, asked.book)
    put = applied(policy, decision, overrides.living, overrides.before(policy)) if overrides.living else None
    traded = decision if put is None else put.decision
    kept = _kept(outlook, asked, traded) if any(order.units < 0 for order in traded.orders) else {}
    with exact():
        told_why = ((order, kept, reason_of(traded, order, decision, overrides.living)) for order in traded.orders)
        trades = tuple(trade for asking in told_why for trade in _trades(outlook, asked, traded, asking))
    trades = taxed(outlook, asked, trades)
    base = traded.reach.base
    if policy.rules.budgets or policy.rules.windows:
        base = stand(traded.book, policy.rules).base  # worked out afresh: the gate believes nobody
    judgement = gate.judge(Batch.of(traded, base), now)
    found = asked.found
    names = names_of(outlook, asked)
    listed = outside(found, asked.scope, asked.numbers)
    told = (names, listed, asked.owed, asked.remarks, asked.later, put)
    return Rebalance(outlook, asked.account, asked.scope.name, decision, trades, judgement, *told)


def names_of(outlook: Outlook, asked: Asked) -> tuple[str, ...]:
    """What each asset of the policy is called in the book; one that it does not know yet, by its series."""
    known = asked.found.instruments
    pairs = zip(outlook.policy.universe, asked.numbers, strict=True)
    return tuple(asset.series if number is None else known[number].id for asset, number in pairs)


Kept = Mapping[str, Collection[str]]  # by place, the lots that today's limits do not want sold


def _trades(outlook: Outlook, asked: Asked, decision: Decision, asking: tuple[Order, Kept, str]) -> list[Trade]:
    """The trades of one order: a sale takes what each place of the account holds, its own first."""
    order, kept, reason = asking
    number = asked.numbers[order.asset]
    if order.units > 0 or number is None:
        places = [(asked.account.id if asked.account.id in asked.scope.places else next(iter(asked.scope.places)), order.units)]
    else:
        places = _divided(asked, number, order.units)
    return [_trade(outlook, asked, decision, Trade(order.asset, place, units, order.reference, reason), kept)
            for place, units in places]  # fmt: skip


def _divided(asked: Asked, number: int, units: Decimal) -> list[tuple[str, Decimal]]:
    """A sale of `units` (below zero) over the places that hold them."""
    parts, left = [], -units
    for place in asked.scope.places:
        part = min(left, asked.found.held(place, number))
        if part > 0:
            parts.append((place, -part))
            left -= part
    return parts


def _trade(outlook: Outlook, asked: Asked, decision: Decision, bare: Trade, kept: Kept) -> Trade:
    policy = outlook.policy
    money, dealing = policy.currency, decision.book.dealing
    notional = -bare.units * bare.reference  # cash received
    estimate = money.round(policy.costs.ticket(notional, bare.asset, dealing))
    number, lots = asked.numbers[bare.asset], asked.found.lots.get(bare.place)
    short = long = ZERO
    chosen: Chosen = ()
    if bare.units < 0 and number is not None:
        day = plain_date(outlook.as_of)
        if isinstance(lots, Lots):
            chosen = taken(lots, number, (-bare.units, bare.reference, day), kept.get(bare.place, ()))
        rows = asked.found.of(bare.place, number)
        sold = chosen or _of_pool(rows, -bare.units)
        short, long = _gains(asked, rows, sold, (bare.reference - estimate / -bare.units, day))
    return replace(bare, lots=chosen, estimate=estimate, short=money.round(short), long=money.round(long))


def _of_pool(rows: Sequence[Lot], units: Decimal) -> Chosen:
    """A sale out of a pool: all units at average cost. What the law matches with other days is not foreseen."""
    return ((rows[0].id, units),) if rows else ()


def _gains(asked: Asked, lots: Sequence[Lot], chosen: Chosen, sale: tuple[Decimal, date]) -> tuple[Decimal, Decimal]:
    """Short-term and long-term gains of selling the chosen lots at a price, costs taken off."""
    price, day = sale
    by_id = {lot.id: lot for lot in lots}
    gains = {Term.SHORT: ZERO, Term.LONG: ZERO}
    for lot_id, units in chosen:
        lot = by_id[lot_id]
        gains[asked.found.regime.term(lot.acquired, day)] += units * price - lot.cost * units / lot.units
    return gains[Term.SHORT], gains[Term.LONG]


def taxed(outlook: Outlook, asked: Asked, trades: tuple[Trade, ...], others: Sequence[Ahead] = ()) -> tuple[Trade, ...]:
    """The trades with what their sales are taxed, as if all were filled on the day that is looked at.

    Losses meet purchases of the last days, those among the trades, and those among `others`, fills foreseen in the household.
    """
    if asked.account.wrapper is not Wrapper.TAXABLE or not any(trade.units < 0 for trade in trades):
        return trades
    day, found, money = plain_date(outlook.as_of), asked.found, outlook.policy.currency
    own = [k for k, trade in enumerate(trades) if asked.numbers[trade.asset] is not None]
    made = list(trades)
    try:
        rates = found.regime.rates(day)
        ahead = (*fills_ahead(outlook, asked, trades), *others)
        gains = foreseen(found.household, ahead, day) if found.household is not None else {}
    except DataError:
        return tuple(replace(trade, tax=None) if k in own and trade.units < 0 else trade for k, trade in enumerate(trades))
    with exact():
        for place, k in enumerate(own):
            if trades[k].units < 0:
                lost = {Term.SHORT: ZERO, Term.LONG: ZERO}
                for gain in gains.get(place, ()):
                    lost[found.regime.term(gain.acquired, day)] += gain.disallowed
                short, long = trades[k].short + lost[Term.SHORT], trades[k].long + lost[Term.LONG]
                tax = money.round(short * rates.short + long * rates.long)
                made[k] = replace(trades[k], disallowed=sum(lost.values(), ZERO), tax=tax)
    return tuple(made)


def fills_ahead(outlook: Outlook, asked: Asked, trades: Sequence[Trade]) -> tuple[Ahead, ...]:
    """Trades as they would be booked at their reference prices; without those of what the book does not know yet."""
    day, found = plain_date(outlook.as_of), list[Ahead]()
    with exact():
        for trade in trades:
            number = asked.numbers[trade.asset]
            if number is not None:
                amount = outlook.policy.currency.round(-trade.units * trade.reference)
                plain = Fill(day, number, trade.units, trade.reference, amount, trade.estimate, "", lots=trade.lots)
                found.append((trade.place, plain))
    return tuple(found)


def _kept(outlook: Outlook, asked: Asked, decision: Decision) -> Kept:
    """By place, the lots that today's limits do not want sold."""
    policy = outlook.policy
    if not policy.taxed or policy.tax is None or asked.account.wrapper is not Wrapper.TAXABLE:
        return {}
    rows, owners = [], []
    for number in asked.numbers:
        own = [] if number is None else [(p, lot) for p in asked.scope.places for lot in asked.found.of(p, number)]
        own.sort(key=lambda pair: pair[1].acquired)
        rows.append([lot for _, lot in own])
        owners.append([place for place, _ in own])
    found: dict[str, set[str]] = {}
    for asset, k in unwanted(SaleTax(policy.tax.regime, asked.account.lots), rows, decision.book, policy.rules):
        found.setdefault(owners[asset][k], set()).add(rows[asset][k].id)
    return found

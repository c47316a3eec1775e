"""The gate: every order passes it, whoever made it, and a broker accepts nothing that it has not stamped.

What is always checked stands in `checks.py`; then come the policy's rules of construction, re-checked in plain numpy, and
its controls of orders. Soft rules (severity `warn`) report; hard rules stop the whole batch. `judge` says all of it, for
screens and for the journal; `stamp` is the same in short, and makes the stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from trimtab.core.arrays import Array
from trimtab.core.controls import Circumstances, Evaluation, Line, Outcome, Ruled
from trimtab.core.errors import BreachError, DataError, InvariantError
from trimtab.core.frictions import LimitKind
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import Ticket
from trimtab.core.rules import Breach, Rules, Severity
from trimtab.core.trades import Book, Decision
from trimtab.core.values import Dealing
from trimtab.execution import checks
from trimtab.execution.batch import NO_MOMENT, Batch, at_decision
from trimtab.execution.judgement import Judgement, beyond, checked, controlled, grew, measured, refusal, ruled, said

_SEAL = object()
Quick = Callable[[Sequence[Any], Book], bool] | None
__all__ = ["Batch", "Gate", "Judgement", "Stamped", "book_from", "joined", "merged"]


@dataclass(frozen=True, slots=True)
class Stamped:
    """Orders (`core.trades.Order`) or tickets (`core.orders.Ticket`) that passed the gate. Only the gate makes one."""

    orders: tuple[Any, ...]
    warnings: tuple[Breach, ...] = ()
    dealing: Dealing | None = None  # what was known of the markets, for what trading costs
    seal: object = field(default=None, repr=False, compare=False)
    cautions: tuple[Evaluation, ...] = ()  # soft controls that measured more than they allow

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise InvariantError("these orders did not pass the gate", remedy="Send orders through Gate.stamp.")

    def of(self, order: str) -> Any:
        """The order or ticket with this id. Raises InvariantError where it was not stamped."""
        for one in self.orders:
            if one.id == order:
                return one
        raise InvariantError(f"order {order} is not among those that were stamped", remedy=checks.STAYS)


def book_from(base: Array, book: Book) -> Book:
    """The book with `base` (A,), what is held after repair: a repair is exempt from turnover budgets."""
    return book if base is book.held else replace(book, base=base)


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Stamps orders, or raises and says which rule stands in the way.

    `borrow` is the fraction of net asset value that may be borrowed, `version` that of the program that sends.
    """

    rules: Rules
    borrow: float = 0.0
    controls: tuple[Ruled, ...] = ()
    version: str = ""
    _quick: tuple[tuple[Quick, Ruled], ...] = field(init=False, repr=False)  # what controls ask in a backtest

    def __post_init__(self) -> None:
        asked = [rule for rule in self.controls if not getattr(rule.control, "moment", False)]
        quick = tuple((getattr(rule.control, "clears", None), rule) for rule in asked)
        object.__setattr__(self, "_quick", quick)

    def stamp(self, asked: Decision | Batch, base: Array | None = None, now: Circumstances | None = None) -> Stamped:
        """The orders asked for, stamped. `base` (A,) is what is held after repair, worked out by the desk afresh.

        Without `now` a decision is judged at its own cut-off, as in a backtest. Raises BreachError (a blocking rule or
        control), DataError (inputs unknown, stale or from the future), Halted (the account), InvariantError (bad orders).
        """
        batch = asked if isinstance(asked, Batch) else Batch.of(asked, base)
        if now is not None:
            with exact():
                return self._stamp(batch, now)
        if not batch.decided:
            remedy = "Hand in the circumstances of the moment."
            raise DataError("nobody said when these orders are judged", remedy=remedy)
        return self._stamp(batch, None)

    def judge(self, batch: Batch, now: Circumstances) -> Judgement:
        """Every evaluation: what is always checked, every rule of construction, every control. Raises for no breach."""
        with exact():
            return Judgement(tuple(self._evaluations(batch, now)))

    def _stamp(self, batch: Batch, now: Circumstances | None) -> Stamped:
        case = checks.Case(batch, NO_MOMENT if now is None else now, self.borrow, self.version)
        for check in checks.ALWAYS:
            if check.moment and now is None:
                continue
            faults = check.faults(case)
            if faults:
                raise faults[0].error
        breaches = self.rules.breaches(batch.target, book_from(batch.base, batch.book))
        for breach in breaches:
            if _stops(breach, batch):
                name = breach.rule.id or breach.rule.limit.words
                raise BreachError(f"{name} would be broken by {breach.amount:.4%}", remedy="No order was sent.")
        cautions: tuple[Evaluation, ...] = ()
        if batch.orders:
            cautions = self._pass_decision(batch) if now is None else _pass(self.controls, batch.lines, now)
        return Stamped(batch.stamped, breaches, batch.book.dealing, _SEAL, cautions)

    def _pass_decision(self, batch: Batch) -> tuple[Evaluation, ...]:
        """The same as `_pass`, at the cut-off of a decision: most controls clear it at a glance."""
        orders, book = batch.orders, batch.book
        slow = [rule for clears, rule in self._quick if clears is None or not clears(orders, book)]
        return _pass(slow, batch.lines, at_decision(batch)) if slow else ()

    def _evaluations(self, batch: Batch, now: Circumstances) -> Iterator[Evaluation]:
        case = checks.Case(batch, now, self.borrow, self.version)
        for check in checks.ALWAYS:
            found = tuple(checked(check, case))
            yield from found
            if check.faults is checks.sound and found[0].outcome is Outcome.BLOCK:
                return  # nothing can be measured on what is no number
        book = book_from(batch.base, batch.book)
        batch = replace(batch, book=book)
        breaches = self.rules.breaches(batch.target, book)
        yield from ruled(self.rules, breaches, tuple(_stops(breach, batch) for breach in breaches), batch)
        for rule in self.controls if batch.orders else ():
            yield from controlled(rule, batch.lines, now)


def _stops(breach: Breach, batch: Batch) -> bool:
    """Whether a breach stops the batch: hard, not relaxed on the record, and curable or of its own making."""
    rule = breach.rule
    if rule.severity is not Severity.BLOCK or not breach.curable:
        return False
    tilt = rule.limit.kind is LimitKind.TILT and LimitKind.TILT.value in batch.relaxed
    return not tilt and grew(breach, batch)


def _pass(rules: Sequence[Ruled], lines: tuple[Line, ...], now: Circumstances) -> tuple[Evaluation, ...]:
    """What soft controls say. Raises for the first hard one that measures more than it allows."""
    cautions: list[Evaluation] = []
    for rule in rules:
        if rule.severity is Severity.WARN:
            cautions += [one for one in controlled(rule, lines, now) if one.outcome is not Outcome.PASS]
            continue
        most = rule.control.most
        for on, value in measured(rule, lines, now):
            if beyond(value, most):
                raise refusal(rule, on, value)
    return tuple(cautions)


def joined(block: Ticket, members: Sequence[Stamped]) -> Stamped:
    """A block order, stamped for what its members were: each judged on the book of its own account.

    Raises BreachError where the block is more, less or other than its members together, InvariantError for a forged stamp.
    """
    if not all(isinstance(stamped, Stamped) for stamped in members):  # whatever is one has its seal
        raise InvariantError("these orders did not pass the gate", remedy="Send orders through Gate.stamp.")
    tickets = {ticket.id: ticket for stamped in members for ticket in stamped.orders if isinstance(ticket, Ticket)}
    total = sum((units for _, units in block.parts), ZERO)
    names = {name for name, _ in block.parts}
    faithful = all(_part(block, tickets.get(name), units) for name, units in block.parts)
    if not faithful or len(names) != len(block.parts) or not total or total != block.units or block.account:
        what = f"block {block.id} of {said(block.units)} is not what its members are together ({said(total)})"
        raise BreachError(what, remedy="No order was sent.")
    return Stamped((block,), (), None, _SEAL, tuple(one for stamped in members for one in stamped.cautions))


def merged(stamps: Sequence[Stamped]) -> Stamped:
    """What was stamped account by account, as one: for a file that holds orders of several. Raises as `joined`."""
    if any(stamped.seal is not _SEAL for stamped in stamps):
        raise InvariantError("these orders did not pass the gate", remedy="Send orders through Gate.stamp.")
    orders = tuple(one for stamped in stamps for one in stamped.orders)
    return Stamped(orders, (), None, _SEAL, tuple(one for stamped in stamps for one in stamped.cautions))


def _part(block: Ticket, member: Ticket | None, units: Decimal) -> bool:
    """Whether a part of a block is a ticket of its own that was stamped, in the same instrument and on the same terms."""
    if member is None or member.block != block.id or member.units != units or (units > 0) is not (block.units > 0):
        return False
    terms = ("instrument", "kind", "limit", "tif", "currency", "code")
    return all(getattr(member, term) == getattr(block, term) for term in terms)

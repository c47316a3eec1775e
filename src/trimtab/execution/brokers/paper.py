"""A paper broker: a venue with a memory of its own, which fills orders from a tape of real prices.

It keeps a ledger on disk apart from the book of record, so that it knows by client id what arrived, whatever became of us.
Fills are those of the bars that have closed: a market order gets the next open (or the close, where it arrived during the
bar), a limit order its limit or better, all of it half a spread against us, at most a share of the volume, with the rest
carried on while the order stands. With no spread and no cap they are those of `execution.simulated.SimulatedBroker` at the
same prices: of the purchases of an account that fill at the same moment both cut each by the same share where money is
short (`execution.affording`). Sales pay for purchases of the same bar alone, and for later ones; a backtest lets the sale
of a market that closes later pay as well. `funded`: nothing is bought beyond cash and credit, neither when an order arrives
nor when it is filled; otherwise the broker lends without end. An order of several accounts is settled when it is allotted:
it is not asked for money, nor is any other while one is under way.

It knows nothing of dividends, splits or interest: `deposit` and `bring` tell it, with amounts below zero where they go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import ParameterError, TrimtabError
from trimtab.core.money import ZERO, decimal_of, exact, text_of
from trimtab.core.orders import OrderKind, Status, Ticket
from trimtab.core.roles import Clock
from trimtab.core.terms import BasisPoints, Fraction, check_ranges
from trimtab.core.venues import NoAnswer, NotSent, Report
from trimtab.execution.brokers.paper_book import Event, PaperBook, PaperOrder, instant_text, order_body
from trimtab.execution.brokers.paper_file import HeldFile, held_file
from trimtab.execution.brokers.paper_fills import Charge, Terms, advance, free
from trimtab.execution.brokers.stamp import ticket_of
from trimtab.execution.brokers.tape import Bar, Tape

FILE = "paper.jsonl"
Credit = Callable[[str], Decimal]  # of an account
_CENT = Decimal("0.01")  # what rounding of money may cost


def none(_account: str) -> Decimal:
    """Nothing is lent."""
    return ZERO


@dataclass(slots=True)
class PaperBroker:
    """The venue `paper`, whose ledger is in `folder`. Asked at any time, it first takes in the bars that have closed since.

    `half_spread_bps` of the price go against us; `participation` is the largest share of a bar's volume, all orders
    together (0: no cap; a bar whose volume is not known fills nothing then). `costs` is what a trade of that much signed
    cash in an instrument costs, asked of all fills of an order together. `funded`: purchases of more than cash, credit and
    working sales pay for are refused; `covered`: so are sales of more than it holds for the account. `credit` is how far the
    cash of an account may go below zero (below zero: what must stay of it), asked when an order arrives, and kept in the
    ledger. `digits` of a unit; `cents`: money is rounded to the smallest amount of its currency.
    """

    folder: Path
    tape: Tape
    clock: Clock
    half_spread_bps: BasisPoints = 0.0
    participation: Fraction = 0.0
    costs: Charge = free
    funded: bool = False
    covered: bool = False
    credit: Credit = none
    digits: int = 8
    cents: bool = True
    _terms: Terms = field(init=False, repr=False)
    _book: PaperBook = field(init=False, repr=False, default_factory=PaperBook)
    _end: int = field(init=False, repr=False, default=0)  # of the ledger, as far as the book has it

    name = "paper"
    live = False
    unique = True

    def __post_init__(self) -> None:
        check_ranges(self)
        if not 0 <= self.digits <= 12:
            raise ParameterError(f"digits is {self.digits}", field="digits", remedy="A unit has 0 to 12 decimals.")
        with exact():
            spread, share = decimal_of(self.half_spread_bps).scaleb(-4), decimal_of(self.participation)
        self._terms = Terms(spread, share, self.costs, self.funded, Decimal(1).scaleb(-self.digits), self.cents)

    def deposit(self, account: str, cash: Decimal, units: Mapping[str, Decimal] | None = None, currency: str = "USD") -> None:
        """Put money and units into an account, or take them out (below zero). Raises NotSent or NoAnswer."""
        with self._open(NotSent) as ledger:
            self._deposit(ledger, account, cash, units, currency)

    def begin(self, account: str, cash: Decimal, units: Mapping[str, Decimal] | None = None, currency: str = "USD") -> None:
        """Deposit in an account that nothing was ever deposited in, else nothing: of two who begin it at once one does."""
        with self._open(NotSent) as ledger:
            if account not in self._book.accounts:
                self._deposit(ledger, account, cash, units, currency)

    def bring(self, account: str, cash: Decimal, currency: str = "USD", units: Mapping[str, Decimal] | None = None) -> None:
        """Deposit what the deposits of an account lack of `cash` and `units`, or take out what they are above them.

        Units by instrument; those of an instrument that is not named stay as they are. Raises as `deposit`.
        """
        with self._open(NotSent) as ledger:
            had = self._book.brought_units
            lack = {name: more for name, count in (units or {}).items() if (more := count - had[account, name])}
            more = cash - self._book.brought[account, currency]
            if more or lack:
                self._deposit(ledger, account, more, lack, currency)

    def submit(self, stamped: Any, order: str) -> Report:
        """Take the order; a second one with the same id is answered by how the first one stands.

        Raises InvariantError without a stamp, NotSent or NoAnswer.
        """
        ticket = ticket_of(stamped, order)
        with self._open(NotSent) as ledger:
            if known := self._book.orders.get(order):
                self._require_same(known, ticket)
                return known.report
            credit = self.credit(ticket.account) if self.funded and ticket.account else ZERO
            at = instant_text(self.clock.now())
            event: Event = {"what": "arrived", "order": order_body(ticket), "credit": text_of(credit), "at": at}
            if why := self._refusal(ticket, credit):
                event["refused"] = why
            self._write(ledger, event)
            return self._book.orders[order].report

    def cancel(self, order: str) -> Report:
        """Cancel what is left. Bars that have closed come first; one that is under way does not. Raises NotSent, NoAnswer."""
        with self._open(NotSent) as ledger:
            known = self._book.orders.get(order)
            if known is None:
                return Report(order, Status.NEVER_ARRIVED, why="the paper broker knows no such order")
            if known.working:
                body = {"order": order, "status": Status.CANCELLED.value, "why": "cancelled when asked to"}
                self._write(ledger, {"what": "ended", **body, "at": instant_text(self.clock.now())})
            return known.report

    def find(self, order: str) -> Report | None:
        """How the order stands by now; None: it never arrived. Raises NoAnswer."""
        with self._open(NoAnswer):
            known = self._book.orders.get(order)
            return known.report if known else None

    def reports(self, since: date) -> tuple[Report, ...]:
        """The orders that arrived, or to which something happened, on or after that day (UTC), and those that still work."""
        with self._open(NoAnswer):
            day = since.isoformat()
            return tuple(one.report for one in self._book.orders.values() if one.working or one.touched >= day)

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        """Units by instrument; None once it has filled an order of several accounts: it does not know whose they are."""
        with self._open(NoAnswer):
            if account and self._book.blocks:
                return None
            return {name: units for (owner, name), units in sorted(self._book.units.items()) if owner == account and units}

    def knows(self, account: str) -> bool:
        """Whether anything was ever deposited in an account. Raises NoAnswer."""
        with self._open(NoAnswer):
            return account in self._book.accounts

    def orders(self) -> frozenset[str]:
        """The client ids of all orders that ever arrived. Raises NoAnswer."""
        with self._open(NoAnswer):
            return frozenset(self._book.orders)

    def money(self, account: str, currency: str = "USD") -> Decimal:
        """Cash of an account by now, in one currency. Raises NoAnswer."""
        with self._open(NoAnswer):
            return self._book.cash[account, currency]

    @contextmanager
    def _open(self, lost: type[TrimtabError]) -> Iterator[HeldFile]:
        """The ledger, locked, with all of it read and the bars up to now taken in; `lost` where that cannot be."""
        try:
            with held_file(self.folder / FILE) as ledger:
                self._catch_up(ledger)
                with exact():
                    yield ledger
        except (NotSent, NoAnswer):
            raise
        except (OSError, TrimtabError) as error:
            what = f"the paper broker cannot be asked: {error}"
            raise lost(what, where=str(self.folder / FILE), remedy="Nothing was sent.") from error

    def _catch_up(self, ledger: HeldFile) -> None:
        events, end = ledger.read(self._end)
        try:
            for event in events:
                self._book.apply(event)
        except TrimtabError:
            self._book, self._end = PaperBook(), 0
            raise
        self._end = end
        with exact():
            for event in advance(self._book, self._fresh_bars(), self._terms):
                self._write(ledger, event)

    def _write(self, ledger: HeldFile, event: Event) -> None:
        self._end = ledger.append(event, self._end)
        self._book.apply(event)

    def _fresh_bars(self) -> dict[str, list[Bar]]:
        """The bars by instrument that have closed and were not looked at, where orders wait for them."""
        now = self.clock.now()
        first: dict[str, np.datetime64] = {}
        for order in self._book.working():
            name = order.ticket.instrument
            first[name] = min(first.get(name, order.arrived), order.arrived)
        found = {}
        for name, arrived in first.items():
            after = max(arrived, self._book.seen_of(name))
            found[name] = [bar for bar in self.tape.bars(name, after, now) if after < bar.closes_at <= now]
        return found

    def _require_same(self, known: PaperOrder, ticket: Ticket) -> None:
        if order_body(known.ticket) != order_body(ticket):
            what = f"the paper broker has another order of the id {ticket.id}"
            raise NotSent(what, remedy="Nothing was sent. Look at both: trimtab orders list.")

    def _deposit(
        self, ledger: HeldFile, account: str, cash: Decimal, units: Mapping[str, Decimal] | None, currency: str
    ) -> None:
        held = {name: text_of(count) for name, count in (units or {}).items()}
        body = {"what": "deposit", "account": account, "currency": currency, "cash": text_of(cash), "units": held}
        self._write(ledger, {**body, "at": instant_text(self.clock.now())})

    def _refusal(self, ticket: Ticket, credit: Decimal) -> str:
        """Why an order is rejected; empty: it is not."""
        if not ticket.units:
            return "an order of no units"
        if ticket.kind is OrderKind.LIMIT and ticket.limit <= 0:
            return "a limit order needs a limit above zero"
        others = [one for one in self._book.working() if one.ticket.account == ticket.account]
        if ticket.units < 0:
            if not self.covered:
                return ""
            sold = sum((one.left for one in others if one.ticket.instrument == ticket.instrument and one.left < 0), ZERO)
            held = self._book.units[ticket.account, ticket.instrument] + sold
            return f"{-ticket.units} are to be sold, {held} are held and free" if held + ticket.units < 0 else ""
        if not (self.funded and ticket.account) or self._book.pooled:
            return ""
        power = self._book.cash[ticket.account, ticket.currency] + credit
        power += sum((self._cash(one.ticket, one.left) for one in others if one.ticket.currency == ticket.currency), ZERO)
        need = -self._cash(ticket, ticket.units)
        return f"insufficient buying power: {need} is needed, {power} is free" if need > power + _CENT else ""

    def _cash(self, ticket: Ticket, units: Decimal) -> Decimal:
        """What units of an order are expected to bring (above zero) or take, costs included."""
        amount = -units * (ticket.limit or ticket.reference)
        if not ticket.limit:
            amount -= abs(amount) * self._terms.spread
        charge = self.costs(amount, ticket.instrument)
        return self._terms.rounded(amount, ticket.currency) - self._terms.rounded(charge, ticket.currency)

"""Alpaca, by its trading API (package alpaca-py, extra `alpaca`): the paper account unless live is asked for.

What is in doubt stays in doubt: an order is sent once, and whatever is not a clear answer is NoAnswer. Alpaca refuses a
client id that it has seen; then it has the order, and is asked how it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from trimtab.core.errors import ParameterError
from trimtab.core.money import ZERO
from trimtab.core.orders import FINAL, Status
from trimtab.core.venues import NoAnswer, NotSent, Report
from trimtab.execution.brokers.alpaca_line import AlpacaLine
from trimtab.execution.brokers.alpaca_questions import Questions, parsed
from trimtab.execution.brokers.alpaca_words import (
    Message,
    instant,
    is_foreign,
    is_same,
    message_of,
    order_of,
    positions_of,
    report_of,
    submitted,
    text_at,
    venue_id_of,
)
from trimtab.execution.brokers.stamp import ticket_of

_REJECTIONS = frozenset({400, 403, 404, 422})
_MISSING, _UNPROCESSABLE = 404, 422


@dataclass(slots=True)
class Alpaca:
    """The venue `alpaca`. `account` is the account of ours that it is (empty: whichever is asked for), in USD.

    Keys stand in TRIMTAB_ALPACA_KEY and TRIMTAB_ALPACA_SECRET, for `live` in TRIMTAB_ALPACA_LIVE_KEY and
    TRIMTAB_ALPACA_LIVE_SECRET. `symbols` are those of instruments that we call otherwise. `url_override` is an address
    for tests. Besides NotSent and NoAnswer every call may raise NoAccess, where Alpaca does not accept the keys.
    """

    account: str = ""
    live: bool = False
    symbols: Mapping[str, str] = field(default_factory=dict)
    url_override: str = ""
    connect_seconds: float = 5.0
    answer_seconds: float = 20.0
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    _line: AlpacaLine = field(init=False, repr=False)
    _names: dict[str, str] = field(init=False, repr=False)
    _questions: Questions = field(init=False, repr=False)

    name = "alpaca"
    unique = True

    def __post_init__(self) -> None:
        self._names = {symbol: name for name, symbol in self.symbols.items()}
        if len(self._names) < len(self.symbols):
            raise ParameterError("two instruments have one symbol", field="symbols", remedy="Give each its own.")
        timeouts = (self.connect_seconds, self.answer_seconds)
        self._line = AlpacaLine(self.live, self.url_override, timeouts, self.environment)
        self._questions = Questions(self._line)

    def require_ready(self) -> None:
        """See core.venues.require_ready: keys and library are there, and Alpaca lets us in."""
        self._line.require_client()
        try:
            self._questions.positions()
        except NoAnswer as error:
            raise NotSent(f"it does not answer: {error.what}", remedy="Nothing was sent. Try again later.") from error

    def submit(self, stamped: Any, order: str) -> Report:
        """Send the order, once. Raises InvariantError without a stamp, NotSent, NoAccess, NoAnswer."""
        ticket = ticket_of(stamped, order)
        if self.account and ticket.account != self.account:
            what = f"order {order} is of the account {ticket.account!r}, and this is {self.account!r}"
            raise NotSent(what, remedy="Nothing was sent.")
        symbol = self.symbols.get(ticket.instrument, ticket.instrument)
        reply = self._line.ask("post", "/orders", message_of(ticket, symbol))
        message: Message | None = reply.body
        if reply.status == _UNPROCESSABLE and "client_order_id" in reply.words:  # it was sent before
            message = self._questions.after_sending().order(order)
        elif reply.status in _REJECTIONS:
            return Report(order, Status.REJECTED, why=reply.words)
        if message is None or not parsed(is_same, message, ticket, symbol):
            raise NoAnswer(f"what Alpaca answers is not about the order {order}", remedy="Reconcile before anything else.")
        return self._acknowledged(message)

    def _acknowledged(self, message: Message) -> Report:
        """How a new order stands. Fills that cannot be read yet are left for `find`: it has been taken, that is sure."""
        report = parsed(report_of, message)
        if not report.filled:
            return report
        try:
            return self._questions.after_sending().agreed(message)
        except NoAnswer:
            return report._replace(status=Status.ACKED, filled=ZERO)

    def cancel(self, order: str) -> Report:
        """Ask for the rest to be cancelled. Raises NotSent, NoAccess, NoAnswer."""
        message = self._questions.order(order)
        if message is None:
            return Report(order, Status.NEVER_ARRIVED, why="Alpaca knows no such order")
        if parsed(report_of, message).status in FINAL:
            return self._questions.agreed(message)
        reply = self._line.ask("delete", f"/orders/{parsed(venue_id_of, message)}")
        if not reply.good and reply.status not in {_MISSING, _UNPROCESSABLE}:  # those: it cannot be stopped any more
            raise NotSent(f"Alpaca does not cancel order {order}: {reply.words}", remedy="It stands as before.")
        after = self._questions.after_sending()
        return after.agreed(after.named(parsed(venue_id_of, message)))

    def find(self, order: str) -> Report | None:
        """What Alpaca knows of the order, with its fills; None: it knows no such order. Raises NoAnswer, NoAccess."""
        message = self._questions.order(order)
        return None if message is None else self._questions.agreed(message)

    def reports(self, since: date) -> tuple[Report, ...]:
        """The orders of ours that were sent or filled on or after that day (UTC), and those that still work.

        Orders made at the broker's own screen are not ours. Raises NoAnswer, NoAccess.
        """
        ask, start = self._questions, f"{since.isoformat()}T00:00:00Z"
        found = {**ask.orders("all", start), **ask.orders("open")}
        fills = ask.fills(start)
        for name in {parsed(order_of, fill): None for fill in fills}:
            if name not in found:
                found[name] = ask.named(name)
        ours = [one for one in found.values() if not parsed(is_foreign, one)]
        earliest = min((parsed(submitted, one) for one in ours), default=instant(start))
        if earliest < instant(start):  # they may have fills before that day
            fills = ask.fills(text_at(earliest))
        return tuple(parsed(report_of, one, fills) for one in ours)

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        """Units by instrument; None for an account that this is not. Raises NoAnswer, NoAccess."""
        if self.account and account != self.account:
            return None
        return parsed(positions_of, self._questions.positions(), self._names)

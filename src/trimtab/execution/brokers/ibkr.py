"""Interactive Brokers as a venue: Trader Workstation (TWS) or IB Gateway, over ib_async. Paper unless `live` says otherwise.

The client order id travels as `orderRef`. The venue does not refuse one that it has seen, so `submit` asks first whether it is
there, on the same connection, and nothing here ever sends an order twice. TWS remembers an order that is over only on the day
it ended: a `find` that says None proves something on the trading day of the order alone.

Source: TWS API documentation (Interactive Brokers, API version 10.19); client and decoder of ib_async 2.1.
"""

from __future__ import annotations

import os
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from annotated_types import Ge

from trimtab.core.errors import InvariantError, TrimtabError
from trimtab.core.orders import FINAL, Ticket
from trimtab.core.terms import NonNegative, Positive, check_ranges
from trimtab.core.venues import NoAccess, NoAnswer, NotSent, Report
from trimtab.execution.brokers.ibkr_heard import Mark
from trimtab.execution.brokers.ibkr_line import Address, Line
from trimtab.execution.brokers.ibkr_talk import Patience, Talk
from trimtab.execution.brokers.ibkr_words import OVER, costed, instrument_of, last_day, matching, order_words, refs, symbol_of
from trimtab.execution.brokers.stamp import ticket_of

T = TypeVar("T")
_PORTS = {False: (7497, 4002), True: (7496, 4001)}  # TWS, IB Gateway
_CLIENT = 27  # an order can be cancelled only by the API client that placed it: always the same one
_GRACE = 10.0


@dataclass(frozen=True, slots=True)
class Ibkr:
    """A venue (core.venues.Venue) of one session of TWS or IB Gateway, called from one thread, outside event loops.

    What is left empty comes from TRIMTAB_IBKR_HOST, _PORT, _CLIENT_ID and _ACCOUNT; a live session takes its account from
    TRIMTAB_IBKR_LIVE_ACCOUNT, never from the session. `accounts` are the venue's codes by our accounts, for sessions with
    several; `symbols` its symbols by our instruments, where they differ. Each wait takes at most `timeout` seconds; `linger`
    is how long an order that was taken is watched for more, `patience` how long missing fills and commissions are waited for.
    `zone` is that of the trading day, and of times that the venue sends without one.
    """

    live: bool = False
    host: str = ""
    port: Annotated[int, Ge(0)] = 0
    client_id: Annotated[int, Ge(-1)] = -1
    account: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    currency: str = "USD"
    zone: str = "America/New_York"
    timeout: Positive = _GRACE
    linger: NonNegative = 0.25
    patience: NonNegative = 2.0
    _line: Line = field(default_factory=Line, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_ranges(self)

    @property
    def name(self) -> str:
        """`ibkr`."""
        return "ibkr"

    @property
    def unique(self) -> bool:
        """The venue takes a client order id twice: an order whose fate is unknown is asked for, never sent again."""
        return False

    def remembers_since(self, now: np.datetime64) -> np.datetime64:
        """The beginning of today in the zone of the trading day: TWS knows an order that is over only on that day."""
        zone = ZoneInfo(self.zone)
        here = now.astype("datetime64[s]").item().replace(tzinfo=UTC).astimezone(zone)
        begun = datetime(here.year, here.month, here.day, tzinfo=zone)
        return np.datetime64(begun.astimezone(UTC).replace(tzinfo=None), "s")

    @property
    def address(self) -> Address:
        """Where it connects to. Raises NoAccess where port and session, or session and account, do not go together."""
        env = os.environ
        try:
            port = self.port or int(env.get("TRIMTAB_IBKR_PORT") or _PORTS[self.live][0])
            client = self.client_id if self.client_id >= 0 else int(env.get("TRIMTAB_IBKR_CLIENT_ID") or _CLIENT)
        except ValueError as error:
            raise NoAccess(f"TRIMTAB_IBKR_PORT or _CLIENT_ID is no number: {error}", remedy="Correct it.") from error
        account = self.account or env.get("TRIMTAB_IBKR_LIVE_ACCOUNT" if self.live else "TRIMTAB_IBKR_ACCOUNT", "")
        if port in _PORTS[not self.live]:
            what = f"port {port} is that of a {'paper' if self.live else 'live'} session"
            raise NoAccess(what, remedy=f"Use {' or '.join(map(str, _PORTS[self.live]))}.")
        if self.live and not account:
            raise NoAccess("a live session needs its account named", remedy="Set TRIMTAB_IBKR_LIVE_ACCOUNT.")
        host = self.host or env.get("TRIMTAB_IBKR_HOST") or "127.0.0.1"
        return Address(host, port, client, account, self.live, self.timeout, self.zone)

    def require_ready(self) -> None:
        """See core.venues.require_ready: the library is there, and the session lets us in."""
        self._do(self._line.connect(self.address))

    def submit(self, stamped: Any, order: str) -> Report:
        """See core.venues.Venue. An order that is there already is not sent: its report is the answer."""
        return self._do(self._submit(ticket_of(stamped, order)))

    def cancel(self, order: str) -> Report:
        """See core.venues.Venue. Only the API client that placed an order can cancel it."""
        return self._do(self._cancel(order))

    def find(self, order: str) -> Report | None:
        """See core.venues.Venue. None only where open orders, completed orders and executions were all told."""
        return self._do(self._find(order), asking=True)

    def reports(self, since: date) -> tuple[Report, ...]:
        """See core.venues.Venue. Before today the venue remembers only what is still open."""
        return self._do(self._reports(since), asking=True)

    def positions(self, account: str) -> Mapping[str, Decimal]:
        """See core.venues.Venue. `account` is ours, or a code of the venue."""
        return self._do(self._positions(account), asking=True)

    def close(self) -> None:
        """Ends the connection. The next call opens another."""
        self._line.close()

    def _do(self, work: Coroutine[Any, Any, T], *, asking: bool = False) -> T:
        """The answer of `work`; whatever goes wrong is NotSent before a byte of an order left, and NoAnswer afterwards."""
        try:
            _require_library(work)
            return self._line.run(work)
        except InvariantError:
            raise
        except Exception as error:
            what = error.what if isinstance(error, TrimtabError) else f"{type(error).__name__}: {error}"
            remedy = error.remedy if isinstance(error, TrimtabError) else "Look whether TWS runs and is logged in."
            if isinstance(error, NotSent) and not asking and not self._line.left:
                raise
            kind = NoAnswer if asking or self._line.left else NotSent
            raise kind(what, remedy=remedy) from error

    @property
    def _talk(self) -> Talk:
        return Talk(self._line, Patience(self.timeout, self.linger, self.patience), self.zone, self.currency)

    async def _find(self, order: str) -> Report | None:
        await self._line.connect(self.address)
        return await self._talk.asked(order)

    async def _submit(self, ticket: Ticket) -> Report:
        """Asks for it, and places it where the venue knows nothing of it."""
        from ib_async import Contract, Order

        words = order_words(ticket)
        symbol = symbol_of(ticket.instrument, ticket.currency, self.symbols)
        await self._line.connect(self.address)
        order = Order(**words, account=self._code(ticket.account))
        contract = Contract(secType="STK", symbol=symbol, exchange="SMART", currency=ticket.currency)
        return await self._talk.asked(ticket.id) or await self._talk.placed(contract, order)

    async def _cancel(self, order: str) -> Report:
        await self._line.connect(self.address)
        report, heard = await self._talk.asked(order), self._line.heard
        if report is None:
            raise NotSent(f"TWS knows no order {order}", remedy="Nothing was cancelled.")
        if report.status in FINAL:
            return report
        working = [one for one in matching(heard, order)[0] if one.status not in OVER]
        for one in working:
            if one.client != heard.client or one.number <= 0:
                what = f"order {order} was placed by API client {one.client}, we are {heard.client}"
                raise NotSent(what, remedy="Use that number in TRIMTAB_IBKR_CLIENT_ID, or cancel it in TWS.")
        for one in working:
            report = await self._talk.called_off(order, one)
        return report

    async def _reports(self, since: date) -> tuple[Report, ...]:
        line = self._line
        await line.connect(self.address)
        await self._talk.told()
        mark, found = Mark.of(line.heard), refs(line.heard)
        await line.until(lambda: all(costed(line.heard, ref) for ref in found), self.patience)
        mark.require(line.heard)
        recent = [ref for ref in found if last_day(line.heard, ref, self.zone) >= since]
        return tuple(report for ref in recent if (report := self._talk.report(ref)))

    async def _positions(self, account: str) -> Mapping[str, Decimal]:
        line = self._line
        await line.connect(self.address)
        heard, since = line.heard, Mark.of(line.heard)
        since.require(heard)
        heard.held.clear()
        await line.ask(line.client.reqPositions, "positions", self.timeout)
        line.client.cancelPositions()
        since.require(heard)
        code, held = self._code(account), dict[str, Decimal]()
        for owner, contract, units in heard.held:
            if owner == code and units:
                name = instrument_of(contract, self.symbols)
                held[f"{name}@{contract.currency}" if name in held else name] = units
        return held

    def _code(self, account: str) -> str:
        """The venue's code of an account of ours. Raises NotSent where the session does not have it."""
        codes = self._line.client.getAccounts()
        code = self.accounts.get(account) or (account if account in codes else self.address.account or codes[0])
        if code not in codes:
            raise NotSent(f"the session has no account {code}", remedy="Correct the accounts of the adapter.")
        return str(code)


def _require_library(work: Coroutine[Any, Any, Any]) -> None:
    """Raises NotSent, and drops the work, where ib_async is not installed."""
    try:
        import_module("ib_async")
    except ImportError as error:
        work.close()
        raise NotSent("ib_async is not installed", remedy="Run: pip install 'trimtab[ibkr]'.") from error

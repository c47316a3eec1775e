"""Where orders go, by name: the paper broker of the workspace, Alpaca, Interactive Brokers. Paper unless live is armed.

The paper broker fills at what the policy's own cost model charges, at most a tenth of a session's volume where volumes are
known; `paper/paper.yaml` in the workspace says otherwise: `half_spread_bps`, `participation`, `free` (no costs), and `income:
false` where dividends and interest come from statements (desk/paper_income.py). It lends what the rules of the policy let
an account borrow, nothing where they do not, and keeps back tax that is owed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.roles import Clock
from trimtab.core.terms import TRADED
from trimtab.core.venues import NoAccess, Report, Venue, remembered_since
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.gates import borrow_of
from trimtab.desk.grouping import accounts_of
from trimtab.desk.judging import numbers_of
from trimtab.desk.practice import require_real
from trimtab.desk.tape import tape_of
from trimtab.desk.yaml12 import parse, read_text
from trimtab.execution.brokers.paper import PaperBroker
from trimtab.execution.brokers.paper_fills import free

NAMES = ("paper", "alpaca", "ibkr")
SETTINGS = ("half_spread_bps", "participation", "free", "income")
PARTICIPATION = 0.1
GRACE = {"paper": np.timedelta64(0, "s"), "alpaca": np.timedelta64(120, "s"), "ibkr": np.timedelta64(120, "s")}
_UNTIL_MIDNIGHT = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Where:
    """Which venue, for which account, whether with real money, and the workspace that a paper broker lives in.

    `account` is empty where several are served: `accounts` are all of them.
    """

    venue: str
    account: str
    workspace: Path
    live: bool = False
    accounts: tuple[str, ...] = ()


def open_venue(where: Where, accounts: Accounts, clock: Clock) -> Venue:
    """The venue. Raises UsageError for an unknown one, NoAccess where credentials are missing."""
    if where.venue == "paper":
        if where.live:
            raise UsageError("the paper broker moves no real money", remedy="Leave --live out.")
        broker = paper(where.workspace, accounts, clock)
        for account in dict.fromkeys(filter(None, (where.account, *where.accounts))):
            _fund(broker, account, accounts)
        return broker
    if where.venue == "alpaca":
        from trimtab.execution.brokers.alpaca import Alpaca

        return Alpaca(account=where.account, live=where.live)
    if where.venue == "ibkr":
        from trimtab.execution.brokers.ibkr import Ibkr

        return Ibkr(live=where.live)
    raise UsageError(f"there is no broker {where.venue!r}", remedy=f"There are: {', '.join(NAMES)}.")


def paper(workspace: Path, accounts: Accounts, clock: Clock) -> PaperBroker:
    """The paper broker of a workspace, on the market of the policy."""
    policy, market = accounts.outlook.policy, accounts.outlook.market
    numbers = numbers_of(accounts)
    said = paper_settings(workspace)

    dealing = accounts.outlook.today.dealing  # that of now: a backtest charges by that of the decision

    def charged(notional: Decimal, instrument: str) -> Decimal:
        return policy.costs.ticket(notional, numbers[instrument], dealing)

    return PaperBroker(
        workspace / "paper",
        tape_of(policy, market, numbers),
        clock,
        half_spread_bps=said.get("half_spread_bps", 0.0),
        participation=said.get("participation", PARTICIPATION if TRADED in market.fields else 0.0),
        costs=free if said.get("free") else charged,
        funded=True,
        credit=partial(credit_of, accounts),
        digits=policy.digits,
        cents=bool(policy.currency.minor),
    )


def credit_of(accounts: Accounts, account: str) -> Decimal:
    """How far the cash of an account may go below zero: what the policy may borrow on its value now, less tax that it owes."""
    policy = accounts.outlook.policy
    borrow = borrow_of(policy)
    if not borrow and (policy.tax is None or not policy.tax.bites):
        return ZERO
    asked = accounts.asked(account)
    return (decimal_of(borrow * asked.book.nav) if borrow else ZERO) - asked.owed


def _fund(broker: PaperBroker, account: str, accounts: Accounts) -> None:
    """Give an account that the paper broker has never seen what the book says that it holds; later, money that came to it.

    Dividends, interest, deposits: whatever the book has and its own fills did not bring.
    """
    code = accounts.currency_of(account)
    if broker.knows(account):
        cash, units = accounts.brought(account, broker.orders())
        broker.bring(account, cash, code, units)
        return
    cash, units = accounts.holdings(account)
    if cash or units:
        broker.begin(account, cash, units, code)  # another process may have been faster


def paper_settings(workspace: Path) -> Mapping[str, Any]:
    """What `paper/paper.yaml` says; nothing where there is none. Raises UsageError for a key that there is not."""
    place = workspace / "paper" / "paper.yaml"
    if not place.exists():
        return {}
    values = parse(read_text(place, "the paper broker's settings"), str(place)).values
    if not isinstance(values, dict) or set(values) - set(SETTINGS):
        raise UsageError(
            "the settings of the paper broker do not read", where=str(place), remedy=f"Keys: {', '.join(SETTINGS)}."
        )
    return values


def arm(orders: OrderBook, account: str, venue: str, now: np.datetime64) -> np.datetime64:
    """Let an account send real orders to a venue until the day is over (UTC). Returns when that lapses.

    Raises UsageError for a venue that takes none, and for a practice book.
    """
    if venue not in NAMES or venue == "paper":
        raise UsageError(f"{venue} takes no real orders", remedy="Arm alpaca or ibkr.")
    require_real(orders.store)
    until: np.datetime64 = (now.astype("datetime64[D]") + _UNTIL_MIDNIGHT).astype("datetime64[s]")
    orders.arm(account, venue, until)
    return until


@dataclass(frozen=True, slots=True)
class Armed:
    """A live venue that asks before every order whether its account is still armed: a long batch does not outlast the day."""

    venue: Venue
    orders: OrderBook
    where: Where
    clock: Clock

    @property
    def name(self) -> str:
        """That of the venue."""
        return self.venue.name

    @property
    def live(self) -> bool:
        """That of the venue."""
        return self.venue.live

    @property
    def unique(self) -> bool:
        """That of the venue."""
        return self.venue.unique

    def remembers_since(self, now: np.datetime64) -> np.datetime64:
        """As the venue does."""
        return remembered_since(self.venue, now)

    def submit(self, stamped: Any, order: str) -> Report:
        """Send it, if its accounts are armed now. Raises NoAccess, which proves that nothing left."""
        accounts = accounts_of(self.orders, self.orders.standing(order))
        require_armed(self.orders, self.where, accounts, self.clock.now())
        return self.venue.submit(stamped, order)

    def cancel(self, order: str) -> Report:
        """As the venue does."""
        return self.venue.cancel(order)

    def find(self, order: str) -> Report | None:
        """As the venue does."""
        return self.venue.find(order)

    def reports(self, since: date) -> tuple[Report, ...]:
        """As the venue does."""
        return self.venue.reports(since)

    def positions(self, account: str) -> Mapping[str, Decimal] | None:
        """As the venue does."""
        return self.venue.positions(account)


def require_armed(orders: OrderBook, where: Where, accounts: tuple[str, ...], now: np.datetime64) -> None:
    """Raises NoAccess where a live venue is not armed for one of the accounts."""
    for account in accounts if where.live and where.venue != "paper" else ():
        if not orders.armed(account, where.venue, now):
            remedy = f"Arm it for today: trimtab orders arm {account} --broker {where.venue}."
            raise NoAccess(f"{account} is not armed to send real orders to {where.venue}", remedy=remedy)

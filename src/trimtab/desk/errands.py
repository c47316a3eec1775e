"""What a person has done with orders at a venue: sent, cancelled, asked for. The same for the command line and for Python.

Names mean orders as in desk/choosing.py. Where a broker is asked, one outbox serves the accounts that are concerned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.calendar import plain_date
from trimtab.core.errors import UsageError
from trimtab.core.money import ZERO, decimal_of
from trimtab.core.orders import FINAL, WAITING, WORKING, Standing, Status
from trimtab.core.roles import Clock
from trimtab.core.venues import require_ready
from trimtab.desk.books import Signature, scope_of
from trimtab.desk.choosing import chosen, gathered
from trimtab.desk.circumstances import day_of_decision, instant_of, last_opened
from trimtab.desk.exported import settle_exports
from trimtab.desk.grouping import accounts_of
from trimtab.desk.judging import Judge, numbers_of
from trimtab.desk.outlook import last_prices
from trimtab.desk.paper_income import PAPER, Income, book_income, paper_only
from trimtab.desk.prepare import until
from trimtab.desk.sending import Dispatch, Refused, Sender, require_sendable
from trimtab.desk.settlement import Settled, reconcile, settle_file
from trimtab.desk.slicing import close_cut, whole, with_slices
from trimtab.desk.venues import GRACE, Armed, Where, open_venue, paper_settings, require_armed
from trimtab.execution.fill_files.found import FillHints
from trimtab.execution.fill_files.reading import read_fills
from trimtab.execution.outbox import Outbox, Sent
from trimtab.execution.reconciling import Reconciliation

FILE = "file"  # the venue of what was exported
BACK = 7  # days of reports that a broker is asked for
_NO_HINTS = FillHints()


@dataclass(frozen=True, slots=True)
class Errand:
    """Orders on their way to a broker, or back: who judges them, which broker, whether with real money."""

    orders: OrderBook
    judge: Judge
    clock: Clock
    workspace: Path
    broker: str = "paper"
    live: bool = False

    def outbox(self, some: Sequence[Standing], *, sends: bool = True) -> Outbox:
        """The outbox to the broker for the accounts of these orders. Where it `sends`: raises NotSent unless armed and ready.

        Asking and taking back need no arming: it lapses at midnight, and whoever stops orders is not to open the door first.
        """
        accounts = tuple(dict.fromkeys(name for one in some for name in accounts_of(self.orders, one)))
        where = Where(self.broker, accounts[0] if len(accounts) == 1 else "", self.workspace, self.live, accounts)
        if sends:
            require_armed(self.orders, where, accounts, self.clock.now())
        venue = open_venue(where, self.judge.accounts(self.policy(some[0])), self.clock)
        if sends:
            require_ready(venue)
        if self.live:
            venue = Armed(venue, self.orders, where, self.clock)
        return Outbox(self.orders, venue, self.clock, GRACE[self.broker])

    def policy(self, one: Standing) -> str:
        """The policy of an order; of a block, whose own is a hash of several, that of its first member."""
        first = self.orders.standing(one.ticket.parts[0][0]) if one.ticket.parts else one
        return first.ticket.policy


def sendable(orders: OrderBook, names: Sequence[str]) -> tuple[Standing, ...]:
    """The approved orders that the names mean, blocks in place of their members; in place of what is cut its next slice.

    A slice that is named itself goes in any case. Exports that broke off are settled first. Raises UsageError where there
    are none, and where a block holds orders of accounts that were not named.
    """
    settle_exports(orders)
    every = with_slices(orders, chosen(orders, names))
    require_sendable(whole(orders, every))
    going = gathered(orders, [one for one in every if one.status is Status.APPROVED])
    ready = [one for one in whole(orders, with_slices(orders, going)) if one.status is Status.APPROVED]
    return tuple(one for one in ready if not one.ticket.parent or one in _next_slices(orders, ready, names))


def _next_slices(orders: OrderBook, ready: Sequence[Standing], names: Sequence[str]) -> list[Standing]:
    """Of each order that is cut the first slice that is left, and those that are named: they leave one after the other."""
    first: dict[str, Standing] = {}
    for one in ready:
        first.setdefault(one.ticket.parent, one)
    meant = [(name, chosen(orders, [name])) for name in names]  # `7` may be an account, and the first letter of an id
    named = {found[0].id for name, found in meant if len(found) == 1 and found[0].id.startswith(name)}
    return [*first.values(), *(one for one in ready if one.id in named)]


def send(errand: Errand, names: Sequence[str]) -> Dispatch:
    """Send what is approved, account by account, and close what was cut where its last slice ended at once.

    The paper broker trades on the market of one policy at a time.
    """
    found = sendable(errand.orders, names)
    done = _sent(errand, found)
    close_cut(errand.orders)
    return done


def _sent(errand: Errand, found: Sequence[Standing]) -> Dispatch:
    if errand.broker != "paper":
        return Sender(errand.orders, errand.judge, errand.outbox(found)).send(found)
    sent: list[Sent] = []
    refused: list[Refused] = []
    for policy in dict.fromkeys(errand.policy(one) for one in found):
        own = [one for one in found if errand.policy(one) == policy]
        done = Sender(errand.orders, errand.judge, errand.outbox(own)).send(own)
        sent += done.sent
        refused += done.refused
    return Dispatch(tuple(sent), tuple(refused))


def cancel(errand: Errand, names: Sequence[str], reason: str) -> tuple[tuple[Standing, ...], tuple[str, ...]]:
    """Cancel what has not left, ask the broker for the rest; how the orders stand, and what is to be said of some.

    Raises UsageError where none of them can be cancelled.
    """
    settle_exports(errand.orders)
    every = [one for one in chosen(errand.orders, names) if one.status not in FINAL]
    found = with_slices(errand.orders, gathered(errand.orders, every))
    here = [one for one in found if one.status in WAITING]
    there = [one for one in found if one.sent_at and one.status not in WAITING]
    if not here and not there:
        raise UsageError("none of these orders can be cancelled", remedy="See trimtab orders list.")
    done = list(errand.orders.cancel_waiting([one.id for one in here], reason)) if here else []
    in_files = [one for one in there if one.venue == FILE]
    done += in_files
    said = [in_file_words(in_files)] if in_files else []
    asking = [one for one in there if one.venue != FILE]
    outbox = errand.outbox(asking, sends=False) if asking else None
    for one in asking:
        asked = outbox.cancel(one.id, reason) if outbox else None
        if asked is not None:
            done.append(asked.standing)
            said += [f"{one.id[:8]}: {asked.why}"] if asked.why else []
    done += close_cut(errand.orders)
    return tuple(done), tuple(said)


def in_file_words(some: Sequence[Standing]) -> str:
    """What is left to a person with orders that left in a file."""
    names, them = ", ".join(one.id[:8] for one in some), "it" if len(some) == 1 else "them"
    return (
        f"{names} left in a file: whoever got it must withdraw {them}; trimtab reconcile FILLS then tells what became of {them}"
    )


def ask(errand: Errand, name: str = "") -> tuple[Reconciliation, ...]:
    """Ask the broker for all that was sent to it, account by account. Raises UsageError where nothing was."""
    orders = errand.orders
    settle_exports(orders)
    found: list[Reconciliation] = []
    for account in sorted({one.id for one in scope_of(orders.store, name).places.values()}):
        sent = [one for one in orders.standings(account) if one.sent_at and one.venue == errand.broker]
        if not sent:
            continue
        first = min(one.sent_at for one in sent if one.status not in FINAL or one is sent[-1])
        since = date.fromisoformat(first[:10]) - timedelta(days=BACK)
        found += reconcile(orders, errand.outbox(sent[-1:], sends=False), [account], since)
    if not found:
        raise UsageError(f"nothing was sent to {errand.broker}", remedy="See trimtab orders list --all.")
    close_cut(orders)
    return tuple(found)


def income(errand: Errand, name: str, by: Signature) -> tuple[Income, ...]:
    """Book what happened to paper accounts by the last session that is over: dividends, splits, interest (`paper_income`).

    Nothing where `paper/paper.yaml` says `income: false`, where orders are under way, or where some left for other venues.
    """
    orders, found = errand.orders, list[Income]()
    if errand.broker != PAPER or not paper_settings(errand.workspace).get("income", True):
        return ()
    until_day = day_of_decision(errand.clock.now())
    for account in sorted({one.id for one in scope_of(orders.store, name).places.values()}):
        if paper_only(orders, account):
            last = max((one for one in orders.standings(account) if one.sent_at), key=lambda one: one.sent_at)
            said = errand.judge.accounts(errand.policy(last)).outlook
            found += book_income(orders, scope_of(orders.store, account), said.policy, until(said.market, until_day), by)
    return tuple(found)


def read_file(orders: OrderBook, place: Path, account: str, day: date, hints: FillHints = _NO_HINTS) -> Settled:
    """Book a file of fills. `day` is that of what has none. Raises UsageError where the file cannot be read."""
    try:
        data = place.read_bytes()
    except OSError as error:
        raise UsageError(f"{place} cannot be read ({error.strerror})", remedy="Check the name.") from None
    settle_exports(orders)
    standings = orders.standings()
    found = read_fills(data, place.name, {one.id for one in standings}, hints)
    if not (found.reports or found.loose or found.counts or found.unread):
        return _without_fills(place.name, [one for one in standings if one.status in WORKING and not one.ticket.block])
    settled = settle_file(orders, found, account, day)
    close_cut(orders)
    return settled


def _without_fills(name: str, working: Sequence[Standing]) -> Settled:
    """A file whose header holds and below which nothing stands: an empty day, or one cut off where fills are awaited."""
    if not working:
        return Settled((), (), (), (f"no fills in {name}, and no order is under way: an empty day",))
    count = f"{len(working)} order{' is' if len(working) == 1 else 's are'}"
    return Settled((), (), (f"no fills in {name}, and {count} under way: nothing was booked. Is the file whole?",))


def with_members(orders: OrderBook, names: Sequence[str]) -> list[Standing]:
    """These orders, and the members of those that are blocks."""
    told = [orders.standing(name) for name in dict.fromkeys(names)]
    return [*told, *(orders.standing(name) for one in told for name, _ in one.ticket.parts)]


def closing(judge: Judge, one: Standing) -> tuple[Decimal, date]:
    """The close of an order's instrument on the day on which it ended, and that day; zero where none is known.

    As long as that day has no close, the last one before it.
    """
    accounts = judge.accounts(one.ticket.policy)
    market, asset = accounts.outlook.market, numbers_of(accounts).get(one.ticket.instrument)
    if asset is None:
        return ZERO, plain_date(accounts.outlook.when)
    seen = until(market, last_opened(market.about[asset].market, instant_of(one.done_at)))
    price = float(last_prices(seen)[asset])
    return (decimal_of(price) if price > 0.0 else ZERO), plain_date(seen.sessions[-1])

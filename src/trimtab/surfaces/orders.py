"""Orders in Python: from a rebalance to its shortfall, pandas out; the same desk as the command line."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import InvariantError, UsageError
from trimtab.core.money import decimal_of
from trimtab.core.orders import FINAL, OrderKind, Standing, Status
from trimtab.desk import errands
from trimtab.desk.books import Signature, book_address, scope_of
from trimtab.desk.choosing import chosen, one_order
from trimtab.desk.circumstances import day_of_decision
from trimtab.desk.crossing import book_crosses
from trimtab.desk.editing import edit_order
from trimtab.desk.errands import Errand
from trimtab.desk.exporting import Form, again, export, renderer, venue_in
from trimtab.desk.following import follow, followed_by, named_policy
from trimtab.desk.judging import Judge
from trimtab.desk.live import clock_of
from trimtab.desk.manual import Written, write_order
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of, own_book
from trimtab.desk.prepare import source_in
from trimtab.desk.proposing import propose_all
from trimtab.desk.reviewing import review, wanted
from trimtab.desk.sending import Refused
from trimtab.desk.settlement import shortfalls
from trimtab.desk.slicing import with_parents, with_slices
from trimtab.surfaces.order_tables import Rebalancing, Sending, Settling, order_table, shortfall_table

if TYPE_CHECKING:
    import pandas as pd

Names = str | Sequence[str]
Number = Decimal | float | int | str
_Word = TypeVar("_Word", Status, OrderKind)


@dataclass(frozen=True, slots=True)
class Orders:
    """The orders of a book (see `Book`): `Orders("book.db", by="ann").rebalance(account="A07").trades`.

    Every call opens and closes it. `workspace` is where the paper broker lives and exports go; `data` a folder of prices, or
    a market store, in place of the data of the policies. Orders are named as on the command line: a batch, an id or its
    first letters, an account or a household; one name or several.
    """

    address: str | Path = ""
    by: str = ""
    workspace: str | Path = "."
    data: str | Path | None = None

    def follow(self, account: str, policy: str | Path) -> None:
        """Have an account follow a policy: a file, or a name of the gallery."""
        with self._opened() as orders:
            follow(orders.store, account, str(policy), self._signature())

    def rebalance(
        self,
        policy: str | Path | None = None,
        *,
        account: str = "",
        household: str = "",
        as_of: str | date | None = None,
        commit: bool = False,
        supersede: str = "",
    ) -> Rebalancing:
        """What accounts are to trade: one, those of a household, or all. With `commit` it is proposed, for a person to approve.

        Without a `policy` each account is rebalanced under the one that it follows. With a reason to `supersede`, a run of
        the same day gives way. Raises UsageError where the one account that is asked for cannot be.
        """
        if account and household:
            raise UsageError("both an account and a household are given", remedy="Give one of them, or none for all.")
        by = self._signature()
        with self._opened() as orders:
            under = None if policy is None else self._prepared(named_policy(str(policy)).with_horizon(end=None))
            asked = wanted(orders.store, account or household, under, self._prepared)
            found = review(
                orders,
                asked,
                loader_of(self.workspace),
                (day_of_decision(by.at) if as_of is None else np.datetime64(self._day(as_of), "D"), by.at),
            )
            if commit:
                made = propose_all(orders, found.rebalances, by, claimant=_claimant(), supersede=supersede)
                return Rebalancing(found, made)
        return Rebalancing(found)

    def list(self, names: Names = (), *, status: Names = (), finished: bool = False) -> pd.DataFrame:
        """Orders by id, by default those that are not done with; `finished` ones too, or those of some `status`."""
        wished = {_word(Status, one) for one in _several(status)}
        with self._opened() as orders:
            found = chosen(orders, _several(names)) if names else orders.standings()
        kept = [one for one in found if (one.status in wished if wished else finished or one.status not in FINAL)]
        return order_table(kept)

    @property
    def restraints(self) -> pd.DataFrame:
        """Why accounts do not trade freely: account, state, cause and why."""
        import pandas as pd

        with self._opened() as orders:
            rows = [(one.account, one.state.value, one.cause.value, one.why) for one in orders.restraints()]
        return pd.DataFrame(rows, columns=["account", "state", "cause", "why"])

    def add(
        self,
        account: str,
        instrument: str,
        units: Number,
        *,
        reason: str,
        limit: Number = 0,
        kind: str = "market",
    ) -> pd.DataFrame:
        """Write an order by hand (`units` above zero buy), under the rules of the policy that the account follows.

        Raises UsageError for what is no order, and BreachError or DataError where the gate stops it.
        """
        price = _number(limit)
        manner = OrderKind.LIMIT if price else _word(OrderKind, kind)
        written = Written(account, instrument, _number(units), reason, manner, price)
        with self._opened() as orders:
            under = self._prepared(followed_by(orders.store, account))
            made = write_order(orders, written, under, loader_of(self.workspace), self._signature(), claimant=_claimant())
        return order_table(made.standings)

    def edit(
        self, name: str, instrument: str = "", *, units: Number | None = None, limit: Number | None = None, reason: str
    ) -> pd.DataFrame:
        """Change an order that waits. Units without a sign keep its side. The gate is asked at once.

        Raises IllegalMove for one that does not wait, UsageError for a fraction where the policy trades whole units, and what
        the gate raises where it would stop the order, unless it only becomes smaller: that is always taken.
        """
        with self._opened() as orders:
            standing = one_order(orders, name, instrument)
            count = None if units is None else _on_its_side(_number(units), standing)
            price = None if limit is None else _number(limit)
            done = edit_order(orders, self._judge(orders), standing, units=count, limit=price, reason=reason)
            return order_table([done.standing])

    def approve(self, names: Names, *, reason: str = "") -> pd.DataFrame:
        """Approve what is planned, all or none. Raises ApprovalRequired where another person or a reason is wanted."""
        with self._opened() as orders:
            found = _planned(chosen(orders, _several(names), {Status.PLANNED}))
            return order_table(orders.approve([one.id for one in found], self._signature().author, reason))

    def reject(self, names: Names, *, reason: str) -> pd.DataFrame:
        """Decline what is planned. Raises DataError without a reason."""
        with self._opened() as orders:
            found = _planned(chosen(orders, _several(names), {Status.PLANNED}))
            return order_table([orders.decline(one.id, reason) for one in found])

    def hold(self, names: Names, *, reason: str = "", release: bool = False) -> pd.DataFrame:
        """Put orders aside, or with `release` take them up again."""
        with self._opened() as orders:
            found = _planned(chosen(orders, _several(names), {Status.HELD if release else Status.PLANNED}))
            step = orders.unhold if release else orders.hold
            return order_table([step(one.id, reason) for one in found])

    def send(self, names: Names, *, broker: str = "paper", live: bool = False) -> Sending:
        """Send approved orders through the gate; what it refuses stays approved. Raises NoAccess where live is not armed."""
        with self._opened() as orders:
            return Sending.of(errands.send(self._errand(orders, broker, live=live), _several(names)))

    def export(self, names: Names, form: str = "blotter", out: str | Path = "orders", *, repeat: str = "") -> Path:
        """Write approved orders into one file, once; with the reason to `repeat` once more. Returns the file.

        Raises what the gate raises where it stops one of them: then nothing is written.
        """
        by, named = self._signature(), _several(names)
        with self._opened() as orders:
            shape = Form(form)
            venue = venue_in(Path(self.workspace) / out, renderer(orders, shape, by), shape)
            if repeat:
                sent = [one for one in chosen(orders, named, {Status.SENT}) if not one.ticket.block]
                return again(orders, self._judge(orders), sent, venue, (repeat, by)).path
            done = export(orders, self._judge(orders), errands.sendable(orders, named), venue)
        _raise(done.refused)
        assert done.done is not None  # noqa: S101 - nothing was refused, and something was approved
        return done.done.path

    def cancel(
        self, names: Names, *, reason: str = "cancelled by a person", broker: str = "paper", live: bool = False
    ) -> Sending:
        """Cancel what waits here, and ask the broker for the rest: it may not be cancelled yet."""
        with self._opened() as orders:
            done, said = errands.cancel(self._errand(orders, broker, live=live), _several(names), reason)
        return Sending(order_table(done), said)

    def reconcile(self, fills: str | Path = "", *, broker: str = "", account: str = "", live: bool = False) -> Settling:
        """Book fills of a file, or ask a broker; what does not agree is said, and halts the account."""
        if bool(fills) is bool(broker):
            raise UsageError("fills come from a file or from a broker", remedy='Give a file, or broker="paper".')
        by = self._signature()
        with self._opened() as orders:
            if fills:
                done: Any = errands.read_file(orders, Path(fills), account, by.day)
                touched = [one.id for one in done.booked]
            else:
                errand = self._errand(orders, broker, live=live)
                done = errands.ask(errand, account)
                errands.income(errand, account, by)
                touched = [one.standing.id for found in done for one in found.asked]
            crossed = book_crosses(orders, self._judge(orders), by.day)
            return Settling.of(order_table(errands.with_members(orders, touched)), done, crossed.words)

    def kill(self, name: str = "", *, reason: str = "killed by a person", reduce: bool = False) -> tuple[str, ...]:
        """Halt accounts, or all of them; with `reduce` sales go on. Nothing new is sent from this instant on. Returns them."""
        with self._opened() as orders:
            scope = scope_of(orders.store, name).places.values() if name or reduce else ()
            accounts = tuple(sorted({one.id for one in scope}))
            if not reduce:
                return orders.kill(accounts, reason)
            for one in accounts:
                orders.reduce(one, reason)
            return accounts

    def release(self, account: str, *, reason: str) -> None:
        """Let an account trade again. Raises Halted while the fate of one of its orders is unknown."""
        with self._opened() as orders:
            if account not in {one.id for one in orders.store.accounts()}:
                raise UsageError(f"there is no account {account!r}", remedy="Give its name in full.")
            orders.release(account, reason)

    def shortfall(self, names: Names = ()) -> pd.DataFrame:
        """Implementation shortfall of what is done with, a row an order and day, in money; `attrs["untold"]`: what has none."""
        with self._opened() as orders:
            found = chosen(orders, _several(names)) if names else orders.standings()
            judge = self._judge(orders)
            told = errands.with_members(orders, [one.id for one in with_slices(orders, with_parents(orders, found))])
            return shortfall_table(*shortfalls(orders, told, lambda one: errands.closing(judge, one)), told)

    def _errand(self, orders: OrderBook, broker: str, *, live: bool) -> Errand:
        place = Path(self.workspace)
        return Errand(orders, self._judge(orders), clock_of(place), place, broker, live)

    def _judge(self, orders: OrderBook) -> Judge:
        return Judge(orders, loader_of(self.workspace), self._signature(), self._prepared)

    def _prepared(self, policy: Policy) -> Policy:
        return policy if self.data is None else replace(policy, data=source_in(self.data))

    @contextmanager
    def _opened(self) -> Iterator[OrderBook]:
        place = book_address(str(self.address), Path(self.workspace), os.environ)
        with own_book(self.workspace, place) as book:
            yield OrderBook(book, clock_of(self.workspace), self._signature().author)

    def _signature(self) -> Signature:
        return Signature(self.by or getpass.getuser(), clock_of(self.workspace).now())

    def _day(self, as_of: str | date | None) -> date:
        try:
            if as_of is None:
                return self._signature().day
            return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
        except ValueError:
            raise UsageError(f"as_of {as_of!r} is not a date", remedy="Write it as 2018-11-30.") from None


def _claimant() -> str:
    """Host and number of the process, so that a claim whose answer was lost is known again."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _several(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _planned(found: Sequence[Standing]) -> Sequence[Standing]:
    if not found:
        raise UsageError("none of these orders waits", remedy="See Orders.list().")
    return found


def _number(value: Number) -> Decimal:
    """Units or a price. Raises UsageError for what is none."""
    try:
        found = decimal_of(value) if isinstance(value, float) else Decimal(value)
    except (ArithmeticError, InvariantError, TypeError):
        found = Decimal("NaN")
    if not found.is_finite():
        raise UsageError(f"{value!r} is no number", remedy="Give for example 40 or 101.5.")
    return found


def _on_its_side(units: Decimal, order: Standing) -> Decimal:
    """Units with the sign of the order. Raises UsageError for those that would buy what it sells, or sell what it buys."""
    if units < 0 < order.ticket.units:
        remedy = "Give units above zero; to sell, reject it and add another."
        raise UsageError(f"the order buys, and {units} would sell", remedy=remedy)
    return abs(units).copy_sign(order.ticket.units)


def _word(kind: type[_Word], value: str) -> _Word:
    """One of its words. Raises UsageError for another."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(one.value for one in kind)
        raise UsageError(f"{value!r} is none of the words for it", remedy=f"There are: {known}.") from None


def _raise(refused: Iterable[Refused]) -> None:
    for one in refused:
        raise one.error

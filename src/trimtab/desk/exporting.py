"""Orders to a file that a person carries on: a blotter, an IBKR basket, FIX messages, or a table of the firm's own columns.

An export is a send to the venue `file`: INTENT of all, the file, SENT of all. It is not repeated without a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from trimtab.accounting.database.events import Note
from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.orders import Standing
from trimtab.desk.books import Signature
from trimtab.desk.circumstances import text_of_instant
from trimtab.desk.exported import begin
from trimtab.desk.grouping import accounts_of, in_turn
from trimtab.desk.judging import Convoy, Judge
from trimtab.desk.practice import require_real
from trimtab.desk.sending import Refused, require_may_leave, stamped_of
from trimtab.desk.yaml12 import parse, read_text
from trimtab.execution.brokers.file import Exported, FileVenue
from trimtab.execution.exports.blotter import blotter
from trimtab.execution.exports.column_map import ColumnMap, read_map
from trimtab.execution.exports.fix44 import Envelope, lines
from trimtab.execution.exports.ibkr_basket import basket
from trimtab.execution.exports.mapped import mapped, shipped_map
from trimtab.execution.exports.sheet import Facts, Sheet
from trimtab.execution.gate import Stamped, merged
from trimtab.governance.promotion import Stage

Render = Callable[[tuple[Standing, ...]], bytes]
FORMATS = ("blotter", "ibkr-basket", "fix", "charles_river", "bloomberg_emsx", "csv:FILE.yaml")
_SUFFIX = {"fix": ".fix"}


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an export: its name, who writes FIX to whom, and the account that blocks are placed in."""

    name: str
    sender: str = "TRIMTAB"
    target: str = "BROKER"
    block_account: str = "BLOCK"

    @property
    def suffix(self) -> str:
        """What the name of the file ends with."""
        return _SUFFIX.get(self.name, ".csv")


@dataclass(frozen=True, slots=True)
class Export:
    """What was written, and what the gate did not let through."""

    done: Exported | None
    refused: tuple[Refused, ...] = ()

    @property
    def exit_code(self) -> int:
        """Of 6, 3, 4, 5 the first that applies to what was refused."""
        codes = {one.error.exit_code for one in self.refused}
        return next((code for code in (6, 3, 4, 5) if code in codes), 1 if codes else 0)


def renderer(orders: OrderBook, form: Form, by: Signature) -> Render:
    """How orders are told in a form. Raises UsageError for an unknown one, ParameterError for a map that does not hold."""
    columns = _columns(form.name)

    def told(standings: tuple[Standing, ...]) -> bytes:
        sheet = sheet_of(orders, standings, form, by)
        if columns is not None:
            return mapped(standings, sheet, columns)
        if form.name == "ibkr-basket":
            return basket(standings, sheet).encode()
        if form.name == "fix":
            return lines(standings, sheet, Envelope(form.sender, form.target, text_of_instant(by.at)))
        return blotter(standings, sheet).encode()

    return told


def _columns(name: str) -> ColumnMap | None:
    kind, _, file = name.partition(":")
    if kind == "csv" and file:
        return read_map(parse(read_text(file, "the column map"), file).values)
    if name in ("charles_river", "bloomberg_emsx"):
        return read_map(parse(shipped_map(name), name).values)
    if name not in FORMATS[:3]:
        raise UsageError(f"there is no form {name!r}", remedy=f"There are: {', '.join(FORMATS)}.")
    return None


def sheet_of(orders: OrderBook, standings: Sequence[Standing], form: Form, by: Signature) -> Sheet:
    """What is told of orders besides what stands in them."""
    every = orders.store.accounts()
    tickets = [one.ticket for one in standings]
    members = {name: orders.standing(name).ticket.account for one in tickets for name, _ in one.parts}
    accounts = sorted({one.account for one in tickets if one.account} | set(members.values()))
    facts = Facts(
        date=text_of_instant(by.at),
        run=", ".join(sorted({one.batch for one in tickets})),
        accounts=tuple(accounts),
        funding="purchases out of cash and the sales before them",
        rounding="units down to the smallest unit of the policy",
        scaling="purchases that cash does not pay for wait",
        policy=", ".join(sorted({one.policy for one in tickets})),
        journal=f"{orders.store.last()} {orders.store.head()}",
    )
    return Sheet(
        facts,
        {one.id: one for one in orders.store.instruments()},
        members=members,
        lot_methods={one.id: one.lots.value for one in every},
        block_account=form.block_account,
    )


def export(orders: OrderBook, judge: Judge, chosen: Sequence[Standing], venue: FileVenue) -> Export:
    """Write approved orders into one file, once. What the gate refuses is left out and listed.

    Raises what the venue raises where the file cannot be written, and UsageError for a practice book.
    """
    require_real(orders.store)
    with ExitStack() as held:
        for account in sorted({name for one in chosen for name in accounts_of(orders, one)}):
            held.enter_context(orders.sender(account))
        stamps, refused, checks = _stamps(orders, judge, chosen)
        ready = [one.id for stamped in stamps for one in stamped.orders]
        if ready:
            begin(orders, venue, ready)
        done = venue.export(merged(stamps), ready, orders, partial(_ask, checks)) if ready else None
    return Export(done, tuple(refused))


def again(
    orders: OrderBook, judge: Judge, chosen: Sequence[Standing], venue: FileVenue, why: tuple[str, Signature]
) -> Exported:
    """Write orders once more that were exported together before; the reason is in the journal before the file is there.

    Raises UsageError without a reason, and what the gate raises.
    """
    require_real(orders.store)
    reason, by = why
    if not reason.strip():
        what = "exporting again needs a reason: a basket that is imported twice trades twice"
        raise UsageError(what, remedy='Add --again "why".')
    with ExitStack() as held:
        for account in sorted({name for one in chosen for name in accounts_of(orders, one)}):
            held.enter_context(orders.sender(account))
        stamps, refused, _ = _stamps(orders, judge, chosen)
        if refused:
            raise refused[0].error
        names = [one.id for one in chosen]
        orders.store.append([Note("exported-again", {"orders": names, "reason": reason})], recorded=by.at, author=by.author)
        return venue.again(merged(stamps), names, reason)


def _ask(checks: Iterable[Callable[[], None]]) -> None:
    """All of them, in turn."""
    for one in checks:
        one()


def _stamps(
    orders: OrderBook, judge: Judge, chosen: Sequence[Standing]
) -> tuple[list[Stamped], list[Refused], list[Callable[[], None]]]:
    """What was let through, what was not, and what is asked once more as the first leaves (see `require_may_leave`)."""
    stamps: list[Stamped] = []
    refused: list[Refused] = []
    checks: list[Callable[[], None]] = []
    every = frozenset(name for one in chosen for name in (one.id, *dict(one.ticket.parts)))
    convoy = Convoy((), every)  # what is sold earlier in the file pays for what comes later
    for group in in_turn(orders, chosen):
        try:
            within = require_may_leave(orders, judge, group, Stage.LIVE)  # who carries a file on may trade real money by it
            stamps.append(stamped_of(orders, judge, group, convoy))
            checks.append(within)
            own = [orders.standing(name) for name, _ in group[0].ticket.parts] or group
            convoy = Convoy((*convoy.ahead, *own), every)
        except TrimtabError as error:
            refused.append(Refused(group[0].ticket.account or "block", tuple(group), error))
    return stamps, refused, checks


def venue_in(folder: Path, render: Render, form: Form) -> FileVenue:
    """The venue `file` in a folder."""
    return FileVenue(folder, render, form.suffix)

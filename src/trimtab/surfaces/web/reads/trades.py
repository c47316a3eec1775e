"""The trades of one account, for a person to judge: its orders as they stand, else what would be proposed.

Each line with its lots before and after, what the weights become, and every check of the gate. Orders that wait are judged
as the gate would judge them together now; whether the market is open does not count, for they leave in the morning. What
is held aside counts for nothing until it is taken up again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from trimtab.accounting.database.orders import OrderBook
from trimtab.core.errors import TrimtabError
from trimtab.core.money import ZERO, exact
from trimtab.core.orders import FINAL, WAITING, Standing, Status
from trimtab.desk.asked_accounts import Accounts
from trimtab.desk.gates import gate_of
from trimtab.desk.judging import Judge
from trimtab.desk.lot_choice import Chosen
from trimtab.desk.rebalancing import Asked, Rebalance
from trimtab.surfaces.cli.order_rows import document
from trimtab.surfaces.cli.rebalance import order_book, reviewed
from trimtab.surfaces.cli.review_document import account_document
from trimtab.surfaces.cli.review_screen import figures
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.serving.verbs import Served, namespace
from trimtab.surfaces.web.reads.accounts import BY, Plain, facts


class Line(NamedTuple):
    """A trade, whether it stands as an order or not: units above zero buy."""

    instrument: str
    place: str
    units: Decimal
    reference: Decimal
    lots: Chosen


def trade_review(served: Served, account: str, batch: str) -> Plain:
    """One account (or sleeve); with a `batch` its orders of that batch alone. Raises what the verb `rebalance` raises."""
    options = namespace(served, "rebalance", {"account": account}, BY)
    with order_book(options) as orders:
        (one,) = reviewed(orders, options).rebalances
        asked = Accounts(one.outlook, orders.store).asked(one.name)
        found = open_orders(orders, one, batch)
        leaving = [order for order in found if order.status is not Status.HELD]
        waiting = [order for order in leaving if order.status in WAITING]
        judge = judge_of(orders, namespace(served, "orders send", {}, BY))
        checks = checked(judge, waiting) if found else own_checks(one)
        lines = [_line(order) for order in found] or [_planned(one, trade) for trade in one.trades]
        moves = [_line(order) for order in leaving] if found else lines
    return {
        **account_document(one, None),
        **facts(one),
        "orders": [document(order) for order in found],
        "weights": weights(one, asked, moves),
        "lots": [lots(one, asked, line) for line in lines],
        **checks,
    }


def open_orders(orders: OrderBook, one: Rebalance, batch: str) -> list[Standing]:
    """What is not done with, of the account or the sleeve; slices are told by their parent."""
    standing = orders.standings(one.account.id)
    own = [order for order in standing if one.covers(order.ticket.booked) and not order.ticket.parent]
    return [order for order in own if order.status not in FINAL and batch in ("", order.ticket.batch)]


def _line(order: Standing) -> Line:
    ticket = order.ticket
    return Line(ticket.instrument, ticket.booked, order.left, ticket.reference or ticket.limit, ticket.lots)


def _planned(one: Rebalance, trade: Any) -> Line:
    return Line(one.instruments[trade.asset], trade.place, trade.units, trade.reference, trade.lots)


def weights(one: Rebalance, asked: Asked, lines: Sequence[Line]) -> list[Plain]:
    """Now, trade, after and target of every asset and of cash, by the lines as they stand; costs are left out."""
    book, target, model = asked.book, one.traded.target.tolist(), one.decision.target.tolist()
    moved: dict[str, float] = defaultdict(float)
    for line in lines:
        moved[line.instrument] += float(line.units * line.reference) / float(book.nav) if book.nav else 0.0
    rows = []
    for a, asset in enumerate(one.outlook.policy.universe):
        now, trade = float(book.held[a]), moved[one.instruments[a]]
        row = {"asset": asset.id, "name": asset.title, "instrument": one.instruments[a], "now": now, "trade": trade}
        rows.append(row | {"after": now + trade, "target": target[a], "model": model[a]})
    spent = sum(moved.values())
    now = 1.0 - float(book.held.sum())
    cash = {"asset": "", "name": "Cash", "instrument": "", "now": now, "trade": -spent, "after": now - spent}
    return [*rows, cash | {"target": 1.0 - sum(target), "model": 1.0 - sum(model)}]


def lots(one: Rebalance, asked: Asked, line: Line) -> Plain:
    """The lots of a line's instrument: what each holds before and after, and what it cost a unit."""
    numbers = dict(zip(one.instruments, asked.numbers, strict=True))
    number, taken = numbers.get(line.instrument), dict(line.lots)
    held = asked.found.of(line.place, number) if number is not None and line.place in asked.found.lots else ()
    with exact():
        rows = [
            {
                "lot": lot.id,
                "acquired": lot.acquired.isoformat(),
                "before": f"{lot.units:f}",
                "sold": f"{taken.get(lot.id, ZERO):f}",
                "after": f"{lot.units - taken.get(lot.id, ZERO):f}",
                "cost": f"{lot.cost:f}",
                "gain": f"{lot.units * line.reference - lot.cost:f}",
            }
            for lot in held
        ]
    chosen = bool(taken) or line.units > 0
    return {"instrument": line.instrument, "units": f"{line.units:f}", "rows": rows, "chosen": chosen}


def own_checks(one: Rebalance) -> Plain:
    """What the gate says of the trades that would be proposed."""
    return {"checks": rows_of(one.judgement.evaluations, facts(one)["lines"]), "judged": "proposal", "unasked": ""}


def checked(judge: Judge, waiting: Sequence[Standing]) -> Plain:
    """What the gate would say now of the orders that wait, policy by policy; `unasked`: why it could not be asked."""
    groups: dict[tuple[str, str], list[Standing]] = {}
    for one in waiting:
        groups.setdefault((one.ticket.policy, one.ticket.booked), []).append(one)
    rows: list[Plain] = []
    faults: list[str] = []
    for (sha256, place), some in groups.items():
        try:
            accounts = judge.accounts(sha256)
            asked = accounts.asked(place)
            now = replace(judge.circumstances(asked, accounts, some), open=None)
            found = gate_of(accounts.outlook.policy).judge(judge.batch(asked, accounts, some), now)
        except TrimtabError as error:
            faults.append(str(error))
            continue
        rows += rows_of(found.evaluations, {one.id: one.ticket.instrument for one in some})
    return {"checks": rows, "judged": "orders", "unasked": " ".join(faults)}


def rows_of(evaluations: Sequence[Any], names: Mapping[str, str]) -> list[Plain]:
    """Every evaluation as a row: outcome, rule, on what, measured, at most, words, source."""
    rows = []
    for one in evaluations:
        value, most = figures(one)
        row = {"outcome": one.outcome.value, "rule": one.rule, "on": names.get(one.on, one.on) or "all trades"}
        rows.append(row | {"measured": value, "at_most": most, "words": one.words, "source": one.source or "no source"})
    return rows

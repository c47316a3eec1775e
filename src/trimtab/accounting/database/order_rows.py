"""Orders as rows and back: what has a column stands there, all else of the ticket and of its standing as JSON beside it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from trimtab.accounting.database import schema
from trimtab.accounting.database.coding import brief, rebuilt
from trimtab.accounting.database.columns import selected
from trimtab.accounting.database.session import Row, Session
from trimtab.accounting.encoding import json_of
from trimtab.core.errors import DataError
from trimtab.core.orders import Standing, Status, Ticket
from trimtab.core.venues import Execution

_MANY = 500  # of what one statement asks for by name
_OF_TICKET = ("id", "account", "place", "batch", "as_of", "policy", "units", "reference", "parent", "block")
_OF_STANDING = ("filled", "spent", "cost", "claimed", "venue", "venue_id", "arrival", "sent_at", "edition")
_BESIDE = ("approved_by", "edited_by", "planned_at", "done_at", "why")
_COLUMNS = [column.name for column in schema.ORDERS.columns]


class Kept(NamedTuple):
    """An order as the tables have it: how it stands, its run and its records, and everybody who edited it."""

    standing: Standing
    run: int | None
    planned: int
    record: int
    editors: tuple[str, ...] = ()

    @property
    def ticket(self) -> Ticket:
        """What was written down."""
        return self.standing.ticket


def row_of(kept: Kept, instrument: int) -> list[Any]:
    """The row of an order; `instrument` is its number."""
    standing, ticket = kept.standing, kept.ticket
    words = brief(ticket, (*_OF_TICKET, "instrument"))
    more = {name: said for name in _BESIDE if (said := getattr(standing, name))}
    rest = {"ticket": words, "standing": more, **({"editors": list(kept.editors)} if kept.editors else {})}
    parts = {name: getattr(ticket, name) for name in _OF_TICKET} | {name: getattr(standing, name) for name in _OF_STANDING}
    parts |= {"as_of": ticket.as_of.isoformat(), "status": standing.status.value, "instrument": instrument}
    parts |= {"run": kept.run, "planned": kept.planned, "record": kept.record, "rest": json_of(rest)}
    return [parts[name] for name in _COLUMNS]


def _kept(row: Row, names: dict[int, str]) -> Kept:
    parts = dict(zip(_COLUMNS, row, strict=True))
    rest = json.loads(parts["rest"])
    words = rest["ticket"] | {name: parts[name] for name in _OF_TICKET} | {"instrument": names[parts["instrument"]]}
    told = {name: parts[name] for name in _OF_STANDING} | rest["standing"]
    standing = Standing(rebuilt(Ticket, words), Status(parts["status"]), **told)
    return Kept(standing, parts["run"], parts["planned"], parts["record"], tuple(rest.get("editors", ())))


def chosen(session: Session, clause: str, values: Sequence[Any] = ()) -> list[Kept]:
    """The orders that a clause of our own words chooses, in the order of planning."""
    rows = selected(session, schema.ORDERS, clause, values, by="planned")
    at = _COLUMNS.index("instrument")
    names = _names(session, sorted({row[at] for row in rows}))
    return [_kept(row, names) for row in rows]


def _names(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for start in range(0, len(numbers), _MANY):
        some = numbers[start : start + _MANY]
        names.update(session.execute(f"SELECT number, id FROM instruments WHERE number IN ({_marks(some)})", some))
    return names


def _marks(some: Collection[Any]) -> str:
    return ", ".join("?" * len(some))


def these(session: Session, ids: Sequence[str]) -> dict[str, Kept]:
    """The orders of these ids; those that are not there are left out."""
    found: dict[str, Kept] = {}
    for start in range(0, len(ids), _MANY):
        some = ids[start : start + _MANY]
        found.update((kept.standing.id, kept) for kept in chosen(session, f"WHERE id IN ({_marks(some)})", some))
    return found


def stands(session: Session, order: str) -> bool:
    """Whether there is an order with this id."""
    return bool(session.execute("SELECT 1 FROM orders WHERE id = ?", (order,)))


def order_of(session: Session, order: str) -> Kept:
    """One order. Raises DataError where there is none with this id."""
    found = chosen(session, "WHERE id = ?", (order,))
    if not found:
        raise DataError(f"there is no order {order!r}", where=session.where, remedy="Look: trimtab orders list.")
    return found[0]


def orders_of(session: Session, account: str = "", statuses: Collection[Status] = ()) -> list[Kept]:
    """The orders of an account (empty: all), of these statuses (empty: any)."""
    terms = ["account = ?"] if account else []
    values = [account] if account else []
    if statuses:
        terms.append(f"status IN ({_marks(statuses)})")
        values += sorted(status.value for status in statuses)
    return chosen(session, f"WHERE {' AND '.join(terms)}" if terms else "", values)


def run_orders(session: Session, run: int) -> list[Kept]:
    """The orders of the run that this record claimed, slices included."""
    return chosen(session, "WHERE run = ?", (run,))


def slices_of(session: Session, order: str) -> list[Kept]:
    """The slices of an order."""
    return chosen(session, "WHERE parent = ? AND parent <> ''", (order,))  # said twice, so that the index is used


def executions_of(session: Session, order: str) -> tuple[Execution, ...]:
    """The executions of an order, as they were booked."""
    rows = selected(session, schema.EXECUTIONS, "WHERE order_id = ?", (order,), by="record")
    return tuple(_execution(row) for row in rows)


def _execution(row: Row) -> Execution:
    _, one, order, units, price, cost, day, at, _ = row
    return Execution(one, order, units, price, cost, date.fromisoformat(day), at)


def booked_elsewhere(session: Session, venue: str, order: str, ids: Sequence[str]) -> dict[str, str]:
    """Those of a venue's executions that are booked for another order, with its id."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), _MANY):
        some = list(ids[start : start + _MANY])
        sql = f"SELECT id, order_id FROM executions WHERE venue = ? AND order_id <> ? AND id IN ({_marks(some)})"
        found.update(session.execute(sql, (venue, order, *some)))
    return found

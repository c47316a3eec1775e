"""Histories out of a table: cells read, rows put in order, one history a series, and the issues found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.calendar import is_monthly
from trimtab.core.terms import CLOSE, DIVIDEND, SPLIT, TOTAL_RETURN, Field
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.sources.days import read_dates
from trimtab.data.sources.endings import check_end
from trimtab.data.sources.fields import fields_of
from trimtab.data.sources.layout import Form, Layout, Role, kind_of, layout
from trimtab.data.sources.numbers import Rule, read_numbers
from trimtab.data.sources.rows import groups, in_order
from trimtab.data.sources.sheet import HEADER, Fault, Sheet
from trimtab.data.sources.units import in_major

_NOTES = {
    Kind.PRICE: "price only: dividends unknown",
    Kind.TOTAL_RETURN: "prices are adjusted for dividends, not as traded",
    Kind.LEVEL: "taken as known one business day after its date",
    Kind.YIELD: "taken as known one business day after its date",
}


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows (N,) of a sheet in order with their dates (N,), its numbers by column (T,), and the issues they all share."""

    sheet: Sheet
    dates: Dates
    values: Mapping[int, Array]
    rows: Index
    issues: tuple[Issue, ...]


def histories(sheet: Sheet) -> tuple[History, ...]:
    """Every series of a table, in the order in which they first occur. Raises DataError at the first fault."""
    plan = layout(sheet)
    dates, months = read_dates(sheet, plan.date)
    rare = [column for role, column in plan.roles.items() if role in (Role.SPLIT, Role.SPLIT_UNDONE, Role.GAIN)]
    values = read_numbers(sheet, _rules(sheet, plan), rare=rare)
    parts = _parts(sheet, plan)
    last = next(rows for rows in parts.values() if rows[-1] == len(dates) - 1)
    issues = (*sheet.issues, *_unread(sheet, plan), *check_end(sheet, values, last))
    found = []
    for name, rows in parts.items():
        kept, done = in_order(sheet, dates, values, rows, plan.date)
        days = dates[kept]
        about = () if months else _stamps(sheet, days, plan.date)
        block = Block(sheet, days, values, kept, (*issues, *done, *about))
        found += _wide(block, plan) if plan.form is Form.WIDE else [_priced(block, plan, name)]
    return tuple(found)


def _rules(sheet: Sheet, plan: Layout) -> dict[int, Rule]:
    """Which numbers each column may hold."""
    if plan.form is Form.WIDE:
        rule = Rule.VALUE if kind_of(sheet.stem) in (Kind.LEVEL, Kind.YIELD) else Rule.PRICE
        return dict.fromkeys(plan.series.values(), rule)
    return {column: role.rule for role, column in plan.roles.items() if role not in (Role.DATE, Role.ID)}


def _parts(sheet: Sheet, plan: Layout) -> dict[str, Index]:
    """Rows that belong together: those of an id, or all of them."""
    if plan.form is Form.TIDY:
        column = plan.roles[Role.ID]
        return groups(sheet, column, sheet.columns[column])
    return {sheet.stem: np.arange(len(sheet.lines))}


def _wide(block: Block, plan: Layout) -> list[History]:
    kind = kind_of(block.sheet.stem)
    made = []
    for name, column in plan.series.items():
        values = block.values[column][block.rows]
        fields = {CLOSE: values} | ({TOTAL_RETURN: values} if kind is Kind.TOTAL_RETURN else {})
        made.append(_history(block, name, kind, fields, column))
    return made


def _priced(block: Block, plan: Layout, name: str) -> History:
    """One series of a TIDY or SINGLE table."""
    roles = plan.roles
    if Role.VALUE in roles:
        column = roles[Role.VALUE]
        kind = Kind.YIELD if kind_of(block.sheet.stem) is Kind.YIELD else Kind.LEVEL
        return _history(block, name, kind, {CLOSE: block.values[column][block.rows]}, column)
    read: dict[Role, Array] = {
        role: block.values[c][block.rows] for role, c in roles.items() if role not in (Role.DATE, Role.ID)
    }
    found = fields_of(read)
    said = tuple(Issue(s.what, block.sheet.place(HEADER, roles[s.role]), s.action) for s in found.said)
    column = roles.get(Role.CLOSE, roles.get(Role.ADJUSTED, 0))
    return _history(replace(block, issues=(*block.issues, *said)), name, found.kind, found.fields, column)


def _history(block: Block, name: str, kind: Kind, fields: Mapping[Field, Array], column: int) -> History:
    """The series between its first and its last known value."""
    close, dates = fields[CLOSE], block.dates
    known = np.flatnonzero(np.isfinite(close))
    if len(known) == 0:
        what, row = f"{name} has no value at all", int(block.rows[0]) if len(block.rows) else HEADER
        raise block.sheet.error(Fault(row, column, what, "Fill its cells, or delete its rows or column."))
    inner = slice(int(known[0]), int(known[-1]) + 1)
    frequency = "monthly" if _monthly(dates[inner]) else "daily"
    lag = 1 if kind in (Kind.LEVEL, Kind.YIELD) else 0
    notes = (_NOTES[kind],) if kind in _NOTES else ()
    sheet = block.sheet
    fields = {field: values[inner] for field, values in fields.items()}
    fields, currency, done = (
        in_major(fields, sheet.currency, sheet.place(HEADER, column)) if sheet.currency else (fields, "", ())
    )
    about = About(name, name, kind, sheet.provenance, frequency, notes=notes, lag_days=lag, currency=currency)
    issues = (*block.issues, *done, *_gaps(fields, f"{block.sheet.file} {name}"), *_percent(about, fields[CLOSE]))
    return History(about, dates[inner], fields, issues=issues)


def _gaps(fields: Mapping[Field, Array], where: str) -> tuple[Issue, ...]:
    """How many cells are empty between the first and the last value."""
    made = []
    for field, values in fields.items():
        if field is SPLIT:  # most rows have none
            continue
        if empty := int(np.isnan(values).sum()):
            action = "kept as unknown, counted as no dividend" if field is DIVIDEND else "kept as unknown"
            made.append(Issue(f"{empty} empty cell{'s' if empty > 1 else ''} in {field.name}", where, action))
    return tuple(made)


def _percent(about: About, values: Array) -> tuple[Issue, ...]:
    """Rates that look like percent."""
    if about.kind is not Kind.YIELD or float(np.nanmedian(np.abs(values))) <= 0.5:
        return ()
    what = f"{about.name} looks like percent: rates are decimals a year, 4.5 % is 0.045"
    return (Issue(what, about.provenance.removeprefix("file "), "kept as written"),)


def _unread(sheet: Sheet, plan: Layout) -> tuple[Issue, ...]:
    if not plan.unread:
        return ()
    names = ", ".join(sheet.header[column] or "(no name)" for column in plan.unread)
    return (Issue(f"columns that Trimtab does not know: {names}", sheet.place(HEADER, plan.unread[0]), "not read"),)


def _stamps(sheet: Sheet, dates: Dates, date: int) -> tuple[Issue, ...]:
    """Dates that hint at another meaning than a trading day."""
    if _monthly(dates) and bool((dates == dates.astype("datetime64[M]")).all()):
        what = "every date is the first of a month; a value that describes the whole month was not known then"
        return (Issue(what, sheet.place(0, date), "kept as dated; write YYYY-MM if it describes the month"),)
    if closed := int((~np.is_busday(dates)).sum()):
        what = f"{closed} date{'s' if closed > 1 else ''} on a weekend"
        return (Issue(what, sheet.place(0, date), "kept as dated"),)
    return ()


def _monthly(dates: Dates) -> bool:
    """`is_monthly` at the price of a subtraction for most: half the steps above 15 days make 7.5 days a step or more."""
    steps = len(dates) - 1
    return steps > 0 and (dates[-1] - dates[0]) >= np.timedelta64(15 * steps // 2, "D") and is_monthly(dates)

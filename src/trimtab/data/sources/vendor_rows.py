"""From a vendor's dates and numbers to a history: in order, no date twice, no unknown close, nothing known after now.

Every price vendor hands its columns to the same builder, so all of them are held to the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from trimtab.core.arrays import Array, Dates, Index, Mask
from trimtab.core.terms import ADJUSTED, CLOSE, DIVIDEND, HIGH, LOW, OPEN, SPLIT, VOLUME, Field
from trimtab.data.history import About, History, Issue, Kind
from trimtab.data.publication import known_instants
from trimtab.data.sources import splits
from trimtab.data.sources.numbers import Rule
from trimtab.data.sources.units import in_major
from trimtab.data.sources.vendor_cells import WRONG, Origin, Table

RULES = {
    OPEN: Rule.PRICE,
    HIGH: Rule.PRICE,
    LOW: Rule.PRICE,
    CLOSE: Rule.PRICE,
    VOLUME: Rule.AMOUNT,
    DIVIDEND: Rule.AMOUNT,
    SPLIT: Rule.PRICE,
    ADJUSTED: Rule.VALUE,  # many dividends taken off an old price can leave less than nothing
}


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Dates (T,) in any order, and fields (T,) beside them, of one series."""

    origin: Origin
    dates: Dates
    fields: Mapping[Field, Array]
    issues: tuple[Issue, ...] = ()


def read_rows(table: Table, date: tuple[str, ...], names: Mapping[Field, tuple[str, ...]], *, must: Iterable[Field]) -> Rows:
    """The rows of a table whose columns are called by one of `names`; fields in `must` may not be missing.

    Raises DataError for a missing column, a cell that is no such number, or a date that is none.
    """
    dates, fields, needed = table.dates(*date), {}, set(must)
    for field, known in names.items():
        if field in needed or any(name in table.columns for name in known):
            fields[field] = table.numbers(table.named(*known), RULES[field], dates)
    return Rows(table.origin, dates, fields, table.issues)


def price_history(rows: Rows, *, currency: str = "", notes: tuple[str, ...] = (), frequency: str = "daily") -> History:
    """A history of prices; with dividends, where they are among the fields. Raises DataError where no row has a close."""
    kind = Kind.PRICE_AND_DIVIDENDS if DIVIDEND in rows.fields else Kind.PRICE
    if currency:
        fields, currency, done = in_major(rows.fields, currency, str(rows.origin))
        rows = replace(rows, fields=fields, issues=(*rows.issues, *done))
    name, source = rows.origin.series, str(rows.origin)
    return history(rows, About(name, name, kind, source, frequency, notes=notes, currency=currency))


def history(rows: Rows, about: About) -> History:
    """The history of the rows: sorted, identical doubles dropped, rows without a close left out. What was done is said.

    A row without a close stays where it carries a dividend or a split. Raises DataError where doubles contradict each
    other, or no row has a close.
    """
    kept, done = _in_order(rows)
    dates, fields = rows.dates[kept], {field: values[kept] for field, values in rows.fields.items()}
    closed = np.isfinite(fields[CLOSE])
    if not closed.any():
        raise rows.origin.error(f"{rows.origin.vendor} has no value of {rows.origin.series} at all", remedy="Check the code.")
    inner = np.cumsum(closed).astype(bool) & np.cumsum(closed[::-1])[::-1].astype(bool)
    wanted = closed | (_eventful(fields) & inner)
    done = (*done, *_left_out(rows.origin, dates, fields, wanted))
    fields = {field: values[wanted] for field, values in fields.items()}
    return History(about, dates[wanted], fields, issues=(*rows.issues, *done))


def _in_order(rows: Rows) -> tuple[Index, tuple[Issue, ...]]:
    """Those of the rows to keep, by rising date. Newest first is a vendor's custom, and no issue."""
    order = np.argsort(rows.dates, kind="stable")
    twin = np.diff(rows.dates[order]).astype(np.int64) == 0
    if not twin.any():
        return order, ()
    first, second = order[:-1][twin], order[1:][twin]
    for field, values in rows.fields.items():
        a, b = values[first], values[second]
        if (differ := (a != b) & ~(np.isnan(a) & np.isnan(b))).any():
            what = f"the date occurs twice with different numbers in {field.name}"
            raise rows.origin.error(what, row=rows.dates[first[differ][0]], remedy=WRONG)
    issue = Issue(_counted(len(first), "identical double row"), str(rows.origin), "dropped")
    return order[np.append(True, ~twin)], (issue,)


def _eventful(fields: Mapping[Field, Array]) -> Mask:
    """Where a row carries a dividend or a split."""
    found = np.zeros(len(fields[CLOSE]), dtype=bool)
    if DIVIDEND in fields:
        found |= np.nan_to_num(fields[DIVIDEND]) > 0.0
    if SPLIT in fields:
        found |= np.nan_to_num(fields[SPLIT], nan=1.0) != 1.0
    return found


def _left_out(origin: Origin, dates: Dates, fields: Mapping[Field, Array], wanted: Mask) -> tuple[Issue, ...]:
    """The issues of rows without a close."""
    empty, events = np.isnan(fields[CLOSE]), _eventful(fields)
    bare, outer, held = empty & ~events, events & ~wanted, empty & events & wanted
    made = []
    if bare.any():
        made.append(
            Issue(_counted(int(bare.sum()), "row") + " without a closing value", f"{origin} {dates[bare][0]}", "left out")
        )
    if outer.any():
        what = _counted(int(outer.sum()), "dividend or split", "dividends or splits") + " outside the first and last close"
        made.append(Issue(what, f"{origin} {dates[outer][0]}", "left out"))
    if held.any():
        what = _counted(int(held.sum()), "dividend or split", "dividends or splits") + " on a date without a close"
        made.append(Issue(what, f"{origin} {dates[held][0]}", "kept, with the close unknown"))
    return tuple(made)


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def with_events(rows: Rows, events: Mapping[Field, Mapping[np.datetime64, float]]) -> Rows:
    """The rows by rising date with dividends and splits beside them; a date that has no row gets one, its close unknown.

    What lies before the first row describes prices that were not asked for: it is left out, and said. Raises DataError
    for an event that is no number above zero.
    """
    _require_events(rows.origin, events)
    kept, done = _in_order(rows)  # a split on a double row would count twice
    days = {day for table in events.values() for day in table}
    early = {day for day in days if len(kept) == 0 or day < rows.dates[kept[0]]}
    absent = np.array(sorted(days - early - set(rows.dates)), dtype="datetime64[D]")
    dates = np.concatenate([rows.dates[kept], absent])
    order = np.argsort(dates, kind="stable")
    unknown = np.full(len(absent), np.nan)
    fields = {field: np.append(values[kept], unknown)[order] for field, values in rows.fields.items()}
    fields |= {field: np.array([table.get(day, np.nan) for day in dates[order]]) for field, table in events.items()}
    what = _counted(len(early), "dividend or split", "dividends or splits") + " before the first price"
    issues = (Issue(what, str(rows.origin), "left out"),) if early else ()
    return Rows(rows.origin, dates[order], fields, (*rows.issues, *done, *issues))


def _require_events(origin: Origin, events: Mapping[Field, Mapping[np.datetime64, float]]) -> None:
    for field, table in events.items():
        for day, value in table.items():
            if not 0.0 <= value < np.inf or (value == 0.0 and field is SPLIT):
                raise origin.error(f"the {field.name} is {value}, expected a number above zero", row=day, remedy=WRONG)


def as_traded(rows: Rows) -> Rows:
    """Rows by rising date, adjusted for the splits among their fields, made as they traded; ADJUSTED stays as it is.

    Raises DataError where the splits make a number leave its range.
    """
    with np.errstate(all="ignore"):  # what leaves the range is refused below
        fields = splits.as_traded(rows.fields)
    for field, values in fields.items():
        before = rows.fields[field]
        broken = np.isinf(values) | ((values == 0.0) & (before != 0.0)) | (np.isnan(values) & np.isfinite(before))
        if field is not SPLIT and broken.any():
            row = rows.dates[broken][0]
            raise rows.origin.error(f"the splits after it make no sense of {field.name}", row=row, remedy=WRONG)
    return replace(rows, fields=fields)


def known_by(found: History, now: np.datetime64) -> History:
    """The rows that were known at `now`; a bar of a session that is still open is none. What was left out is said."""
    known = found.known if found.known is not None else known_instants(found)
    kept = known <= now.astype("datetime64[s]")
    if kept.all():
        return found
    count, first = int((~kept).sum()), found.dates[~kept][0]
    issue = Issue(f"{_counted(count, 'row')} not known yet", f"{found.about.provenance} {first}", "left out")
    fields = {field: values[kept] for field, values in found.fields.items()}
    instants = None if found.known is None else found.known[kept]
    return History(found.about, found.dates[kept], fields, instants, (*found.issues, issue), found.actions)


def asked_from(since: Mapping[str, np.datetime64], code: str, *, margin: int = 10) -> np.datetime64 | None:
    """The first date to ask for: `margin` days before the wanted one, so that an answer holds a row; None: everything."""
    return since[code].astype("datetime64[D]") - margin if code in since else None

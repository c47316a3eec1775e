"""A file of fills, whatever its form: our own table, a broker's, FIX messages, IBKR Flex, a blotter that was filled in.

The same file gives the same reports, ids included: what is booked already is not booked twice.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from trimtab.core.orders import Status
from trimtab.core.venues import Execution, Report
from trimtab.execution.fill_files.columns import require_fields
from trimtab.execution.fill_files.fix_reports import read_reports
from trimtab.execution.fill_files.flex import is_flex, read_flex
from trimtab.execution.fill_files.found import Count, FillFile, FillHints, Loose, Remark, Row, Unread, beginning
from trimtab.execution.fill_files.table_text import LARGEST, decode
from trimtab.execution.fill_files.tables import Parts, read_table

_NO_HINTS = FillHints()
_MAGIC = ("8=FIX.", "8=FIXT.")


def read_fills(data: bytes, name: str, orders: Container[str] | None = None, hints: FillHints = _NO_HINTS) -> FillFile:
    """What a file says of fills. `orders` are the ids that are ours: what names another is loose; None: every id is.

    A report by a table is PARTIAL without a count of the venue's: the executions alone say how far the order is. Never
    raises on any bytes; raises ParameterError for hints on fields that there are not.
    """
    require_fields(hints.columns)
    if len(data) > LARGEST:
        return FillFile(name, unread=(Unread(1, f"the file is larger than {LARGEST} bytes"),))
    text = decode(data)
    if any(magic in text for magic in _MAGIC):
        heard = read_reports(data if b"8=FIX" in data else text)
        parts = Parts("fix", heard.rows, (), heard.unread, heard.remarks)
        return _together(name, parts, orders, hints, heard.reports.values())
    return _together(name, read_flex(text, hints) if is_flex(text) else read_table(text, hints), orders, hints)


def _together(
    name: str, parts: Parts, orders: Container[str] | None, hints: FillHints, said: Iterable[Report] = ()
) -> FillFile:
    """Rows by order, doubles taken out, and those of nobody apart."""
    rows, unread, remarks = _single(parts.rows, hints.repeats)
    by_order: dict[str, list[Execution]] = {}
    loose: list[Loose] = []
    for row in rows:
        order = row.execution.order
        if order and (orders is None or order in orders):
            by_order.setdefault(order, []).append(row.execution)
        else:
            told = row.execution._replace(order="")
            loose.append(Loose(row.line, told, row.account, row.symbol, row.isin, order))
    reports = {one.order: one for one in said if orders is None or one.order in orders}
    foreign = sorted(one.order for one in said if not (orders is None or one.order in orders))
    remarks += [Remark(0, f"order {order[:64]!r} is none of ours") for order in foreign]
    for order, executions in by_order.items():
        before = reports.get(order, Report(order, Status.PARTIAL))
        reports[order] = before._replace(executions=tuple(executions))
    counts, strange = _ours(parts.counts, orders)
    return FillFile(
        name,
        parts.form,
        tuple(reports.values()),
        tuple(loose),
        counts,
        tuple(sorted([*parts.unread, *unread, *strange])),
        (*parts.remarks, *remarks),
    )


def _single(rows: Sequence[Row], repeats: bool) -> tuple[list[Row], list[Unread], list[Remark]]:
    """Each fill once. The same fill twice is told; one id with two contents is not booked at all."""
    first: dict[str, Row] = {}
    unread: list[Unread] = []
    remarks: list[Remark] = []
    broken: set[str] = set()
    number: dict[str, int] = {}
    for row in rows:
        key = row.execution.id
        if key not in first:
            first[key] = row
        elif not row.named and repeats:
            number[key] = number.get(key, 1) + 1
            again = row._replace(execution=row.execution._replace(id=f"{key}-{number[key]}"))
            first[again.execution.id] = again
        elif not row.named:
            why = f"the same as line {first[key].line}, and neither has an execution id: is it a double?"
            unread.append(Unread(row.line, why, _shown(row)))
        elif row.execution == first[key].execution:
            remarks.append(Remark(row.line, f"execution {key[:64]} stands on line {first[key].line} already"))
        else:
            broken.add(key)
            unread.append(Unread(row.line, f"execution {key[:64]} is another one on line {first[key].line}", _shown(row)))
    for key in broken:
        row = first.pop(key)
        unread.append(Unread(row.line, f"execution {key[:64]} comes again with other content", _shown(row)))
    return list(first.values()), unread, remarks


def _ours(counts: Sequence[Count], orders: Container[str] | None) -> tuple[tuple[Count, ...], list[Unread]]:
    """Counts of our orders, one an order, and what cannot be used."""
    kept: dict[str, Count] = {}
    strange: list[Unread] = []
    for one in counts:
        if orders is not None and one.order not in orders:
            strange.append(Unread(one.line, f"order {one.order[:64]!r} is none of ours"))
        elif one.order in kept:
            strange.append(Unread(one.line, f"order {one.order[:64]} stands on line {kept[one.order].line} already"))
        else:
            kept[one.order] = one
    return tuple(kept.values()), strange


def _shown(row: Row) -> str:
    one = row.execution
    return beginning(f"{one.units} at {one.price} on {one.day}")

"""What a count says that the book does not have yet: the difference as one execution, for files without executions.

The id of such an execution is the order and the count: a file that is read again says nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from trimtab.core.money import exact
from trimtab.core.orders import Standing, Status
from trimtab.core.venues import Execution, Report
from trimtab.execution.fill_files.found import Count, Unread

_ZERO = Decimal(0)
_ENDS = frozenset({Status.CANCELLED, Status.EXPIRED, Status.REJECTED, Status.NEVER_ARRIVED})


def differences(
    counts: Iterable[Count], standings: Mapping[str, Standing], day: date
) -> tuple[tuple[Report, ...], tuple[Unread, ...]]:
    """A report an order, with an execution where more is filled than the book has; `day` is that of counts without one.

    The price of the execution is what makes the average come out. Told, and not reported: a count below what the book has,
    one that goes the other way, and an average that no price of the rest explains.
    """
    reports: list[Report] = []
    unread: list[Unread] = []
    for one in counts:
        if one.order not in standings:
            unread.append(Unread(one.line, f"order {one.order[:64]!r} is none of ours"))
            continue
        try:
            reports += _reports(one, standings[one.order], one.day or day)
        except ValueError as fault:
            unread.append(Unread(one.line, str(fault)))
    return tuple(reports), tuple(unread)


def _reports(count: Count, standing: Standing, day: date) -> tuple[Report, ...]:
    """One report, or none where the line says nothing that a venue could have told."""
    units = standing.ticket.units
    if not count.sided and count.filled > 0:
        count = count._replace(filled=count.filled.copy_sign(units))
    filled = count.filled
    if abs(filled) < abs(standing.filled) or filled * units < 0:
        raise ValueError(f"order {count.order} has {standing.filled} filled, the file says {filled}")
    if count.status is Status.FILLED and filled != units:
        raise ValueError(f"order {count.order} of {units} is said to be filled, with {filled}")
    if not filled and count.status not in _ENDS:
        return ()
    status = next((one for one in _ENDS if one is count.status), Status.PARTIAL)
    fills = (_rest(count, standing, day),) if filled != standing.filled else ()
    return (Report(count.order, status, standing.venue_id, filled, fills),)


def _rest(count: Count, standing: Standing, day: date) -> Execution:
    """What the book does not have yet."""
    with exact():
        left = count.filled - standing.filled
        price = (count.filled * count.average - standing.spent) / left
        if price <= 0:
            raise ValueError(f"order {count.order}: no price of {left} gives the average {count.average}")
        cost = _ZERO if count.cost is None else count.cost - standing.cost
        name = f"count-{count.order}-{abs(count.filled).normalize():f}"
    return Execution(name, count.order, left, price, cost, day, count.at)

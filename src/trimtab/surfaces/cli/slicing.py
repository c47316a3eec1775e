"""`orders slice`: a large order cut into slices, evenly, by volume, or along an Almgren-Chriss trajectory."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.core.orders import Standing, Status
from trimtab.desk.choosing import one_order
from trimtab.desk.slicing import Sliced, cut, quantum_of
from trimtab.execution.schedules import AlmgrenChriss, Schedule, TimeWeighted, VolumeWeighted
from trimtab.surfaces.cli.book_options import count, signature
from trimtab.surfaces.cli.options import answer, counted, hint, say
from trimtab.surfaces.cli.order_rows import SHORT, document
from trimtab.surfaces.cli.orders import amount
from trimtab.surfaces.cli.rebalance import order_book
from trimtab.surfaces.cli.tables import number, percent

IMPACT = ("risk_aversion", "volatility", "temporary", "permanent", "spread", "days")  # in the words of AlmgrenChriss
NEEDED = IMPACT[:3]
MOST = 1_000  # slices


def slice_order(options: Namespace) -> int:
    """Cut an order that waits; nothing is sent. Exit 5 where the slices are to be approved."""
    schedule = asked_schedule(options)
    with order_book(options) as orders:
        order = one_order(orders, options.order, options.instrument)
        made = cut(orders, order, schedule, quantum_of(order), signature(options))
    planned = any(one.status is Status.PLANNED for one in made.slices)
    code = 5 if planned else 0
    if options.json:
        return answer("slices", _document(made, schedule), code)
    for line in lines(made, schedule):
        say(line)
    step = f"approve {made.parent.id[:SHORT]}" if made.parent.status is Status.PLANNED else f"send {made.slices[0].id[:SHORT]}"
    hint(f" next: trimtab orders {step}", options)
    return code


def asked_schedule(options: Namespace) -> Schedule:
    """How the order is spread. Raises UsageError where nothing, or two things, are asked for; ParameterError for bad values."""
    impact = {name: text for name in IMPACT if (text := getattr(options, name))}
    if options.volumes:
        if impact or options.into is not None:
            raise UsageError("--volumes says how many slices there are", remedy="Leave --into and the impact out.")
        return VolumeWeighted(tuple(_float(text, "--volumes") for text in options.volumes.split(",")))
    if options.into is None and not impact:
        raise UsageError("nobody said how it is cut", remedy="Write --into 5, --volumes 3,2,1 or --risk-aversion and so on.")
    into = 5 if options.into is None else options.into
    if not 2 <= into <= MOST:
        raise UsageError(f"{into} is no number of slices", remedy=f"Give 2 to {MOST:,}.")
    if not impact:
        return TimeWeighted(into)
    if missing := [f"--{name.replace('_', '-')}" for name in NEEDED if name not in impact]:
        raise UsageError(f"{' and '.join(missing)} not given", remedy="Almgren-Chriss weighs risk against impact.")
    return AlmgrenChriss(**{name: _float(text, f"--{name.replace('_', '-')}") for name, text in impact.items()}, intervals=into)


def _float(text: str, option: str) -> float:
    return float(amount(text.strip(), option))


def lines(made: Sliced, schedule: Schedule) -> Iterator[str]:
    """The order, a line a slice with the interval in which it is to leave, and what that is expected to cost."""
    ticket = made.parent.ticket
    side, units = "BUY" if ticket.units > 0 else "SELL", count(abs(ticket.units))
    yield f" {made.parent.id[:SHORT]}: {side} {units} {ticket.instrument} in {counted(len(made.slices), 'slice')}"
    yield f" {'Order':<{SHORT}} {'Interval':<20} {'Units':>14} {'Share %':>8} {'Left units':>14}  Status"
    left = abs(ticket.units)
    for one, interval in zip(made.slices, made.intervals, strict=True):
        left -= abs(one.ticket.units)
        share = percent(float(one.ticket.units / ticket.units), 8)
        when = interval_words(schedule, interval)
        yield f" {one.id[:SHORT]:<{SHORT}} {when:<20} {number(abs(one.ticket.units), 14)} {share} {number(left, 14)}  " + (
            one.status.value
        )
    if expected := _expected(made.parent, schedule):
        cost, deviation = expected
        bps = f" ({cost / float(ticket.notional) * 1e4:.1f} bp)" if ticket.notional else ""
        yield f" expected cost {cost:,.2f} {ticket.currency}{bps}    standard deviation {deviation:,.2f} {ticket.currency}"


def interval_words(schedule: Schedule, interval: int) -> str:
    """Which interval, and where its length is known, from when to when in days."""
    whole = len(schedule.shares)
    if not isinstance(schedule, AlmgrenChriss):
        return f"{interval + 1} of {whole}"
    return f"day {schedule.interval * interval:.3g} to {schedule.interval * (interval + 1):.3g}"


def _expected(parent: Standing, schedule: Schedule) -> tuple[float, float] | None:
    """Expected cost and its standard deviation in money; None where nobody said what trading moves."""
    if not isinstance(schedule, AlmgrenChriss):
        return None
    units = abs(float(parent.ticket.units))
    return schedule.cost(units), math.sqrt(schedule.variance(units))


def _document(made: Sliced, schedule: Schedule) -> dict[str, Any]:
    expected = _expected(made.parent, schedule)
    return {
        "parent": document(made.parent),
        "slices": [
            document(one) | {"interval": interval, "when": interval_words(schedule, interval)}
            for one, interval in zip(made.slices, made.intervals, strict=True)
        ],
        "intervals": len(schedule.shares),
        "expected_cost": expected[0] if expected else None,
        "standard_deviation": expected[1] if expected else None,
    }

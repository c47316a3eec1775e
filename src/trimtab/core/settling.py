"""What a venue's report makes of an order: one pure function, so that every store moves orders alike.

Reports come late, twice, in any order, or with fills missing. A fill is always counted, whatever the status. What only
arrives late changes nothing, but for a commission that nobody knew; what cannot be is said in a sentence, and halts the
account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from trimtab.core.money import ZERO, exact
from trimtab.core.orders import FINAL, TRANSITIONS, WAITING, Standing, Status, way
from trimtab.core.venues import Execution, Report

_PROGRESS = {status: rank for rank, status in enumerate((Status.INTENT, Status.SENT, Status.ACKED, Status.PARTIAL))}
_UNBORN = WAITING | {Status.DECLINED, Status.NEVER_ARRIVED}  # the venue cannot have it
_NOTHING = frozenset({Status.REJECTED, Status.NEVER_ARRIVED})  # what no fill goes with

LATE = "/cost"  # behind the id of an execution: what it cost, told after it was booked; such an execution has no units


class Settlement(NamedTuple):
    """What a report comes to: how the order stands then, by which steps, what is to be booked, and what cannot be.

    `missing` are units that the venue counts and whose executions nobody has seen.
    """

    standing: Standing
    steps: tuple[Status, ...]
    booked: tuple[Execution, ...]
    contradictions: tuple[str, ...]
    missing: Decimal


def settle(standing: Standing, known: Mapping[str, Execution], report: Report) -> Settlement:
    """The order after a report; `known` are its executions that are booked, by the venue's id. Nothing is changed."""
    with exact():
        fresh, odd = _fresh(standing, known, report)
        filled = standing.filled + sum((one.units for one in fresh), ZERO)
        whole = standing.ticket.units if report.status is Status.FILLED else ZERO  # that is what the word says
        claimed = max((standing.claimed, report.filled, filled, whole), key=abs)
        odd += _impossible(standing, report, filled, fresh)
        steps = _steps(standing, report, filled, odd)
        after = replace(
            standing,
            status=steps[-1] if steps else standing.status,
            filled=filled,
            spent=standing.spent + sum((one.units * one.price for one in fresh), ZERO),
            cost=standing.cost + sum((one.cost for one in fresh), ZERO),
            claimed=claimed,
            venue_id=report.venue_id or standing.venue_id,
        )
        return Settlement(after, steps, tuple(fresh), tuple(odd), claimed - filled)


def _fresh(standing: Standing, known: Mapping[str, Execution], report: Report) -> tuple[list[Execution], list[str]]:
    """Executions that are not booked yet, each once, and what is wrong with any of them."""
    seen, fresh, odd = dict(known), [], []
    for one in report.executions:
        if one.id in seen:
            late, what = _again(seen, one)
            odd += what
            fresh += late
            seen |= {cost.id: cost for cost in late}
            continue
        if one.order != standing.id:
            odd.append(f"execution {one.id} is of the order {one.order}, not of {standing.id}")
            continue
        if not one.units * standing.ticket.units > 0:
            odd.append(f"execution {one.id} goes the other way: {one.units} of an order of {standing.ticket.units}")
        seen[one.id] = one
        fresh.append(one)
    return fresh, odd


def _again(seen: Mapping[str, Execution], one: Execution) -> tuple[list[Execution], list[str]]:
    """An execution that is booked comes again: with its cost, where that was not known before, or with other content."""
    before, name = seen[one.id], f"{one.id}{LATE}"
    paid = before.cost + (seen[name].cost if name in seen else ZERO)
    if one._replace(cost=before.cost) != before or (one.cost not in (before.cost, paid) and paid):
        costs = ("", "") if one.cost == paid else (f" for {paid}", f" for {one.cost}")
        same = (one.units, one.price, *costs) == (before.units, before.price, "", "")
        times = (f" on {before.at or before.day}", f" on {one.at or one.day}") if same else ("", "")
        was = f"execution {one.id} was {before.units} at {before.price}{costs[0]}{times[0]}"
        return [], [f"{was}, now it is {one.units} at {one.price}{costs[1]}{times[1]}"]
    if one.cost in (before.cost, paid):
        return [], []
    return [one._replace(id=name, units=ZERO)], []


def _impossible(standing: Standing, report: Report, filled: Decimal, fresh: list[Execution]) -> list[str]:
    """What cannot be of an order as it stands."""
    odd, at, name = [], standing.status, f"order {standing.id}"
    if abs(filled) > abs(standing.ticket.units) or filled * standing.ticket.units < 0:
        odd.append(f"{name} of {standing.ticket.units} has {filled} filled")
    elif abs(report.filled) > abs(standing.ticket.units) or report.filled * standing.ticket.units < 0:
        odd.append(f"{name} of {standing.ticket.units} has {report.filled} filled by the venue's count")
    if at in _UNBORN and (fresh or report.status is not Status.NEVER_ARRIVED):
        odd.append(f"{name} is {at.value}, and the venue reports it as {report.status.value}")
    elif at in FINAL and abs(counted := max(filled, report.filled, key=abs)) > abs(standing.claimed):
        odd.append(f"{name} is {at.value}, and more of it was filled: {counted}, after {standing.claimed}")
    elif at in FINAL and report.status in FINAL and report.status is not at:
        odd.append(f"{name} is {at.value}, and the venue reports it as {report.status.value}")
    elif report.status in _NOTHING and any((filled, report.filled, standing.claimed)):
        counted = max((filled, report.filled, standing.claimed), key=abs)
        odd.append(f"{name} is reported as {report.status.value}, and {counted} of it are filled")
    return odd


def _steps(standing: Standing, report: Report, filled: Decimal, odd: list[str]) -> tuple[Status, ...]:
    """The steps that the report takes the order by; none where it says nothing new, or nothing that can be."""
    at = standing.status
    if at in FINAL or at in _UNBORN:
        return ()
    to = report.status
    if filled and filled == standing.ticket.units:
        to = Status.FILLED
    elif filled and to not in FINAL | WAITING | {Status.UNKNOWN}:  # no venue says that it waits here
        to = Status.PARTIAL
    if to in _PROGRESS and at in _PROGRESS and _PROGRESS[to] <= _PROGRESS[at]:
        return (Status.PARTIAL,) if to is at is Status.PARTIAL and filled != standing.filled else ()
    if to is at or (to in _NOTHING and any((filled, report.filled, standing.claimed))):
        return ()
    if to not in TRANSITIONS[at] and not (at is Status.INTENT and to in TRANSITIONS[Status.SENT]):
        odd.append(f"order {standing.id} is {at.value}, and the venue reports it as {to.value}")
        return ()
    return way(standing.id, at, to)

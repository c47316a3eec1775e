"""`metrics --flows`: returns of an account that money went into and out of."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from trimtab.core.errors import UsageError
from trimtab.surfaces.cli.options import hint, print_json, say
from trimtab.surfaces.cli.tables import percent
from trimtab.surfaces.flows import FlowReturns, returns_with_flows


def with_flows(options: Namespace) -> int:
    """Print the three returns, the gain, and what has to be said beside them."""
    others = options.convention or options.explain or options.rf != "0" or options.prices or options.returns or options.drop
    if options.benchmark or options.rolling or options.intervals or options.by != "all" or others:
        remedy = "Ask for them without --flows, on the returns themselves."
        raise UsageError("--flows answers with three returns, and takes no other figures", remedy=remedy)
    one = returns_with_flows(options.subject, options.flows, timing=options.timing, column=options.column)
    if options.json:
        print_json("metrics", flow_document(one))
        return 0
    dates = one.statement.dates
    say(f" {options.subject}    {dates[0]} to {dates[-1]}, {len(one.statement.flows):,} flows")
    say()
    say(f" {'return':<28}{'in all, %':>12}{'a year, %':>12}")
    for name, total, a_year in one.table.itertuples():
        say(f" {name:<28}{_cell(total)}{_cell(a_year)}")
    say()
    say(f" gained {one.gain:,.2f}; flows count from the {options.timing} of their day")
    for note in one.notes:
        hint(note, options)
    return 0


def _cell(value: float) -> str:
    return percent(value, 12, 2, signed=True) if value == value else f"{'n/a':>12}"


def flow_document(one: FlowReturns) -> dict[str, Any]:
    """The returns as plain values; None where one has no answer."""
    rows = {name: {key: _known(row[key]) for key in ("total", "a_year")} for name, row in one.table.iterrows()}
    span = {"from": str(one.statement.dates[0]), "to": str(one.statement.dates[-1]), "flows": len(one.statement.flows)}
    return {**span, "returns": rows, "rates": list(one.money_weighted.rates), "gain": one.gain, "notes": list(one.notes)}


def _known(value: float) -> float | None:
    return float(value) if value == value else None

"""`data add names|members|actions|rolls` and what `data show` makes of them: members on a date, and who bore a ticker."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, UsageError
from trimtab.data.history import History
from trimtab.data.identifiers import Scheme
from trimtab.data.store.facts import add_facts, read_facts
from trimtab.data.store.snapshot import Snapshot
from trimtab.data.store.store import Store
from trimtab.data.validity import current, holds, shown
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli.moments import known_by
from trimtab.surfaces.cli.options import print_json, say


def add_file(options: Namespace, store: Store, settings: Mapping[str, Any]) -> int:
    """Write down the facts of one CSV file."""
    table = options.source
    if set(settings) != {"path"} or options.series or options.name:
        what = f"{table} are facts out of one file, not a source"
        raise UsageError(what, remedy=f"Write: trimtab data add {table} --set path={table}.csv.")
    facts = read_facts(Path(str(settings["path"])), table)
    new = add_facts(store, table, facts, SystemClock().now())
    if options.json:
        print_json("data add", {"store": str(store.root), "table": table, "rows": len(facts), "new": new})
    else:
        say(f" {table}: {len(facts)} rows, {new or 'nothing'} new")
    return 0


def show_members(options: Namespace, snapshot: Snapshot) -> bool:
    """Print the members of a universe, where one is asked for: by --members, or by an id that is no series. Was it one?"""
    membership = snapshot.membership()
    universes = {record.universe for record in membership.records}
    if not options.members and (options.series not in universes or options.series in snapshot.names()):
        return False
    on = _day(options)
    day = SystemClock().now().astype("datetime64[D]") if on is None else on
    members = membership.members(options.series, day)
    if options.json:
        print_json("data show", {"universe": options.series, "date": str(day), "members": list(members)})
        return True
    say(f" {options.series} on {day}: {len(members)} members")
    for member in members:
        say(f" {member}")
    return True


def instrument(options: Namespace, snapshot: Snapshot) -> tuple[str, str]:
    """The id that is meant, and how it was found where a ticker was given: `FB was META's ticker from ...`.

    Raises DataError for a ticker that means several instruments, or none on the date of --as-of.
    """
    asked, on = options.series, _day(options)
    book = snapshot.names_book()
    borne = [name for name in current(book.records) if name.name == asked and name.scheme is Scheme.TICKER]
    if not borne or asked in snapshot.names():
        return asked, ""
    found = book.resolve(asked, on=on)
    spans = [shown(name) for name in borne if name.instrument == found and (on is None or holds(name, on))]
    return found, f"{asked} was {found}'s ticker {', and '.join(spans)}"


def readable(snapshot: Snapshot) -> tuple[list[History], dict[str, str]]:
    """Every series, and every chain that can be derived; of the others what is in the way."""
    chains, broken = snapshot.chains(), dict[str, str]()
    histories = list(snapshot.load([name for name in snapshot.names() if name not in chains]))
    for chain in chains:
        try:
            histories += snapshot.load([chain])
        except DataError as error:
            broken[chain] = error.what
    return histories, broken


def _day(options: Namespace) -> np.datetime64 | None:
    """The date of --as-of, or that of a practice desk's clock."""
    instant = known_by(options)
    if instant is None:
        return None
    day: np.datetime64 = instant.astype("datetime64[D]")
    dated = len(options.as_of or "") == len("2018-11-30")  # the cut-off of a date may fall into the day after it
    return min(np.datetime64(options.as_of, "D"), day) if dated else day

"""The small facts of a store, out of CSV files: names of instruments, members of universes, corporate actions, rolls.

Each row is made into the value that it stands for, and all of them together with what is stored: whatever overlaps, breaks
a chain or lacks a number is refused with its place, and nothing is written. A later row of the same key takes the place of
the earlier, which stays for replays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import DataError
from trimtab.data.actions import outcome
from trimtab.data.history import ActionKind
from trimtab.data.identifiers import Scheme, is_valid
from trimtab.data.identity import Names
from trimtab.data.membership import Membership
from trimtab.data.sources.csv_reader import read_csv
from trimtab.data.sources.sheet import Fault
from trimtab.data.store.chains import require_path, rolls_by_chain
from trimtab.data.store.fact_cells import cells_of
from trimtab.data.store.store import Store
from trimtab.data.store.tables import KEYS, Row, action_of, current

_NEEDED = {
    ActionKind.SPIN_OFF: ("ratio", "price", "other"),
    ActionKind.RIGHTS: ("ratio", "price"),
    ActionKind.RETURN_OF_CAPITAL: ("cash",),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a table, without `recorded`, and where it stands, for messages."""

    row: Row
    where: str = ""


def read_facts(path: Path, table: str) -> tuple[Fact, ...]:
    """The rows of a CSV file for one of FACTS. Raises DataError with file:line:col for the first that cannot be right."""
    sheet = read_csv(path, str(path))
    at, rows = cells_of(sheet, table)
    facts = []
    first: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(rows):
        if fault := _doubtful(table, row):
            raise sheet.error(Fault(number, at[fault[0]], *fault[1:]))
        if (earlier := first.setdefault(key := tuple(row[part] for part in KEYS[table]), number)) != number:
            what = f"{', '.join(map(str, filter(None, key)))} stands here twice, on line {sheet.lines[earlier]} already"
            raise sheet.error(Fault(number, at[KEYS[table][0]], what, "Keep one; a correction comes in a later file."))
        facts.append(Fact(row, sheet.place(number, at[KEYS[table][-1]])))
    return tuple(facts)


def add_facts(store: Store, table: str, rows: Sequence[Fact], now: np.datetime64) -> int:
    """Write down rows, those that say nothing new left out, and return how many were new.

    Raises DataError with the place of the row that contradicts what is stored, or another one; nothing is written then.
    """
    with store.writing(now) as draft:
        new = [Fact(fact.row | {"recorded": draft.now}, fact.where) for fact in rows]
        if table == "rolls":
            _require_free(new, draft.names)
        _require_whole(table, draft.before.table(table), new)
        return draft.add(table, [fact.row for fact in new])


def _doubtful(table: str, row: Row) -> tuple[str, str, str] | None:
    """What is wrong with a row by itself: column, what, remedy."""
    if table == "actions" and (missing := _lacking(row)):
        return (
            missing,
            f"a row of kind {row['kind']} needs its {missing}",
            "Fill the cell: see the kinds of actions in the documentation.",
        )
    try:
        _BUILD[table]([row | {"recorded": np.datetime64(0, "s")}])
    except DataError as error:
        return _blamed(table, row), error.what, error.remedy
    return None


def _lacking(row: Row) -> str:
    """The first column that an action of this kind cannot do without and that is empty."""
    kind = ActionKind(row["kind"])
    needed = _NEEDED.get(kind, ())
    if kind is ActionKind.MERGER:
        needed = ("price", "other") if row["ratio"] else ("cash",)
    empty = {"ratio": row["ratio"] == 0.0, "price": isnan(row["price"]), "cash": isnan(row["cash"]), "other": not row["other"]}
    return next((name for name in needed if empty[name]), "")


def _blamed(table: str, row: Row) -> str:
    """The column that a fault of a row by itself is about."""
    if table == "names":
        return "until" if is_valid(Scheme(row["scheme"]), row["name"]) else "name"
    if table == "rolls":
        return "new" if 0.0 <= row["cost"] < 1.0 else "cost"
    if table == "actions":
        return next((name for name in ("ratio", "cash", "price") if row[name] < 0.0), "kind")
    return "until"


def _names(rows: Iterable[Row]) -> None:
    Names.from_rows(rows)


def _members(rows: Iterable[Row]) -> None:
    Membership.from_rows(rows)


def _actions(rows: Iterable[Row]) -> None:
    for row in rows:
        action = action_of(row)
        if action.kind is not ActionKind.DELISTING or not isnan(action.cash):
            outcome(action, float("nan"))


def _rolls(rows: Iterable[Row]) -> None:
    for chain, rolls in rolls_by_chain(rows).items():
        require_path(chain, rolls)


_BUILD: Mapping[str, Callable[[Iterable[Row]], None]] = {
    "names": _names,
    "members": _members,
    "actions": _actions,
    "rolls": _rolls,
}
FACTS = tuple(_BUILD)  # the words that `trimtab data add` takes for facts, not for sources

_PLACE = {  # rows that can contradict each other
    "names": ("scheme", "name", "market"),
    "members": ("universe", "instrument"),
    "actions": ("id",),
    "rolls": ("chain",),
}


def _require_whole(table: str, stored: Sequence[Row], new: Sequence[Fact]) -> None:
    """Raise DataError for a new row that does not stand together with what is stored and the others."""
    held: dict[Hashable, list[Row]] = {}
    added: dict[Hashable, list[Fact]] = {}
    for row in stored:
        held.setdefault(tuple(row[part] for part in _PLACE[table]), []).append(row)
    for fact in new:
        added.setdefault(tuple(fact.row[part] for part in _PLACE[table]), []).append(fact)
    for place, facts in added.items():
        before = held.get(place, [])
        if error := _fault(table, before, facts):
            # the last row of the file from which on it stays wrong: an interval may be closed below where the next begins
            wrong = next(k for k in range(len(facts), 0, -1) if k == 1 or not _fault(table, before, facts[: k - 1]))
            raise DataError(error.what, where=facts[wrong - 1].where, remedy=error.remedy)


def _fault(table: str, stored: Sequence[Row], facts: Sequence[Fact]) -> DataError | None:
    try:
        _BUILD[table](current([*stored, *(fact.row for fact in facts)], KEYS[table]))
    except DataError as error:
        return error
    return None


def _require_free(new: Sequence[Fact], series: Sequence[str]) -> None:
    for fact in new:
        if fact.row["chain"] in series:
            what = f"{fact.row['chain']} is a series of the store already"
            raise DataError(what, where=fact.where, remedy="Give the chain an id of its own, such as CL.chain.")

"""The small tables of a store: what each series is, corporate actions, names, members, rolls, settings. Rows are only added.

Each row carries `recorded`. What holds at an instant is the last row of each key recorded by then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as fields_of
from typing import Any

import numpy as np

from trimtab.data.history import About, Action, ActionKind, Issue, Kind

OBSERVATIONS = "observations"

TABLES: Mapping[str, Mapping[str, str]] = {
    "series": {
        "id": "text",
        "title": "text",
        "kind": "text",
        "provenance": "text",
        "frequency": "text",
        "is_average": "flag",
        "notes": "text",  # a JSON list
        "lag_days": "count",
        "currency": "text",
        "market": "text",
        "restates": "flag",
        "licence": "text",
        "fields": "text",  # a JSON list
        "issues": "text",  # a JSON list of what, where, action: what the reader said
        "findings": "text",  # the same of what the checks found
        "recorded": "instant",
    },
    "actions": {
        "id": "text",
        "kind": "text",
        "effective": "date",
        "known": "instant",
        "cash": "number",
        "ratio": "number",
        "price": "number",
        "other": "text",
        "reason": "text",
        "recorded": "instant",
    },
    "names": {
        "instrument": "text",
        "scheme": "text",
        "name": "text",
        "market": "text",
        "since": "date",
        "until": "date",
        "recorded": "instant",
    },
    "members": {
        "universe": "text",
        "instrument": "text",
        "since": "date",
        "until": "date",
        "recorded": "instant",
    },
    "rolls": {
        "chain": "text",
        "date": "date",
        "old": "text",
        "new": "text",
        "price_old": "number",
        "price_new": "number",
        "cost": "number",
        "recorded": "instant",
    },
    "settings": {
        "series": "text",
        "detector": "text",
        "setting": "text",  # JSON: tuned thresholds; empty for a waiver
        "reason": "text",
        "decided_by": "text",
        "recorded": "instant",
    },
}

KEYS = {
    "series": ("id",),
    "actions": ("id", "kind", "effective"),
    "names": ("instrument", "scheme", "name", "market", "since"),
    "members": ("universe", "instrument", "since"),
    "rolls": ("chain", "old"),  # a contract is left once: a corrected date takes the place of the wrong one
    "settings": ("series", "detector"),
}

Row = dict[str, Any]


def current(rows: Iterable[Row], key: Sequence[str], recorded: np.datetime64 | None = None) -> list[Row]:
    """The last row of each key recorded by an instant, in the order in which the keys first came."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        name = tuple(row[part] for part in key)
        old = found.get(name)
        if (recorded is None or row["recorded"] <= recorded) and (old is None or row["recorded"] >= old["recorded"]):
            found[name] = row
    return list(found.values())


def about_row(about: About, fields: Iterable[str], issues: Iterable[Issue], recorded: np.datetime64) -> Row:
    """A series as a row, nothing found in it yet."""
    plain = {f.name: getattr(about, f.name) for f in fields_of(about)}
    plain["id"] = plain.pop("name")
    return plain | {
        "kind": about.kind.value,
        "notes": json.dumps(about.notes),
        "fields": json.dumps(sorted(fields)),
        "issues": written(issues),
        "findings": "[]",
        "recorded": recorded,
    }


def written(issues: Iterable[Issue]) -> str:
    """Issues as a cell of a table."""
    return json.dumps([[issue.what, issue.where, issue.action] for issue in issues])


def about_of(row: Row) -> About:
    """A row as a series."""
    plain = {f.name: row[f.name] for f in fields_of(About) if f.name != "name"}
    plain |= {"kind": Kind(row["kind"]), "notes": tuple(_list(row["notes"])), "lag_days": int(row["lag_days"])}
    return About(name=row["id"], **plain)


def fields_in(row: Row) -> frozenset[str]:
    """Names of the fields that a series was ever given with."""
    return frozenset(json.loads(row["fields"]))


def issues_of(row: Row) -> tuple[Issue, ...]:
    """What the reader said of a series, and what the checks found in it."""
    return tuple(Issue(*said) for said in (*_list(row["issues"]), *_list(row["findings"])))


def _list(cell: str) -> list[Any]:
    return [] if cell == "[]" else json.loads(cell)  # mostly empty, and there may be thousands


def action_row(name: str, action: Action, recorded: np.datetime64) -> Row:
    """A corporate action as a row."""
    plain = {f.name: getattr(action, f.name) for f in fields_of(action)}
    return plain | {"id": name, "kind": action.kind.value, "recorded": recorded}


def action_of(row: Row) -> Action:
    """A row as a corporate action."""
    plain = {f.name: row[f.name] for f in fields_of(Action)}
    known = None if row["known"] is None or np.isnat(row["known"]) else row["known"]
    return Action(**(plain | {"kind": ActionKind(row["kind"]), "known": known}))


def differs(new: Row, old: Row | None) -> bool:
    """Whether a row says anything but the one before it, `recorded` apart."""
    if old is None:
        return True
    return any(not _same(new.get(name), old.get(name)) for name in new if name != "recorded")


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (a != a and b != b)
    missing = (None, "")
    if isinstance(a, np.datetime64) or isinstance(b, np.datetime64):
        a, b = (None if x is None or np.isnat(x) else x for x in (a, b))
    return bool(a == b) or (a in missing and b in missing)

"""What the policies of accounts need of data and how old it is; a sample series where a desk has no store of its own.

Runs in a worker process, which stands in the workspace; the answer holds plain values alone. On a practice desk nothing that
lies behind its clock is told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import TrimtabError, UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import History
from trimtab.data.market import Market
from trimtab.data.samples import Samples
from trimtab.desk.books import book_address
from trimtab.desk.following import followed, followings
from trimtab.desk.live import clock_of
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of, own_book
from trimtab.desk.propose import stale
from trimtab.surfaces.serving.verbs import Served

HERE = Path()
Plain = dict[str, Any]
_MOST = 520  # points of a chart
DIGITS = 5


def needs(served: Served) -> Plain:
    """A row a series that a followed policy reads, with its last date and age in days; and the policies that do not load."""
    today = clock_of(HERE).now().astype("datetime64[D]")
    rows, faults = [], []
    with own_book(HERE, book_address(served.book, HERE, os.environ)) as book:
        known = followings(book)
    accounts: dict[str, list[str]] = {}
    for one in known.values():
        accounts.setdefault(one.sha256, []).append(one.account)
    load = loader_of(HERE, served.data)
    for sha256, places in accounts.items():
        following = next(one for one in known.values() if one.sha256 == sha256)
        try:
            policy = followed(following)
            rows += [row | {"accounts": ", ".join(places)} for row in _needed(policy, load(policy), today)]
        except TrimtabError as error:
            faults.append({"policy": following.name, "accounts": ", ".join(places), "why": str(error)})
    return {"today": str(today), "rows": rows, "faults": faults}


def _needed(policy: Policy, market: Market, today: np.datetime64) -> Iterator[Plain]:
    closes = market.fields[CLOSE]
    end = str(market.sessions[-1])
    late = {line.partition(" has no price for ")[0] for line in stale(policy, market, today - 1)}  # today may not be over
    for number, asset in enumerate(market.assets):
        finite = np.flatnonzero(np.isfinite(closes[:, number]))
        row = _row(policy, asset.series, str(market.sessions[finite[-1]]) if finite.size else "", (end, today))
        yield row | ({"state": "stale"} if asset.id in late else {})
    for name, history in market.series.items():
        yield _row(policy, name, str(history.dates[-1]) if len(history.dates) else "", (end, today))


def _row(policy: Policy, series: str, last: str, until: tuple[str, np.datetime64]) -> Plain:
    """One series: how old it is today, and how far it lies behind the last session of its own market."""
    end, today = until
    age = int((today - np.datetime64(last, "D")).astype(int)) if last else None
    behind = int(np.busday_count(last, end)) if last else None
    old = behind is None or behind > policy.horizon.stale_days
    return {
        "series": series,
        "policy": policy.name,
        "source": type(policy.data).__name__.lower(),
        "last": last,
        "age": age,
        "state": "stale" if old else "fresh",
        "allowed": policy.horizon.stale_days,
    }


def sample(name: str, count: int) -> Plain:
    """A series of the sample data, as `data show` tells one of a store. Raises UsageError where there is none."""
    source = Samples()
    if name not in source.names():
        raise UsageError(f"there is no series {name[:60]!r}", remedy="See the list on the page Data.")
    (history,) = source.load((name,))
    shown = _before(history)
    about = history.about
    columns = [(one.name, values) for one, values in history.fields.items()]
    rows = [
        {"date": str(history.dates[row])} | {name: _plain(values[row]) for name, values in columns}
        for row in range(max(0, shown - count), shown)
    ]
    told = {"series": about.name, "title": about.title, "kind": about.kind.value, "provenance": about.provenance}
    issues = [{"what": one.what, "where": one.where, "action": one.action} for one in history.issues]
    return told | {"notes": list(about.notes), "rows": rows, "issues": issues, "sample": True}


def _before(history: History) -> int:
    """How many of its dates are over by the clock of the desk."""
    today = clock_of(HERE).now().astype("datetime64[D]")
    return int(np.searchsorted(history.dates.astype("datetime64[D]"), today, side="right"))


def _plain(value: float) -> float | None:
    return float(f"{value:.{DIGITS + 4}g}") if np.isfinite(value) else None


def thinned(rows: list[Plain], column: str) -> tuple[list[str], list[float | None]]:
    """Dates and values of a column for a chart: at most so many points, evenly taken, the last one always among them."""
    step = max(1, -(-len(rows) // _MOST))
    taken = list(islice(reversed(rows), 0, None, step))[::-1]
    values = [None if one.get(column) is None else float(f"{one[column]:.{DIGITS}g}") for one in taken]
    return [str(one["date"]) for one in taken], values

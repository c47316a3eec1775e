"""`data`: the market store. What was known when, where it comes from, what is wrong with it, and what was changed."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.terms import CLOSE
from trimtab.data.history import History
from trimtab.data.store.facts import FACTS
from trimtab.data.store.query import answer
from trimtab.data.store.store import Store
from trimtab.data.vintages import instants_of
from trimtab.desk.feeds import Feed, Outcome, add, chosen, feeds, update
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli.facts import add_file, instrument, readable, show_members
from trimtab.surfaces.cli.moments import known_by
from trimtab.surfaces.cli.options import hint, print_json, progress, say


def init(options: Namespace) -> int:
    """Make an empty store."""
    store = Store.create(Path(options.store))
    if options.json:
        print_json("data init", {"store": str(store.root)})
    else:
        say(f" made the market store {store.root}")
        hint(" next: trimtab data add samples    trimtab data add folder --set path=prices    trimtab data add --help", options)
    return 0


def opened(options: Namespace) -> Store:
    """The store of `--store`. Raises UsageError where there is none."""
    store = Store(Path(options.store))
    store.manifest()
    return store


def add_feed(options: Namespace) -> int:
    """Write down a source and its series, and fetch them."""
    store = opened(options)
    if options.source in FACTS:
        return add_file(options, store, _settings(options.set))
    source = {"use": options.source, **_settings(options.set)}
    if "path" in source:
        source["path"] = str(Path(source["path"]).resolve())
    feed = Feed(options.name or options.source, source, chosen(options.series))
    now, step = SystemClock().now(), progress(options, feed.name, unit="series")
    return _told(options, store, [add(store, feed, now=now, step=step)])


def update_feeds(options: Namespace) -> int:
    """Bring all feeds up to date, or those named."""
    store = opened(options)
    every = feeds(store)
    for name in options.feeds:
        if name not in every:
            raise UsageError(
                f"there is no feed {name!r}", where=str(store.root), remedy=f"Feeds: {', '.join(every) or 'none'}."
            )
    now = SystemClock().now()
    outcomes = [
        update(store, every[name], now=now, full=options.full, step=progress(options, name, unit="series"))
        for name in options.feeds or every
    ]
    if not outcomes and not options.json:
        say(" no feed yet: trimtab data add --help")
    return _told(options, store, outcomes)


def _settings(pairs: Iterable[str]) -> dict[str, Any]:
    """`key=value` pairs; a value that is JSON is taken as such."""
    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair} has no value", remedy="Write --set path=prices.")
        try:
            found[key] = json.loads(value)
        except ValueError:
            found[key] = value
    return found


def _told(options: Namespace, store: Store, outcomes: Sequence[Outcome]) -> int:
    """What came of it: a line a series that changed, and each failure. Exit 4 where anything failed."""
    failed = {id_: error for outcome in outcomes for id_, error in outcome.errors.items()}
    if options.json:
        rows = [_change(outcome.feed, change) for outcome in outcomes for change in outcome.changes]
        errors = [{"series": id_, "code": e.code, "message": str(e)} for id_, e in failed.items()]
        print_json("data update", {"store": str(store.root), "changes": rows, "errors": errors})
        return 4 if failed else 0
    for outcome in outcomes:
        quiet = sum(change.words == "nothing new" for change in outcome.changes)
        for change in outcome.changes:
            if change.words != "nothing new":
                say(f" {outcome.feed:<10} {change.series:<22} {change.first} to {change.last}  {change.words}")
        if quiet:
            say(f" {outcome.feed:<10} {quiet} series with nothing new")
    for id_, error in failed.items():
        say(f" FAILED     {id_:<22} {error}")
    return 4 if failed else 0


def _change(feed: str, change: Any) -> dict[str, Any]:
    names = ("series", "added", "corrected", "restated", "unchanged", "vanished", "reanchored")
    span = {"first": None, "last": None} if np.isnat(change.first) else {"first": str(change.first), "last": str(change.last)}
    return {"feed": feed, **{name: getattr(change, name) for name in names}, **span}


def status(options: Namespace) -> int:
    """What the store holds: a line a series, with its feed, span, rows and when it was last written to."""
    store = opened(options)
    snapshot = store.as_of(known_by(options))
    owner = {id_: feed.name for feed in feeds(store).values() for id_ in feed.codes}
    histories, broken = readable(snapshot)
    rows = [_standing(history, owner.get(history.about.name, "")) for history in histories]
    if options.json:
        body = {
            "store": str(store.root),
            "change": snapshot.manifest.number,
            "digest": snapshot.manifest.digest,
            "series": rows,
            **({"broken": broken} if broken else {}),
        }
        print_json("data status", body | {"recorded": f"{snapshot.manifest.recorded}Z"})
        return 0
    say(f" {store.root}: {len(rows)} series, change {snapshot.manifest.number}, last written {snapshot.manifest.recorded}Z")
    for row in rows:
        flags = "  " + ", ".join(row["flags"]) if row["flags"] else ""
        span = f"{row['first']} to {row['last']}  {row['rows']:>7} rows"
        say(f" {row['series']:<22} {row['feed']:<10} {span}  {row['kind']}{flags}")
    for chain, what in broken.items():
        say(f" {chain:<22} BROKEN: {what}")
    return 0


def _standing(history: History, feed: str) -> dict[str, Any]:
    about = history.about
    span = [str(day) for day in history.span] if len(history.dates) else [None, None]
    flags = [word for word, here in (("MONTHLY AVERAGE", about.is_average), ("vintages", history.revised)) if here]
    flags += [f"{len(history.issues)} issues"] if history.issues else []
    words = {"currency": about.currency, "market": about.market, "provenance": about.provenance, "flags": flags}
    return {"series": about.name, "feed": feed, "first": span[0], "last": span[1], "rows": len(history.dates)} | {
        "kind": about.kind.value,
        **words,
    }


def show(options: Namespace) -> int:
    """One series, by id or ticker: what it is, its last rows as known now or at `--as-of`. Or the members of a universe."""
    store = opened(options)
    snapshot = store.as_of(known_by(options), known_by(options, "recorded"))
    if show_members(options, snapshot):
        return 0
    id_, found = instrument(options, snapshot)
    (history,) = snapshot.load([id_])
    rows = list(_last_rows(history, options.rows))
    if options.json:
        about = {"series": history.about.name, "title": history.about.title, "kind": history.about.kind.value}
        body = about | {"provenance": history.about.provenance, "notes": list(history.about.notes), "rows": rows}
        body |= {"ticker": found} if found else {}
        print_json(
            "data show", body | {"issues": [{"what": i.what, "where": i.where, "action": i.action} for i in history.issues]}
        )
        return 0
    for line in (*filter(None, [found]), *_described(history)):
        say(f" {line}")
    names = [name.name for name in history.fields]
    say(f" {'date':<12}" + "".join(f"{name:>14}" for name in names) + "  known")
    for row in rows:
        cells = "".join(f"{'-' if row[name] is None else format(row[name], '.6g'):>14}" for name in names)
        say(f" {row['date']:<12}{cells}  {row['known']}")
    return 0


def _described(history: History) -> Iterable[str]:
    about = history.about
    yield f"{about.name}: {about.title or about.name}. {about.kind.value}, {about.frequency}"
    yield f"from {about.provenance}" + (f"; licence: {about.licence}" if about.licence else "")
    words = [f"currency {about.currency}" if about.currency else "", f"market {about.market}" if about.market else ""]
    words.append(f"known {about.lag_days} business days after its date" if about.lag_days else "known at the close of its date")
    yield ", ".join(filter(None, words))
    for note in about.notes:
        yield f"! {note}"
    for issue in history.issues:
        yield f"! {issue.where} {issue.what}: {issue.action}"
    for action in history.actions:
        yield f"{action.effective} {action.kind.value} {action.other} {action.reason}".rstrip()


def _last_rows(history: History, count: int) -> Iterable[dict[str, Any]]:
    known = instants_of(history)
    for row in range(max(0, len(history.dates) - count), len(history.dates)):
        cells = {name.name: _plain(values[row]) for name, values in history.fields.items()}
        yield {"date": str(history.dates[row]), "known": f"{known[row]}Z", **cells}


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def vintages(options: Namespace) -> int:
    """Every version of a series' values, by date: what was known from when on."""
    store = opened(options)
    (history,) = store.as_of(known_by(options)).load([options.series])
    rows = list(_versions(history, options.period))
    if options.json:
        print_json("data vintages", {"series": options.series, "versions": rows})
        return 0
    say(f" {history.about.name}: {len(rows)} versions" + (f" of {options.period}" if options.period else " of restated dates"))
    for row in rows:
        say(f" {row['date']}  {row['value'] if row['value'] is not None else '-':>16}  known {row['known']}")
    return 0


def _versions(history: History, period: str) -> Iterable[Mapping[str, Any]]:
    """Versions of the dates that begin with `period`; without one, of every date that was ever restated."""
    known = instants_of(history)
    _, counts = np.unique(history.dates, return_counts=True)
    often = np.repeat(counts, counts) > 1
    for row, day in enumerate(history.dates.astype(str).tolist()):
        if day.startswith(period) if period else often[row]:
            yield {"date": day, "value": _plain(history.fields[CLOSE][row]), "known": f"{known[row]}Z"}


def sql(options: Namespace) -> int:
    """One SELECT over the store's tables."""
    store = opened(options)
    names, rows = answer(store.root, store.manifest(), options.query, most=options.rows)
    if options.json:
        print_json("data sql", {"columns": names, "rows": [[_cell(cell) for cell in row] for row in rows]})
        return 0
    table = [names, *[[str(_cell(cell)) for cell in row] for row in rows]]
    widths = [max(len(row[k]) for row in table) for k in range(len(names))]
    for row in table:
        say(" " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _cell(cell: Any) -> Any:
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return cell if isinstance(cell, int | float | str | bool) or cell is None else str(cell)

"""`data`: the market store. What was known when, where it comes from, what is wrong with it, and what was changed."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.data.history import History
from trimtab.data.store.facts import FACTS
from trimtab.data.store.store import Store
from trimtab.desk.feeds import Feed, Outcome, add, chosen, feeds, update
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli.facts import add_file, readable
from trimtab.surfaces.cli.moments import known_by
from trimtab.surfaces.cli.options import counted, hint, print_json, progress, say


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
    feed = Feed(options.name or options.source, source, chosen(options.series), options.currency, options.market)
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
    for line in _found(outcomes):
        say(line)
    return 4 if failed else 0


def _found(outcomes: Sequence[Outcome]) -> Iterable[str]:
    """What the checks did to values that came in."""
    every = [verdict for outcome in outcomes for verdict in outcome.verdicts]
    for kind in dict.fromkeys(verdict.kind for verdict in every):
        own = [verdict for verdict in every if verdict.kind == kind]
        names = ", ".join(dict.fromkeys(verdict.series for verdict in own))
        yield f" {counted(sum(v.count for v in own), 'value')} {kind} in {names}: see trimtab data check"


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
    written = f"change {snapshot.manifest.number}, last written {snapshot.manifest.recorded}Z"
    say(f" {store.root}: {len(rows)} series, {written}")
    for row in rows:
        flags = "  " + ", ".join(row["flags"]) if row["flags"] else ""
        span = f"{row['first']} to {row['last']}  {row['rows']:>7} dates"
        say(f" {row['series']:<22} {row['feed']:<10} {span}  {row['kind']}{flags}")
    for chain, what in broken.items():
        say(f" {chain:<22} BROKEN: {what}")
    return 0


def _standing(history: History, feed: str) -> dict[str, Any]:
    about = history.about
    span = [str(day) for day in history.span] if len(history.dates) else [None, None]
    flags = [word for word, here in (("MONTHLY AVERAGE", about.is_average), ("vintages", history.revised)) if here]
    flags += [counted(len(history.issues), "issue")] if history.issues else []
    words = {"currency": about.currency, "market": about.market, "provenance": about.provenance, "flags": flags}
    return {"series": about.name, "feed": feed, "first": span[0], "last": span[1], "rows": len(history.dates)} | {
        "kind": about.kind.value,
        **words,
    }

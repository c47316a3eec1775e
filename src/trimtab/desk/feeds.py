"""Feeds of a market store: which series come from which source under which id, and how they are brought up to date.

`feeds.json` in the store names each feed's source and the vendor's code of each series. An update asks for what came after
the last stored date, and a little before it for corrections; each series is committed as it arrives, so that an update that
was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.data.history import History
from trimtab.data.store.changes import Changes
from trimtab.data.store.intake import check_again, take_in
from trimtab.data.store.manifest import locked, put_text
from trimtab.data.store.store import Store
from trimtab.desk.config import Builder
from trimtab.desk.registry import names
from trimtab.desk.yaml12 import parse

FILE = "feeds.json"
OVERLAP = np.timedelta64(14, "D")  # asked for again at every update: vendors correct their last days

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Feed:
    """A source, in a policy's words (`use` and its parameters), and the vendor's code of each series by our id."""

    name: str
    source: Mapping[str, Any]
    codes: Mapping[str, str]

    def component(self) -> Any:
        """The source or vendor itself. Raises PolicyError where there is none of that name, or its parameters are wrong."""
        text = json.dumps({"data": dict(self.source)})
        document = parse(text, f"feed {self.name}")
        role = "vendors" if self.source.get("use") in names("vendors") else "sources"
        return Builder(document).component(role, document.values["data"], ("data",))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update of one feed came to: changes by series, and the errors of those that failed."""

    feed: str
    changes: tuple[Changes, ...] = ()
    errors: Mapping[str, TrimtabError] = field(default_factory=dict)


def feeds(store: Store) -> dict[str, Feed]:
    """The feeds of a store by name. Raises DataError where their file is damaged."""
    place = store.root / FILE
    if not place.exists():
        return {}
    try:
        body = json.loads(place.read_text(encoding="utf-8"))
        return {name: Feed(name, feed["source"], feed["codes"]) for name, feed in body.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"the feeds cannot be read ({error})", where=str(place), remedy="Restore it from a backup.") from None


def add(store: Store, feed: Feed) -> Feed:
    """Write down a feed, its series joined to those that it had. Raises UsageError where an id belongs to another feed."""
    with locked(store.root):
        every = feeds(store)
        for other in every.values():
            shared = sorted(set(other.codes) & set(feed.codes)) if other.name != feed.name else []
            if shared:
                remedy = "Give it another id: --series MY_ID=CODE."
                raise UsageError(f"{shared[0]} is a series of the feed {other.name}", where=str(store.root), remedy=remedy)
        old = every.get(feed.name)
        if old is not None and dict(old.source) != dict(feed.source):
            remedy = "Give the new one a name of its own: --name NAME."
            raise UsageError(f"the feed {feed.name} has another source", where=str(store.root), remedy=remedy)
        whole = Feed(feed.name, feed.source, {**(old.codes if old else {}), **feed.codes})
        body = {name: {"source": dict(f.source), "codes": dict(f.codes)} for name, f in {**every, feed.name: whole}.items()}
        put_text(store.root / FILE, json.dumps(body, indent=1, allow_nan=False) + "\n")
    return whole


def update(
    store: Store, feed: Feed, *, now: np.datetime64, only: Sequence[str] = (), full: bool = False, step: Step | None = None
) -> Outcome:
    """Bring the series of a feed up to date (those of `only`, where given). What fails is told beside what came through."""
    source = feed.component()
    codes = {id_: code for id_, code in feed.codes.items() if not only or id_ in only}
    if not hasattr(source, "fetch"):
        return _loaded(store, feed, source, codes, now)
    since = {} if full else _since(store, codes)
    changes: list[Changes] = []
    errors: dict[str, TrimtabError] = {}
    left = list(codes)
    while left:  # a series that fails is told, and the others go on
        try:
            for history in source.fetch([codes[id_] for id_ in left], since=since, now=now):
                id_ = left.pop(0)
                taken = take_in(store, [named(history, id_)], source=feed.name, now=now)
                changes += taken.changes
                errors |= taken.refused
                if step is not None:
                    step(len(codes) - len(left), len(codes))
            break
        except TrimtabError as error:
            if not isinstance(error, DataError):
                raise
            errors[left.pop(0)] = error
    if len(codes) > 1:  # they came one by one; now each is held against the others
        check_again(store, now=now, names=[change.series for change in changes])
    return Outcome(feed.name, tuple(changes), errors)


def _loaded(store: Store, feed: Feed, source: Any, codes: Mapping[str, str], now: np.datetime64) -> Outcome:
    """A source on this machine hands over all of its series at once."""
    histories = source.load(tuple(codes.values()))
    renamed = [named(history, id_) for history, id_ in zip(histories, codes, strict=True)]
    taken = take_in(store, renamed, source=feed.name, now=now)
    return Outcome(feed.name, taken.changes, taken.refused)


def named(history: History, id_: str) -> History:
    """The history under our own id."""
    return history if history.about.name == id_ else replace(history, about=replace(history.about, name=id_))


def _since(store: Store, codes: Mapping[str, str]) -> dict[str, np.datetime64]:
    """The date from which each vendor's code is asked for again; none for a new series, and one restated at any age."""
    snapshot = store.as_of()
    known = [about.name for about in snapshot.about() if about.name in codes and not about.restates]
    ends = {history.about.name: history.dates[-1] for history in snapshot.load(known) if len(history.dates)}
    return {codes[id_]: last - OVERLAP for id_, last in ends.items()}


def every_name(source: Any) -> tuple[str, ...]:
    """The series that a source can list. Raises UsageError for a vendor, which must be told what is wanted."""
    if hasattr(source, "fetch"):
        raise UsageError("say which series you want", remedy="Add for example --series DGS10 or --series MY_ID=CODE.")
    return tuple(source.names())


def chosen(text: str) -> dict[str, str]:
    """`A,B=code,C` as a mapping from our id to the vendor's code. Raises UsageError for a double or empty id."""
    found: dict[str, str] = {}
    for part in filter(None, (word.strip() for word in text.split(","))):
        id_, _, code = part.partition("=")
        if not id_ or id_ in found:
            raise UsageError(f"--series names {id_ or 'nothing'} {'twice' if id_ else 'before ='}", remedy="Write A,B=code.")
        found[id_] = code or id_
    return found

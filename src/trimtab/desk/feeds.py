"""Feeds of a market store: which series come from which source under which id, and how they are brought up to date.

`feeds.json` in the store names each feed's source and the vendor's code of each series. An update asks for what came after
the last stored date, and a little before it for corrections; each series is committed as it arrives, so that an update that
was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.data.history import History
from trimtab.data.sources.vendor import Vendor
from trimtab.data.store.changes import Changes
from trimtab.data.store.intake import check_again, take_in
from trimtab.data.store.manifest import locked, put_text
from trimtab.data.store.store import Store
from trimtab.data.store.verdicts import Verdict
from trimtab.desk.config import Builder
from trimtab.desk.registry import imported, names
from trimtab.desk.yaml12 import parse

FILE = "feeds.json"
OVERLAP = np.timedelta64(14, "D")  # asked for again at every update: vendors correct their last days

Step = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Feed:
    """A source, in a policy's words (`use` and its parameters), and the vendor's code of each series by our id.

    `currency` and `market` are those of series of which the source does not say it.
    """

    name: str
    source: Mapping[str, Any]
    codes: Mapping[str, str]
    currency: str = ""
    market: str = ""

    def component(self) -> Any:
        """The source or vendor itself. Raises PolicyError where there is none of that name, or its parameters are wrong."""
        text = json.dumps({"data": dict(self.source)})
        document = parse(text, f"feed {self.name}")
        return Builder(document).component(role_of(self.source.get("use")), document.values["data"], ("data",))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update of one feed came to: changes and new verdicts by series, and the errors of those that failed."""

    feed: str
    changes: tuple[Changes, ...] = ()
    errors: Mapping[str, TrimtabError] = field(default_factory=dict)
    verdicts: tuple[Verdict, ...] = ()


def role_of(use: Any) -> str:
    """Whether a name stands for a vendor, asked over a network, or for a source on this machine."""
    if isinstance(use, str) and ":" in use:
        return "vendors" if hasattr(imported(use), "fetch") else "sources"
    every = {**dict.fromkeys(names("sources"), "sources"), **dict.fromkeys(names("vendors"), "vendors")}
    if use not in every:
        near = get_close_matches(str(use), every, 1)
        remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(every))}."
        raise UsageError(f"{use!r} is no source of data", remedy=remedy)
    return every[use]


def feeds(store: Store) -> dict[str, Feed]:
    """The feeds of a store by name. Raises DataError where their file is damaged."""
    place = store.root / FILE
    if not place.exists():
        return {}
    try:
        body = json.loads(place.read_text(encoding="utf-8"))
        return {name: Feed(name, **feed) for name, feed in body.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"the feeds cannot be read ({error})", where=str(place), remedy="Restore it from a backup.") from None


def joined(store: Store, feed: Feed) -> Feed:
    """A feed with the series that it has already. Raises UsageError where an id or the feed's name is taken."""
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
    return replace(feed, codes={**(old.codes if old else {}), **feed.codes})


def add(store: Store, feed: Feed, *, now: np.datetime64, step: Step | None = None) -> Outcome:
    """Fetch the series of a feed, and write down the feed with those that came through.

    A feed without series takes all that a source on this machine has. Raises UsageError as `joined` does, and the error
    of the first series where none came through.
    """
    if "path" in feed.source:  # an update may be started from anywhere
        feed = replace(feed, source={**feed.source, "path": str(Path(feed.source["path"]).resolve())})
    if not feed.codes:
        feed = replace(feed, codes={name: name for name in every_name(feed.component())})
    joined(store, feed)
    outcome = update(store, feed, now=now, step=step)
    arrived = {change.series for change in outcome.changes}
    if not arrived and outcome.errors:
        raise next(iter(outcome.errors.values()))
    kept = replace(feed, codes={id_: code for id_, code in feed.codes.items() if id_ in arrived})
    with locked(store.root):
        every = {**feeds(store), feed.name: joined(store, kept)}
        body = {name: {key: part for key, part in asdict(one).items() if key != "name"} for name, one in every.items()}
        put_text(store.root / FILE, json.dumps(body, indent=1, allow_nan=False) + "\n")
    return outcome


def update(
    store: Store,
    feed: Feed,
    *,
    now: np.datetime64,
    full: bool = False,
    step: Step | None = None,
) -> Outcome:
    """Bring the series of a feed up to date. What fails is told beside what came through."""
    source = feed.component()
    if not hasattr(source, "fetch"):
        return _loaded(store, feed, source, now)
    changes: list[Changes] = []
    errors: dict[str, TrimtabError] = {}
    verdicts: list[Verdict] = []
    arrivals = _arrivals(source, feed.codes, {} if full else _ends(store, feed.codes), now)
    for number, (id_, arrived) in enumerate(arrivals, start=1):
        if isinstance(arrived, TrimtabError):
            errors[id_] = arrived
        else:
            taken = take_in(store, [_named(arrived, id_, feed)], source=feed.name, now=now)
            changes += taken.changes
            errors |= taken.refused
            verdicts += taken.verdicts
        if step is not None:
            step(number, len(feed.codes))
    if len(changes) > 1:  # they came one by one; now each is held against the others
        verdicts += check_again(store, now=now, names=[change.series for change in changes]).verdicts
    return Outcome(feed.name, tuple(changes), errors, tuple(verdicts))


def _arrivals(
    source: Vendor, codes: Mapping[str, str], ends: Mapping[str, History], now: np.datetime64
) -> Iterator[tuple[str, History | TrimtabError]]:
    """Each series by our id as it arrives, or what went wrong with it; the others go on."""
    since = {codes[id_]: history.dates[-1] - OVERLAP for id_, history in ends.items()}
    left = list(codes)
    while left:  # after a failure the rest is asked for anew
        arriving = iter(source.fetch([codes[id_] for id_ in left], since=since, now=now))
        failed = False
        while left and not failed:
            arrived = _next(arriving, source, codes[left[0]], ends.get(left[0]), now)
            failed = isinstance(arrived, TrimtabError)
            yield left.pop(0), arrived


def _next(
    arriving: Iterator[History], source: Vendor, code: str, stored: History | None, now: np.datetime64
) -> History | TrimtabError:
    """The next series of a vendor; the whole of it where the vendor has put its prices on another scale."""
    try:
        history = next(arriving, None)
        if history is None:
            return DataError(f"the vendor gave nothing for {code}", remedy="Check the code, and ask again later.")
        if stored is None or not rescaled(history, stored):
            return history
        return next(iter(source.fetch([code], since={}, now=now)), history)
    except TrimtabError as error:
        return error


def rescaled(new: History, stored: History) -> bool:
    """Whether a vendor has put all its prices on another scale (a split it adjusts for): then the past must come too."""
    _, mine, theirs = np.intersect1d(new.dates, stored.dates, return_indices=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = new.values[mine] / stored.values[theirs]
    ratios = ratios[np.isfinite(ratios)]
    return len(ratios) > 0 and bool((np.abs(ratios - ratios[0]) < 1e-3).all()) and abs(float(ratios[0]) - 1.0) > 1e-2


def _loaded(store: Store, feed: Feed, source: Any, now: np.datetime64) -> Outcome:
    """A source on this machine hands over all of its series at once."""
    histories = source.load(tuple(feed.codes.values()))
    renamed = [_named(history, id_, feed) for history, id_ in zip(histories, feed.codes, strict=True)]
    taken = take_in(store, renamed, source=feed.name, now=now)
    return Outcome(feed.name, taken.changes, taken.refused, taken.verdicts)


def _named(history: History, id_: str, feed: Feed) -> History:
    """The history under our own id, in the currency and on the market that the feed knows of."""
    return replace(history, about=replace(history.about, name=id_)).placed(feed.currency, feed.market)


def _ends(store: Store, codes: Mapping[str, str]) -> dict[str, History]:
    """What is stored of each series that may be continued: not of a new one, nor of one that is restated at any age."""
    snapshot = store.as_of()
    known = [about.name for about in snapshot.about() if about.name in codes and not about.restates]
    return {history.about.name: history for history in snapshot.load(known) if len(history.dates)}


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

"""Taking histories into a store: what is new is added, what is wrong is set aside, in one step or not at all.

The vendor's values are inspected as a whole, stored and new together. A doubtful cell is quarantined, a certain repair made,
both as rows of our own beside the vendor's; a series that must be refused leaves the store as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from trimtab.core.arrays import Dates
from trimtab.core.errors import DataError, TrimtabError
from trimtab.core.terms import Field
from trimtab.data.history import History, Issue
from trimtab.data.quality.clearing import applied, cleared
from trimtab.data.quality.findings import Finding, Outcome
from trimtab.data.quality.inspection import inspect
from trimtab.data.quality.listing import done
from trimtab.data.quality.settings import Settings, Tuning, Waiver
from trimtab.data.store.changes import Changes
from trimtab.data.store.observations import split
from trimtab.data.store.snapshot import Snapshot, history_of
from trimtab.data.store.store import Draft, Store
from trimtab.data.store.tables import Row, written
from trimtab.data.store.verdicts import Verdict, told, verdict_rows
from trimtab.data.vintages import last_versions


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it: changes and findings by series, new verdicts, and the series that were refused."""

    changes: tuple[Changes, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    refused: Mapping[str, TrimtabError] = field(default_factory=dict)


def take_in(store: Store, histories: Sequence[History], *, source: str, now: np.datetime64) -> Taken:
    """Append what is new or changed in `histories`, and what is found wrong with them."""
    with store.writing(now) as draft:
        changes = draft.take(histories, source=source)
        findings = inspected(draft, [history.about.name for history in histories])
        verdicts, refused = _judge(draft, findings)
    return Taken(tuple(change for change in changes if change.series not in refused), findings, verdicts, refused)


def check_again(store: Store, *, now: np.datetime64, names: Sequence[str] = ()) -> Taken:
    """Inspect series (all, where none is named) beside each other, and write down what that changes."""
    with store.writing(now) as draft:
        findings = inspected(draft, tuple(names) or draft.names)
        verdicts, refused = _judge(draft, findings)
    return Taken((), findings, verdicts, refused)


def inspected(draft: Draft, names: Sequence[str]) -> tuple[Finding, ...]:
    """What is wrong with the vendors' values of some series; those of one feed are each other's peers."""
    draft.open(names)
    settings = settings_of(draft.before)
    groups: dict[str, list[History]] = {}
    for name in names:
        groups.setdefault(draft.feed(name), []).append(_vendors(draft, name))
    found: list[Finding] = []
    for histories in groups.values():
        earlier = {h.about.name: before for h in histories if (before := _before(draft, h.about.name)) is not None}
        found += inspect(histories, sessions=_sessions(histories), settings=settings, earlier=earlier)
    return tuple(found)


def _before(draft: Draft, name: str) -> History | None:
    """The vendor's values as they stood before this change, where it touches a series that was there."""
    rows = draft.stored(name)
    if name not in draft.touched or len(rows) == 0:
        return None
    return last_versions(history_of(draft.series(name), split(rows).get(name, {})))


def _vendors(draft: Draft, name: str) -> History:
    rows = draft.versions(name, vendor=True)
    return last_versions(history_of(draft.series(name), split(rows).get(name, {})))


def _sessions(histories: Sequence[History]) -> dict[str, Dates]:
    """Dates on which each market held a session, for the markets that series name."""
    spans: dict[str, tuple[np.datetime64, np.datetime64]] = {}
    for history in histories:
        if history.about.market and history.about.frequency == "daily" and len(history.dates):
            first, last = spans.get(history.about.market, history.span)
            spans[history.about.market] = (min(first, history.dates[0]), max(last, history.dates[-1]))
    if not spans:
        return {}
    from trimtab.data.sessions import expected

    return {market: expected(market, first, last) for market, (first, last) in spans.items()}


def _judge(draft: Draft, findings: Sequence[Finding]) -> tuple[tuple[Verdict, ...], dict[str, TrimtabError]]:
    """Write down the verdicts that follow from findings. Returns them, and the series that must be refused."""
    verdicts: list[Verdict] = []
    refused: dict[str, TrimtabError] = {}
    for name in dict.fromkeys(finding.series for finding in findings) | dict.fromkeys(draft.touched):
        own = [finding for finding in findings if finding.series == name]
        history = _vendors(draft, name)
        try:
            cleared(history, own)
        except DataError as error:
            refused[name] = error
            draft.drop(name)
            continue
        vendor, in_force = draft.versions(name, vendor=True), draft.versions(name, vendor=False)
        rows = verdict_rows(vendor, in_force, applied(history, own), _codes(history, own), draft.now)
        draft.put(name, rows)
        verdicts += told(name, rows)
        draft.describe(draft.series(name) | {"findings": written(_said(own)), "recorded": draft.now})
    return tuple(verdicts), refused


def _codes(history: History, findings: Sequence[Finding]) -> dict[tuple[Field, np.datetime64], str]:
    """The finding behind each changed cell; the last one where there are several."""
    return {(f.field, day): f.code for f in findings if f.changes for day in history.dates[f.rows]}


_FLAGGED = (Outcome.QUARANTINE, Outcome.REPAIR, Outcome.DEGRADE)


def _said(findings: Sequence[Finding]) -> list[Issue]:
    """Findings that every artefact made from the series must repeat."""
    made = []
    for finding in findings:
        if finding.outcome in _FLAGGED and not finding.waived:
            span = str(finding.first) if finding.first == finding.last else f"{finding.first} to {finding.last}"
            where = f"{finding.series} {finding.field.name} {span}"
            made.append(Issue(f"{finding.code} {finding.what}", where, done(finding)))
    return list(dict.fromkeys(made))


def settings_of(snapshot: Snapshot) -> Settings:
    """The thresholds and waivers that are written down in a store."""
    series: dict[str, dict[str, Tuning | Waiver]] = {}
    for row in snapshot.table("settings"):
        series.setdefault(row["series"], {})[row["detector"]] = _setting(row)
    return Settings(series=series)


def _setting(row: Row) -> Tuning | Waiver:
    if row["setting"]:
        return Tuning(json.loads(row["setting"]), row["reason"], row["decided_by"], row["recorded"])
    return Waiver(row["reason"], row["decided_by"], row["recorded"])


def set_aside(store: Store, row: Row, *, now: np.datetime64) -> None:
    """Write down a tuning or a waiver (see the table `settings`). Raises PolicyError where it names nothing that exists."""
    with store.writing(now) as draft:
        held = {(old["series"], old["detector"]): old for old in draft.before.table("settings")}
        old = held.get((row["series"], row["detector"]))
        if old is not None and old["setting"] and row["setting"]:  # another threshold of the same detector
            row = row | {"setting": json.dumps(json.loads(old["setting"]) | json.loads(row["setting"]))}
        Settings(series={row["series"]: {row["detector"]: _setting(row | {"recorded": draft.now})}})
        draft.add("settings", [row | {"recorded": draft.now}])

"""`data show`, `data vintages`, `data sql`: a store looked at. Nothing is written."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from trimtab.core.terms import CLOSE
from trimtab.data.adjust import derived
from trimtab.data.history import History
from trimtab.data.store.observations import Observations
from trimtab.data.store.query import answer
from trimtab.data.vintages import instants_of, last_versions
from trimtab.surfaces.cli.facts import instrument, show_members
from trimtab.surfaces.cli.market import opened
from trimtab.surfaces.cli.moments import known_by, moment
from trimtab.surfaces.cli.options import counted, hint, print_json, say


def show(options: Namespace) -> int:
    """One series, by id or ticker: what it is, its last rows as known now or at `--as-of`. Or the members of a universe."""
    store = opened(options)
    snapshot = store.as_of(known_by(options), moment(options, "recorded"))
    if show_members(options, snapshot):
        return 0
    id_, found = instrument(options, snapshot)
    (history,) = snapshot.load([id_])
    whole = _with_derived(history)
    rows = list(_last_rows(whole, options.rows))
    if options.json:
        about = {"series": history.about.name, "title": history.about.title, "kind": history.about.kind.value}
        issues = [{"what": i.what, "where": i.where, "action": i.action} for i in history.issues]
        body = about | {"provenance": history.about.provenance, "notes": list(history.about.notes), "rows": rows}
        print_json("data show", body | {"issues": issues} | ({"ticker": found} if found else {}))
        return 0
    for line in (*filter(None, [found]), *_described(history)):
        say(f" {line}")
    names = [name.name for name in whole.fields]
    say(f" {'date':<12}" + "".join(f"{name:>15}" for name in names) + "  known")
    for row in rows:
        cells = "".join(f"{'-' if row[name] is None else format(row[name], '.6g'):>15}" for name in names)
        say(f" {row['date']:<12}{cells}  {row['known']}")
    return 0


def _with_derived(history: History) -> History:
    """The history with what follows from it: closes in the units of its last row, and its total-return index."""
    if not history.about.holdable or history.revised:
        return history
    return replace(history, fields={**history.fields, **derived(history)})


def _described(history: History) -> Iterable[str]:
    about = history.about
    yield f"{about.name}: {about.title or about.name}. {about.kind.value}, {about.frequency}"
    yield f"from {about.provenance}" + (f"; licence: {about.licence}" if about.licence else "")
    words = [f"currency {about.currency}" if about.currency else "", f"market {about.market}" if about.market else ""]
    yield ", ".join(filter(None, [*words, _when_known(history)]))
    for note in about.notes:
        yield f"! {note}"
    for issue in history.issues:
        yield f"! {issue.where} {issue.what}: {issue.action}"
    for action in history.actions:
        yield f"{action.effective} {action.kind.value} {action.other} {action.reason}".rstrip()


def _when_known(history: History) -> str:
    """The rule by which its values become known, or that its source tells the instants."""
    rule = instants_of(replace(last_versions(history), known=None))
    if history.revised or not np.array_equal(rule, instants_of(history)):
        return "known when its source says"
    if history.about.lag_days:
        return f"known {counted(history.about.lag_days, 'business day')} after its date"
    return "known at the close of its date"


def _last_rows(history: History, count: int) -> Iterable[dict[str, Any]]:
    known = instants_of(history)
    for row in range(max(0, len(history.dates) - count), len(history.dates)):
        cells = {name.name: _plain(values[row]) for name, values in history.fields.items()}
        yield {"date": str(history.dates[row]), "known": f"{known[row]}Z", **cells}


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def vintages(options: Namespace) -> int:
    """Every version of a series' closing values: known when, written down when, and by whom. Verdicts of ours too."""
    store = opened(options)
    snapshot = store.as_of(known_by(options))
    snapshot.load([options.series])
    rows = list(_versions(snapshot.observations([options.series]), options.period))
    if options.json:
        print_json("data vintages", {"series": options.series, "versions": rows})
        return 0
    which = f"of {options.period}" if options.period else "of dates with more than one"
    say(f" {options.series}: {counted(len(rows), 'version')} {which}")
    for row in rows:
        value = "-" if row["value"] is None else format(row["value"], ".10g")
        say(f" {row['date']}  {value:>16}  known {row['known']}  recorded {row['recorded']}  {row['source']}")
    if not rows and not options.period:
        hint(f" every date: trimtab data vintages {options.series} --period 20", options)
    return 0


def _versions(rows: Observations, period: str) -> Iterable[Mapping[str, Any]]:
    """Rows of the closing field, of the dates that begin with `period`; without one, of every date that has several."""
    rows = rows.take(rows.fields.among((CLOSE.name,)))
    _, counts = np.unique(rows.effective, return_counts=True)
    often = np.repeat(counts, counts) > 1
    sources = rows.sources.words()
    for row, day in enumerate(rows.effective.astype(str).tolist()):
        if day.startswith(period) if period else often[row]:
            instants = {"known": f"{rows.known[row]}Z", "recorded": f"{rows.recorded[row]}Z"}
            yield {"date": day, "value": _plain(rows.values[row]), **instants, "source": sources[row]}


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

"""The runs of the workspace: all of them with their key figures, one of them whole, and two of them beside each other."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates
from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.desk.own_record import OwnRecord, benchmark_wealth
from trimtab.desk.practice import loader_of
from trimtab.desk.trial_review import review_trials
from trimtab.desk.validation import kept
from trimtab.desk.words import sentences
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.web.reads.records import drawn, fall_rows, growth, plain, points, returns_of, vitals, year_rows

HERE = Path()
REPORT = "report.html"
_NAME = re.compile(r"[0-9a-f]{12}")
_LIGHTS = ("PASS", "WARN", "FAIL", "UNKNOWN")
_SHOWN = ("cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year", "cost_per_year", "deflated_sharpe")
ORDER = (
    *("first", "last", "start_value", "end_value", "cagr", "volatility", "sharpe", "sharpe_low", "sharpe_high", "max_drawdown"),
    *("worst_month", "turnover_per_year", "cost_per_year", "costs", "decisions", "fills", "deflated_sharpe", "deflated_target"),
)
_TOLD = ("run", "name", "title", "policy_sha256", "data_sha256", "code", "execution", "notes", "issues", "blocked", "trials",
         "trials_missing", "deflated_words", "moved", "end", "journal_head", "summary")  # fmt: skip


def run_folder(name: str) -> Path:
    """The folder of a run by its whole hash. Raises UsageError where there is none."""
    place = HERE / "runs" / name
    if not _NAME.fullmatch(name) or place.is_symlink() or not (place / "run.json").is_file():
        raise UsageError(f"there is no run {name[:40]!r}", remedy="See the list of runs under Research.")
    return place


def run_table() -> list[dict[str, Any]]:
    """A row a run, the latest tried first; one that is damaged says so."""
    tried = [row.id for row in review_trials(Workspace(HERE).registry).rows]
    there = [one.parent.name for one in sorted((HERE / "runs").glob("*/run.json")) if _NAME.fullmatch(one.parent.name)]
    last = {name: number for number, name in enumerate(tried)}
    return [_row(name) for name in sorted(there, key=lambda one: (last.get(one, -1), one), reverse=True)]


def _row(name: str) -> dict[str, Any]:
    try:
        meta = Workspace(HERE).meta(name)
        figures = meta["summary"]
        told = {key: meta.get(key) for key in ("name", "title", "policy_sha256", "trials")}
        dates = {"first": figures["first"], "last": figures["last"]}
        measured = {key: figures.get(key) for key in _SHOWN}
        return {"run": name, **told, **dates, **measured, **_light(name), "flaws": len(meta["issues"])}
    except (TrimtabError, KeyError, TypeError) as error:
        why = str(error) if isinstance(error, TrimtabError) else "its figures cannot be read"
        return {"run": name, "name": "", "title": "", "ruling": "damaged", "why": why}


def _light(name: str) -> dict[str, Any]:
    """The ruling of the validation that is kept with a run, in a word, and how many lights it has of each kind."""
    try:
        found = kept(run_folder(name))
    except DataError:
        return {"ruling": "damaged"}
    if found is None:
        return {"ruling": "not validated"}
    counts = {light.lower(): sum(one.light.value == light for one in found.checks) for light in _LIGHTS}
    return {"ruling": found.ruling.value, **counts}


def one_run(name: str) -> dict[str, Any]:
    """A run whole: what it is, what it held, its validation, and its policy in sentences. Raises UsageError, DataError."""
    place = run_folder(name)
    meta = Workspace(HERE).meta(name)
    found = {key: meta.get(key) for key in _TOLD} | {"data": (meta.get("data") or {}).get("use")}
    found |= {"weights": last_weights(name), "validation": validation_of(name), "rules": _sentences(name)}
    return found | {"report": (place / REPORT).is_file()}


def _sentences(name: str) -> list[str]:
    try:
        return list(sentences(Workspace(HERE).policy(name)))
    except TrimtabError as error:
        return [str(error)]


def validation_of(name: str) -> dict[str, Any] | None:
    """The validation that is kept with a run, as `validate` prints it; None where there is none."""
    place = run_folder(name)
    try:
        found = kept(place)
    except DataError as error:
        return {"refused": str(error)}
    return None if found is None else found.to_dict()


def _table(name: str) -> tuple[list[str], Dates, Array]:
    """Assets, dates (T,) and numbers (T, 1 + A) of a run: wealth, then weights. Raises DataError where it is damaged."""
    place = run_folder(name) / "wealth.csv"
    try:
        with place.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        dates = np.array([row[0] for row in rows], dtype="datetime64[D]")
        numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    except (OSError, ValueError) as error:
        what = f"the wealth of run {name} cannot be read ({type(error).__name__})"
        raise DataError(what, remedy="Remove the folder of the run, and run its policy again.") from None
    if len(dates) < 2 or numbers.shape != (len(dates), len(head) - 1):
        raise DataError(f"run {name} has no two days of wealth", remedy="Run its policy again over a longer time.")
    return head[2:], dates, numbers


def wealth_of(name: str, benchmark: Array | None = None) -> OwnRecord:
    """The wealth of a run from 1 on; its benchmark is NaN unless it is given."""
    _, dates, numbers = _table(name)
    path = numbers[:, 0] / numbers[0, 0]
    return OwnRecord(dates, path, np.full(len(path), np.nan) if benchmark is None else benchmark)


def beside_benchmark(name: str) -> tuple[OwnRecord, str]:
    """The wealth of a run with that of its strategic weights, free of cost, by the data as they are now; or why it has none."""
    record = wealth_of(name)
    try:
        policy = Workspace(HERE).policy(name)
        market = loader_of(HERE)(policy)
        rows = np.searchsorted(market.sessions, record.dates)
        if rows[-1] >= len(market.sessions) or (market.sessions[rows] != record.dates).any():
            return record, "The data no longer have the dates of this run."
        return OwnRecord(record.dates, record.wealth, benchmark_wealth(policy, market, rows)), ""
    except TrimtabError as error:
        return record, str(error)


def run_lines(name: str) -> dict[str, Any]:
    """The record of a run beside its benchmark: its figures, years and falls, and what is drawn of it."""
    record, why = beside_benchmark(name)
    told = {"vitals": vitals(record), "years": year_rows(record), "falls": fall_rows(record)}
    return told | {"points": points(record), "why": why}


def last_weights(name: str) -> list[dict[str, Any]]:
    """A row an asset: what the run held of it at its end, and on average."""
    assets, _, numbers = _table(name)
    last, mean = numbers[-1, 1:], numbers[:, 1:].mean(axis=0)
    rows = [{"asset": one, "last": plain(last[a]), "mean": plain(mean[a])} for a, one in enumerate(assets)]
    return [*rows, {"asset": "cash", "last": plain(1.0 - last.sum()), "mean": plain(1.0 - mean.sum())}]


def compared(one: str, other: str) -> dict[str, Any]:
    """Two runs beside each other: key figures, weights, and growth over the days that both have."""
    metas = [Workspace(HERE).meta(run_folder(name).name) for name in (one, other)]
    told = [{key: meta.get(key) for key in _TOLD} for meta in metas]
    keys = dict.fromkeys([*ORDER, *sorted(metas[0]["summary"])])
    figures = [_difference(key, *(meta["summary"].get(key) for meta in metas)) for key in keys]
    return {"runs": told, "figures": [row for row in figures if row], "weights": _weights(one, other), **_both(one, other)}


def _difference(key: str, one: Any, other: Any) -> dict[str, Any]:
    if one is None and other is None:
        return {}
    known = isinstance(one, int | float) and isinstance(other, int | float)
    return {"figure": key, "one": one, "other": other, "difference": other - one if known else None}


def _weights(one: str, other: str) -> list[dict[str, Any]]:
    """A row an asset of either: weights at the end and on average, each twice, with their differences; 0 where it has none."""
    first, second = ({row["asset"]: row for row in last_weights(name)} for name in (one, other))
    none = {"last": 0.0, "mean": 0.0}
    rows = []
    for asset in dict.fromkeys([*first, *second]):
        a, b = first.get(asset, none), second.get(asset, none)
        ends = {"one_last": a["last"], "other_last": b["last"], "last_difference": b["last"] - a["last"]}
        rows.append({"asset": asset, **ends, "one_mean": a["mean"], "other_mean": b["mean"],
                     "mean_difference": b["mean"] - a["mean"]})  # fmt: skip
    return sorted(rows, key=lambda row: row["asset"] == "cash")


def _both(one: str, other: str) -> dict[str, Any]:
    """Both lines over the dates that they share; none where they share fewer than two."""
    a, b = wealth_of(one), wealth_of(other)
    dates, at, bt = np.intersect1d(a.dates, b.dates, return_indices=True)
    if len(dates) < 2:
        return {"shared": None, "points": None}
    both = OwnRecord(dates, a.wealth[at] / a.wealth[at[0]], b.wealth[bt] / b.wealth[bt[0]])
    rows = drawn(both)
    apart = float(np.corrcoef(returns_of(both.wealth), returns_of(both.benchmark))[0, 1]) if len(dates) > 2 else float("nan")
    shared = {"from": str(dates[0]), "to": str(dates[-1]), "days": len(dates), "drawn": len(rows), "correlation": plain(apart)}
    return {"shared": shared | growth(both), "points": points(both)}


def report_of(name: str) -> bytes:
    """The tear sheet that lies with a run. Raises UsageError where there is none."""
    place = run_folder(name) / REPORT
    if place.is_symlink() or not place.is_file():
        raise UsageError(f"run {name} has no tear sheet yet", remedy="Have one made on the page of the run.")
    return place.read_bytes()

"""The trials of a workspace at a glance: a row each, totals, and what is left of the best beside all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trimtab.desk.deflating import Deflated, Record, deflate
from trimtab.desk.trial_chain import Entry
from trimtab.desk.trial_count import SHORT, a_period
from trimtab.desk.trial_loss import frequencies, saved
from trimtab.desk.trials import Count, Registry


@dataclass(frozen=True, slots=True)
class Row:
    """One backtest, one rival of it, one sweep with all its parts, or one accepted loss; oldest first.

    `sharpe` is a year: of a sweep the mean of the variants that have one, which are `measured`. None where it is not known.
    `name` is that of the policy, or the reason of a loss.
    """

    kind: str
    id: str
    policy: str
    data: str
    name: str
    sharpe: float | None
    years: float | None
    variants: int
    measured: int


@dataclass(frozen=True, slots=True)
class Best:
    """The backtest with the highest Sharpe ratio a year, and what is left of it; NaN where its line is of an earlier form."""

    row: Row
    left: Deflated


@dataclass(frozen=True, slots=True)
class TrialReview:
    """All of it."""

    rows: tuple[Row, ...]
    count: Count
    best: Best | None

    @property
    def document(self) -> dict[str, Any]:
        """In plain values, as `--json` and the Python interface give it."""
        gone, best = self.count.missing, self.best
        return {
            "entries": [{name: getattr(row, name) for name in Row.__slots__} for row in self.rows],
            "trials": self.count.total,
            "distinct_trials": self.count.distinct,
            "effective_trials": self.count.effective,
            "missing_trials": gone.trials,
            "missing": gone.words or None,
            "best": None if best is None else {"run": best.row.id, "sharpe": best.row.sharpe, **_left(best.left)},
        }


def review_trials(registry: Registry) -> TrialReview:
    """Read the registry and the runs beside it. Raises UsageError where it is damaged."""
    entries, count = registry.entries(), registry.count()
    known = frequencies(saved(registry.folder), entries)
    rows: dict[tuple[str, str], Row] = {}
    for place, entry in enumerate(entries):
        row = _row(entry, known)
        key = ("sweep", row.id) if row.kind == "sweep" else (row.kind, str(place))
        rows[key] = _joined(rows[key], row) if key in rows else row
    return TrialReview(tuple(rows.values()), count, _best(entries, known, count))


def _row(entry: Entry, known: Mapping[str, int]) -> Row:
    """The row of one line."""
    if "lost" in entry:
        return Row("loss", "", "", "", entry["reason"], None, None, entry["lost"], 0)
    if "sweep" in entry:
        f, measured = entry["periods_per_year"], entry.get("measured", entry["variants"])
        mean = entry["sharpe_sum"] / measured * math.sqrt(f) if measured else None
        periods = entry.get("periods")
        years = periods / f if periods else None
        name = str(entry.get("name", ""))
        return Row("sweep", entry["sweep"][:SHORT], "", entry["data"][:SHORT], name, mean, years, entry["variants"], measured)
    found, periods = a_period(entry, known), entry.get("periods")
    f = entry.get("periods_per_year") or known.get(entry["run"])
    years = periods / f if periods and f else None
    sharpe = entry.get("sharpe") if found is None else found[1] * math.sqrt(found[0])
    policy, data = entry["policy"][:SHORT], (entry.get("data") or "")[:SHORT]
    kind = "rival" if "rival" in entry else "run"
    return Row(kind, entry["run"], policy, data, str(entry.get("name", "")), sharpe, years, 1, int(sharpe is not None))


def _joined(one: Row, other: Row) -> Row:
    """Two parts of a sweep as one."""
    measured = one.measured + other.measured
    mean = sum((row.sharpe or 0.0) * row.measured for row in (one, other)) / measured if measured else None
    return replace(one, sharpe=mean, variants=one.variants + other.variants, measured=measured)


def _best(entries: Iterable[Entry], known: Mapping[str, int], count: Count) -> Best | None:
    """The best backtest; None where no Sharpe ratio is known."""
    runs = [entry for entry in entries if "run" in entry and entry.get("sharpe") is not None]
    if not runs:
        return None
    best = max(runs, key=lambda entry: float(entry["sharpe"]))
    moments = [best.get(key) for key in ("skew", "kurtosis", "periods")]
    found = a_period(best, known)
    if found is None or any(value is None for value in moments):
        return Best(_row(best, known), Deflated(trials=count.distinct, effective=count.effective))
    record = Record(found[1], float(best["skew"]), float(best["kurtosis"]), int(best["periods"]), found[0])
    return Best(_row(best, known), deflate(record, count.at(found[0])))


def _left(left: Deflated) -> dict[str, Any]:
    values = {"deflated_sharpe": left.probability, "deflated_target": left.target}
    return {key: None if math.isnan(value) else value for key, value in values.items()} | {"words": left.words or None}

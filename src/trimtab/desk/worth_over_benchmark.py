"""How many independent trials the trials of a workspace are worth where they are held against a benchmark.

Rules that time one market share the market, and look alike by their returns; by what they earn over the benchmark at their
own exposure to it they need not. So what a validation judges, the lead over the benchmark, is deflated by the number that
the LEADS are worth. Returns lie in the workspace: those of this validation, of saved runs, of the variants of finished
sweeps. A trial whose returns nobody kept counts as independent of all others; one that never differs from the benchmark
cannot be the best of any, and counts nothing.

All are looked at, however many. A sample cannot say what the others are worth: 2,000 of 5,000 near copies are worth hardly
fewer than all, 2,000 of 5,000 strangers two in five.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trimtab.core.arrays import Array, Index
from trimtab.core.errors import TrimtabError
from trimtab.desk.evidence import NOTHING
from trimtab.desk.sweep_result import RESULTS, SweepResult
from trimtab.desk.swept_before import SWEEPS
from trimtab.desk.trial_count import SHORT
from trimtab.desk.trial_returns import month_ends
from trimtab.validation.effective_trials import effective_trials

LEAST = 24  # months that a trial shares with the benchmark, below which it counts as independent

Wealth = tuple[Index, Array]  # months since 1970 (M,), and wealth at their ends (M,)


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """The benchmark: months since 1970 (M,), and its returns and those of bills (M - 1,) between their ends."""

    months: Index
    benchmark: Array
    rf: Array


def worth_over(beside: Beside, own: Mapping[str, Wealth], folder: Path | None, *, distinct: int, seed: int) -> float:
    """Effective number of `distinct` trials: those of this validation, `own` by hash, and what lies in `folder`.

    Between 1 and `distinct`; one more trial never lowers it, and their order does not matter. Time and memory
    grow as their number: a second or two for 10,000.
    """
    found = {name[:SHORT]: wealth for name, wealth in own.items()}
    for name, wealth in _kept(folder) if folder is not None else ():
        found.setdefault(name[:SHORT], wealth)
    rest = rests(beside, found.values())
    count = effective_trials(rest, seed=seed).count if rest.shape[1] else 0.0
    return float(min(max(count + max(distinct - rest.shape[1], 0), 1.0), max(distinct, 1)))


def rests(beside: Beside, every: Iterable[Wealth]) -> Array:
    """(M - 1, V) what each earned that the benchmark does not explain, less its mean; 0 in months that it does not have.

    Those with fewer than LEAST months are left out; one that never varies by more than rounding is 0 in all.
    """
    market, columns = beside.benchmark - beside.rf, list[Array]()
    for months, wealth in every:
        level = np.full(len(beside.months), np.nan)
        mine, here = np.isin(months, beside.months), np.isin(beside.months, months)
        level[here] = wealth[mine]
        excess = level[1:] / level[:-1] - 1.0 - beside.rf
        known = np.isfinite(excess)
        if int(known.sum()) < LEAST:
            continue
        over = np.where(known, excess - excess[known].mean(), 0.0)
        drift = np.where(known, market - market[known].mean(), 0.0)
        square = float(drift @ drift)
        rest = over - (float(drift @ over) / square if square > 0.0 else 1.0) * drift
        columns.append(rest if float(rest @ rest) > NOTHING**2 * len(rest) else np.zeros(len(rest)))
    return np.array(columns).T if columns else np.empty((len(market), 0))


def _policy_of(run: Path) -> str:
    """Hash of the policy of a saved run; the run's own name where its `run.json` does not say it."""
    try:
        named = json.loads((run / "run.json").read_text(encoding="utf-8"))["policy_sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        named = ""
    return named if isinstance(named, str) and named else run.name


def _kept(folder: Path) -> Iterator[tuple[str, Wealth]]:
    """Hash and monthly wealth of saved runs and of the variants of finished sweeps; what cannot be read is passed over."""
    for place in sorted((folder / "runs").glob("*/wealth.csv")):
        yield _policy_of(place.parent), month_ends(place)
    for place in sorted((folder / SWEEPS).glob(f"*/{RESULTS}")):
        try:
            swept = SweepResult.read(place.parent)
        except TrimtabError:  # damaged, or without the extra that reads it
            continue
        months = swept.dates.astype("datetime64[M]").astype(np.intp)
        yield from ((name, (months, wealth)) for name, wealth in zip(swept.policies, swept.months, strict=True))

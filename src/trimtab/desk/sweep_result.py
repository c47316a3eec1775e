"""The results of a sweep, read back: what each variant was and came to, and the best of them beside their number."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Dates, Index
from trimtab.core.errors import DataError
from trimtab.desk.deflating import Deflated, Record, deflate
from trimtab.desk.result import Trials
from trimtab.desk.sweep_packages import package
from trimtab.desk.swept import FIGURES

RESULTS, JOB, GAPS = "results.parquet", "job.json", "gaps.json"


@dataclass(frozen=True, slots=True, eq=False)
class SweepResult:
    """V variants in the order of their numbers.

    `points` are the values (V,) by axis, `figures` (V,) by `FIGURES`; `months` (V, M) is wealth at the last sessions of the
    months `dates` (M,), NaN before the first decision. `failed` says why a variant has no figures; `gaps` why a part is
    missing: its variants are not here. Where every part is missing there are no variants, and no file at `place`.
    """

    place: Path
    numbers: Index
    points: Mapping[str, tuple[Any, ...]]
    figures: Mapping[str, Array]
    first: Dates
    periods: Index
    engines: tuple[str, ...]
    policies: tuple[str, ...]
    months: Array
    dates: Dates
    failed: Mapping[int, str]
    gaps: Mapping[int, str]
    periods_per_year: int

    @classmethod
    def read(cls, folder: Path) -> SweepResult:
        """What lies in the folder of a job. Raises DataError where there are no results, or they are damaged."""
        try:
            job = json.loads((folder / JOB).read_text(encoding="utf-8"))["job"]
            gaps = json.loads((folder / GAPS).read_text(encoding="utf-8")) if (folder / GAPS).exists() else {}
            return _read(folder / RESULTS, job, {int(number): why for number, why in gaps.items()})
        except (OSError, ValueError, KeyError) as error:
            remedy = "Start the sweep again: what is finished is not done twice."
            raise DataError(f"there are no results ({type(error).__name__})", where=str(folder), remedy=remedy) from error

    def __len__(self) -> int:
        """How many variants there are."""
        return len(self.numbers)

    @property
    def idle(self) -> bool:
        """Whether there are variants, and none of them could be run."""
        return bool(len(self)) and len(self.failed) == len(self)

    @property
    def file(self) -> Path:
        """The file of results. Raises DataError where every part is missing, and there is none."""
        if not len(self):
            why = next(iter(self.gaps.values()), "it has no variants")
            remedy = "Start the sweep again: it tries every part once more."
            raise DataError(f"no part of the sweep was finished: {why}", where=str(self.place.parent), remedy=remedy)
        return self.place

    @property
    def returns(self) -> Array:
        """Simple returns (M - 1, V) a month, NaN before the first decision."""
        return np.asarray(self.months[:, 1:] / self.months[:, :-1] - 1.0).T

    @property
    def ranking(self) -> Index:
        """Rows of the variants that have a Sharpe ratio, the highest first."""
        sharpe = self.figures["sharpe"]
        order = np.argsort(-sharpe, kind="stable")
        return np.asarray(order[np.isfinite(sharpe[order])])

    @property
    def best(self) -> int | None:
        """The row of the highest Sharpe ratio; None where no variant has one."""
        return int(self.ranking[0]) if len(self.ranking) else None

    def deflated(self, trials: Trials) -> Deflated:
        """What is left of the best beside all `trials` of its workspace; without number where there is no best."""
        row = self.best
        if row is None:
            return Deflated(trials=trials.distinct)
        sharpe, skew, kurtosis = (float(self.figures[name][row]) for name in ("sharpe", "skew", "kurtosis"))
        per_year = self.periods_per_year
        return deflate(Record(sharpe / math.sqrt(per_year), skew, kurtosis, int(self.periods[row]), per_year), trials)

    def beats(self, wealth: Array) -> float:
        """The share of variants that grew more than `wealth` (M,) over their own months; NaN where none can be compared."""
        began = np.argmax(np.isfinite(self.months), axis=1)
        own = self.months[:, -1] / self.months[np.arange(len(self)), began]
        others = wealth[-1] / wealth[began]
        known = np.isfinite(own) & np.isfinite(others)
        return float((own > others)[known].mean()) if known.any() else math.nan


def _read(place: Path, job: Mapping[str, Any], gaps: Mapping[int, str]) -> SweepResult:
    """The columns of the file, in the order of the variants."""
    axes, dates = [name for name, _ in job["grid"]], np.array(job["months"], dtype="datetime64[D]")
    columns = ["variant", *axes, *FIGURES, "first", "periods", "engine", "failed", "policy"]
    table = _table(place, columns, empty=bool(gaps) and not place.exists())
    order = np.argsort(table.column("variant").to_numpy(), kind="stable")
    table = table.take(order)
    column = {name: table.column(name) for name in table.column_names}
    numbers = column["variant"].to_numpy().astype(np.intp)
    failed = zip(numbers.tolist(), column["failed"].to_pylist(), strict=True)
    return SweepResult(
        place,
        numbers,
        {name: tuple(column[name].to_pylist()) for name in axes},
        {name: np.asarray(column[name].to_numpy(), dtype=float) for name in FIGURES},
        column["first"].to_numpy().astype("datetime64[D]"),
        column["periods"].to_numpy().astype(np.intp),
        tuple(column["engine"].to_pylist()),
        tuple(column["policy"].to_pylist()),
        _months(place, order, len(dates)),
        dates,
        {number: why for number, why in failed if why},
        gaps,
        int(job["periods_per_year"]),
    )


def _months(place: Path, order: Index, count: int) -> Array:
    """(V, M) wealth, group of rows by group of rows: all of it as lists would take the room of it several times."""
    wealth, row = np.empty((len(order), count)), 0
    back = np.empty(len(order), dtype=np.intp)
    back[order] = np.arange(len(order))
    if not len(order):
        return wealth
    file = package("pyarrow.parquet").ParquetFile(place)
    for group in range(file.num_row_groups):
        some = file.read_row_group(group, columns=["months"]).column("months").combine_chunks().flatten().to_numpy()
        some = some.reshape(-1, count)
        wealth[back[row : row + len(some)]] = some
        row += len(some)
    return wealth


def _table(place: Path, columns: list[str], *, empty: bool) -> Any:
    """Those columns of a file; a table without rows where it is `empty`, since every part is a gap."""
    parquet, pa = package("pyarrow.parquet"), package("pyarrow")
    if not empty:
        return parquet.read_table(place, columns=columns)
    kinds = {"variant": pa.int64(), "first": pa.date32(), "periods": pa.int64()} | dict.fromkeys(FIGURES, pa.float64())
    return pa.table({name: pa.array([], type=kinds.get(name, pa.string())) for name in columns})

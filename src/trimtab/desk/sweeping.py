"""A sweep as a job: cut into parts, spread over workers, counted as trials, kept as it goes, and read back as one table.

The job is what it depends on: the policy, the grid, the data, the code (one's own too), and the engine. Whoever does which
part, and however often it is ended and started again, the results are the same bytes, and every variant is counted once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Index
from trimtab.core.errors import TrimtabError
from trimtab.core.terms import MONTH
from trimtab.data.market import Market
from trimtab.desk.crew import Crew
from trimtab.desk.grid import Grid
from trimtab.desk.jobs import carry_out
from trimtab.desk.parts_store import Job, opened, whole_parts
from trimtab.desk.policy import Policy
from trimtab.desk.practice import Loader
from trimtab.desk.prepare import check_market, load_market, until
from trimtab.desk.shipping import ship
from trimtab.desk.sweep import sweep
from trimtab.desk.sweep_columns import Work, check_axes
from trimtab.desk.sweep_counting import CountedParts
from trimtab.desk.sweep_cutting import cut
from trimtab.desk.sweep_inputs import inputs
from trimtab.desk.sweep_result import SweepResult
from trimtab.desk.trials import Registry
from trimtab.desk.variants import Variants
from trimtab.desk.version import code_version
from trimtab.desk.workers import Progress
from trimtab.numerics.lanes_running import Engine, chosen

FOLDER, DATA = "sweeps", ".data"
_SMALL = 2e7  # variants times sessions that numpy is through with before numba is imported
_FEW = 64  # variants that are over before much could be timed
_PROBE = 16  # variants that are timed before the start


@dataclass(frozen=True, slots=True, eq=False)
class SweepPlan:
    """A sweep before it starts: nothing has been run or written. `need` is bytes that a worker takes for a part."""

    policy: Policy
    variants: Variants
    market: Market
    parts: tuple[Index, ...]
    need: int
    engine: Engine
    job: Job
    workspace: Path

    @property
    def folder(self) -> Path:
        """Where the parts and results lie."""
        return self.workspace / FOLDER / self.job.digest[:32]

    @property
    def registry(self) -> Registry:
        """The registry that counts it."""
        return Registry(self.workspace)

    @property
    def kept(self) -> int:
        """How many parts lie there from a run before, and are whole."""
        return len(whole_parts(self.folder, self.job))

    def seconds(self, crew: Crew) -> float:
        """About how long it takes, from a few variants that are run here: the work of a part that does not depend on its
        size, and of each variant. A single small part takes about as long as one variant, but where each goes by itself.
        """
        kept = whole_parts(self.folder, self.job)
        todo = [part for index, part in enumerate(self.parts) if index not in kept]
        if not todo:
            return 0.0
        few, taxed = todo[0][:_PROBE], self.policy.tax is not None and self.policy.tax.bites
        first = self._timed(few[:1])  # with what is read once
        if len(self.variants) <= _FEW:
            return first * (sum(map(len, todo)) if taxed else len(todo))
        one, all_of_them = self._timed(few[:1]), self._timed(few)
        each = max(all_of_them - one, 0.0) / max(len(few) - 1, 1)
        return (len(todo) * one + each * sum(map(len, todo))) / max(min(crew.count or 1, len(todo)), 1)

    def _timed(self, numbers: Index) -> float:
        began = time.perf_counter()
        sweep(self.variants, self.market, numbers, engine=self.engine)
        return time.perf_counter() - began


def plan(
    policy: Policy,
    grid: Grid,
    workspace: Path,
    *,
    market: Market | None = None,
    engine: Engine = Engine.AUTO,
    load: Loader = load_market,
) -> SweepPlan:
    """Read the variants and the data, and cut the work. Raises UsageError, PolicyError or DataError where it cannot be run.

    `market` replaces the policy's own data; else `load` gives them, as far as they are known.
    """
    check_axes(grid)
    variants = Variants.of(policy, grid)
    series = _series(variants, policy)
    market = load(replace(policy, series=series)) if market is None else market
    market = until(market, policy.horizon.end)
    check_market(policy, market)
    parts, need = cut(variants, policy, market)
    described = _description(policy, grid, market) | inputs(variants)
    engine = _engine(engine, described, len(parts), workspace, float(len(grid)) * len(market.sessions))
    job = Job({**described, "engine": engine.value}, len(parts))
    return SweepPlan(policy, variants, market, tuple(parts), need, engine, job, workspace)


def carry_out_sweep(planned: SweepPlan, crew: Crew, *, data_at: str = "", progress: Progress | None = None) -> SweepResult:
    """Do the parts that are missing, and read all of it back. `data_at` is a folder or store that every worker can read.

    Ctrl-C leaves what is finished. Raises as `workers.spread`, `parts_store.opened` and `Registry.append` do.
    """
    crew.afford(0 if crew.in_process else planned.need)
    market, job = planned.market, planned.job
    root = planned.workspace / FOLDER
    with opened(root, job) as store:
        counted = CountedParts(
            store.folder,
            job,
            store.finished,
            registry=planned.registry,
            name=planned.policy.name,
            data=str(job.what["data"]),
            months=len(job.what["months"]),
            per_year=int(job.what["periods_per_year"]),
            variants=planned.variants,
        )
        shared: Any = market
        if counted.missing and not crew.in_process:
            shared = ship(market, data_at or root / DATA)
        work = Work.of(planned.variants, planned.engine)
        carry_out(work, planned.parts, store=counted, crew=crew, shared=shared, progress=progress)
    return SweepResult.read(store.folder)


def _series(variants: Variants, policy: Policy) -> tuple[str, ...]:
    """What any variant reads. Raises what the values of an axis raise where none of them can be read."""
    names = dict.fromkeys(policy.series)
    shape = variants.grid.shape
    for place in range(len(shape)):
        errors = []
        for at in range(shape[place]):
            index = [0] * len(shape)
            index[place] = at
            try:
                names |= dict.fromkeys(variants.policy(int(np.ravel_multi_index(index, shape))).series)
            except TrimtabError as error:
                errors.append(error)
        if len(errors) == shape[place]:
            raise errors[0]
    return tuple(names)


def _description(policy: Policy, grid: Grid, market: Market) -> dict[str, Any]:
    """What the results depend on, and what they are read with."""
    return {
        "kind": "sweep",
        "policy": policy.sha256,
        "name": policy.name,
        "grid": grid.text,
        "data": _seen(policy, market),
        "code": code_version(),
        "months": [str(when) for when in market.sessions[market.ends(MONTH)].astype("datetime64[D]")],
        "periods_per_year": market.per_year,
    }


def _seen(policy: Policy, market: Market) -> str:
    """The digest of the data as a backtest has it: the rates of taxes count."""
    table = getattr(policy.tax.regime, "table", None) if policy.tax is not None else None
    return market.digest if table is None else hashlib.sha256(f"{market.digest}|{table!r}".encode()).hexdigest()


def _engine(wanted: Engine, described: Mapping[str, Any], parts: int, workspace: Path, cells: float) -> Engine:
    """Decided once a job: one that was begun goes on with the engine it was begun with."""
    if wanted is Engine.AUTO:
        for engine in (Engine.NUMBA, Engine.NUMPY):
            digest = Job({**described, "engine": engine.value}, parts).digest
            if (workspace / FOLDER / digest[:32] / "job.json").exists():
                return engine
        if cells < _SMALL:
            return Engine.NUMPY
    return chosen(wanted, cells)

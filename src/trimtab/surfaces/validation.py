"""A validation as the Python interface hands it out: the lights as a table, the surface, the paths and the starts in pandas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.errors import ParameterError
from trimtab.desk.counting_variants import counted_once
from trimtab.desk.damaged_sweeps import damage_words
from trimtab.desk.grid import Grid
from trimtab.desk.result import Result
from trimtab.desk.swept_before import swept_before
from trimtab.desk.validating import validate
from trimtab.desk.validation import Validation, keep
from trimtab.desk.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Validated:
    """Whether a backtest is to be believed. `found` holds the values; the properties speak pandas. `run` is its hash.

    `notes` say what could not be looked at: sweeps of before whose results are damaged.
    """

    found: Validation
    result: Result
    rivals: tuple[Result, ...] = ()
    run: str = ""
    notes: tuple[str, ...] = ()

    @property
    def ruling(self) -> str:
        """`holds`, `not shown` or `overfitted`."""
        return self.found.ruling.value

    @property
    def words(self) -> str:
        """The ruling in sentences."""
        return self.found.words

    @property
    def checks(self) -> pd.DataFrame:
        """By check: `light` (PASS, WARN, FAIL, UNKNOWN), `value`, `threshold` and `words`; NaN where there is no answer."""
        import pandas as pd

        rows = [(one.name, one.light.value, one.value, one.threshold, one.words) for one in self.found.checks]
        return pd.DataFrame(rows, columns=["check", "light", "value", "threshold", "words"]).set_index("check")

    @property
    def surface(self) -> pd.Series[float]:
        """Sharpe ratio over the benchmark a year by the parameters of the surface; empty where nothing could be varied."""
        import pandas as pd

        surface = self.found.ground.surface
        if surface is None:
            return pd.Series(dtype=float, name="sharpe")
        index = pd.MultiIndex.from_product(surface.axes, names=surface.names)
        return pd.Series(surface.metric.ravel(), index=index, name="sharpe")

    @property
    def paths(self) -> pd.Series[float]:
        """Sharpe ratio over the benchmark a year of each path of combinatorial purged cross-validation, rising."""
        import pandas as pd

        return pd.Series(self.found.paths, name="sharpe")

    @property
    def starts(self) -> pd.Series[float]:
        """Growth a year to the end by the first day."""
        import pandas as pd

        index = pd.DatetimeIndex(list(self.found.starts), name="first")
        return pd.Series(list(self.found.starts.values()), index=index, name="cagr")

    def report(self, path: str | Path) -> Path:
        """Write the report with its section on validation and return its path."""
        from trimtab.surfaces.report.page import write_report
        from trimtab.surfaces.report.study import study

        return write_report(replace(study(self.result, self.rivals), validation=self.found), path)


def validated(
    result: Result, rivals: tuple[Result, ...], folder: Workspace, *, grid: Grid | None = None, seed: int = 1
) -> Validated:
    """Validate a backtest in a workspace: its variants are counted as trials, the result is kept beside the run.

    Without a grid, or with one without an axis, the variants are those of a sweep of before, else neighbours. Raises
    ParameterError, before anything is counted, for a seed that is no whole number from 0 on.
    """
    drawn = require_seed(seed)
    counted, run = counted_once(folder, result)
    given = grid if grid is not None and grid.axes else None
    around = given or swept_before(folder.folder, counted)
    damaged = () if given else damage_words(folder.folder, counted)
    found = validate(counted, around=around, registry=folder.registry, seed=drawn)
    counted = folder.counted(counted)
    folder.note(counted, run)
    keep(found, folder.path(run))
    return Validated(found, counted, rivals, run, damaged)


def require_seed(seed: Any) -> int:
    """The seed, a whole number from 0 on (of numpy too). Raises ParameterError where it is none; true is no number."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed is {seed!r}", field="seed", remedy="Give a whole number from 0 on, such as 1.")
    return int(seed)

"""A sweep beside its benchmark and its number: what the best is worth, what the middle came to, who beat the bar."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.calendar import plain_date
from trimtab.core.errors import TrimtabError
from trimtab.desk.backtest import backtest
from trimtab.desk.deflating import Deflated
from trimtab.desk.rivals import static
from trimtab.desk.summary import summary
from trimtab.desk.sweep_columns import text_of
from trimtab.desk.sweep_result import SweepResult
from trimtab.desk.sweeping import SweepPlan
from trimtab.desk.swept import FIGURES
from trimtab.desk.trials import Count

MEDIANS = ("cagr", "volatility", "sharpe", "max_drawdown", "turnover_per_year", "cost_per_year")


@dataclass(frozen=True, slots=True)
class SweepReview:
    """`benchmark` holds the key figures of the static benchmark over the longest span of any variant, empty where it cannot
    be run; `beats` is the share of variants that grew more than it over their own months.
    """

    plan: SweepPlan
    result: SweepResult
    count: Count
    left: Deflated
    benchmark: dict[str, Any]
    beats: float

    def rows(self, number: int) -> Iterator[dict[str, Any]]:
        """The best variants as plain values: number, point of the grid, figures, hash."""
        for row in self.result.ranking[:number].tolist():
            point = {name: values[row] for name, values in self.result.points.items()}
            figures = {name: plain(float(self.result.figures[name][row])) for name in FIGURES}
            told = {"variant": int(self.result.numbers[row]), "point": point, "policy_sha256": self.result.policies[row]}
            yield told | figures | {"engine": self.result.engines[row]}

    @property
    def engine(self) -> str:
        """What worked the variants out, as their rows say: several with commas between; empty where none could be run."""
        return ", ".join(sorted({name for name in self.result.engines if name}))

    @property
    def medians(self) -> dict[str, float]:
        """Of the variants that have the figure; NaN where none has."""
        known = {name: self.result.figures[name][np.isfinite(self.result.figures[name])] for name in MEDIANS}
        return {name: float(np.median(values)) if len(values) else math.nan for name, values in known.items()}

    def document(self, number: int) -> dict[str, Any]:
        """All of it, with the best `number`, in plain values."""
        result, count = self.result, self.count
        return {
            "name": self.plan.policy.name,
            "job": self.plan.job.digest,
            "engine": self.engine,
            "variants": len(self.plan.variants),
            "run": len(result),
            "failed": [{"variant": variant, "why": why} for variant, why in sorted(result.failed.items())],
            "gaps": [{"part": part, "why": why} for part, why in sorted(result.gaps.items())],
            "trials": count.total,
            "distinct_trials": count.distinct,
            "effective_trials": count.effective,
            "deflated_sharpe": plain(self.left.probability),
            "deflated_target": plain(self.left.target),
            "deflated_words": self.left.words or None,
            "medians": {name: plain(value) for name, value in self.medians.items()},
            "benchmark": self.benchmark or None,
            "beats_benchmark": plain(self.beats),
            "top": list(self.rows(number)),
            "results": str(result.place) if len(result) else None,
        }


def review_sweep(planned: SweepPlan, result: SweepResult) -> SweepReview:
    """Deflate the best, and run the static benchmark beside it, which is no trial."""
    count = planned.registry.count()
    left = result.deflated(count.at(result.periods_per_year))
    wealth, benchmark = _benchmark(planned, result)
    return SweepReview(planned, result, count, left, benchmark, result.beats(wealth))


def point_words(result: SweepResult, row: int) -> str:
    """What a variant was given: `signals.trend.window=8M`."""
    return ", ".join(f"{name}={text_of(values[row])}" for name, values in result.points.items()) or "as written"


def plain(value: float) -> float | None:
    """A number, or None where there is none."""
    return value if math.isfinite(value) else None


def _benchmark(planned: SweepPlan, result: SweepResult) -> tuple[Array, dict[str, Any]]:
    """Wealth (M,) of the static benchmark at the ends of months from the first decision of any variant, and its figures."""
    wealth, began = np.full(len(result.dates), np.nan), result.first[~np.isnat(result.first)]
    if not len(began):
        return wealth, {}
    try:
        held = backtest(static(planned.policy).with_horizon(start=plain_date(began.min())), planned.market)
    except TrimtabError:  # a benchmark that cannot be run is no bar
        return wealth, {}
    at = np.searchsorted(held.dates, result.dates)
    shown = (at < len(held.dates)) & (result.dates >= held.dates[0])
    wealth[shown] = held.wealth[at[shown]]
    return wealth, summary(held)

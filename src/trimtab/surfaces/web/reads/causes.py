"""Where the profit of two runs came from, over the days that both have: each one's benchmark, then its causes, side by side."""

from __future__ import annotations

from typing import Any

from trimtab.surfaces.serving.verbs import Served
from trimtab.surfaces.web.reads.performing import attribution

Plain = dict[str, Any]


def causes_beside(served: Served, runs: tuple[str, str], span: tuple[str, str]) -> Plain:
    """A row a cause with what it brought either run, and what they add up to; a cause that one run has not is None there."""
    told = [attribution(served, run, "signal", span) for run in runs]
    refused = [f"{run}: {one['refused']}" for run, one in zip(runs, told, strict=True) if "refused" in one]
    if refused:
        return {"refused": " ".join(refused), "causes": [], "together": []}
    effects = [{str(one["title"]): float(one["effect"]) for one in each["causes"]} for each in told]
    rows = [_row("Benchmark", *(float(one["benchmark"]) for one in told))]
    rows += [_row(cause, effects[0].get(cause), effects[1].get(cause)) for cause in dict.fromkeys([*effects[0], *effects[1]])]
    together = [_row("All together", *(float(one["portfolio"]) for one in told))]
    return {"refused": "", "causes": rows, "together": together, "spans": [f"{one['from']} to {one['to']}" for one in told]}


def _row(cause: str, one: float | None, other: float | None) -> Plain:
    return {"cause": cause, "one": one, "other": other, "difference": (other or 0.0) - (one or 0.0)}

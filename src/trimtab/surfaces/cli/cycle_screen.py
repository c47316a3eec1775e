"""The full-cycle review on the screen: years, cycle, the fan of before launch, the odds, the evidence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trimtab.desk.change_requests import UNDER_WAY
from trimtab.desk.full_cycle import FullCycle
from trimtab.surfaces.cli.tables import percent
from trimtab.surfaces.cli.wrapping import wrapped


def cycle_lines(found: FullCycle) -> Iterator[str]:
    """What was earned over 3 and 5 years and a cycle, beside the benchmark, and what was to be expected."""
    yield from wrapped(f"A full cycle is over: once this review was held, parameters are open for {UNDER_WAY} days.")
    yield f" {'percent':<22}{'account':>9}{'benchmark':>11}{'ahead':>8}{'deepest fall':>14}{'benchmark':>11}"
    for one in found.spans:
        if one.why:
            yield from wrapped(f"{one.name}: not told, {one.why}")
            continue
        yearly = np.isfinite(one.mine_a_year)
        mine, theirs = (one.mine_a_year, one.theirs_a_year) if yearly else (one.mine, one.theirs)
        name = f"{one.name}{', a year' if yearly else ''}"
        figures = f"{percent(mine, 9)}{percent(theirs, 11)}{percent(one.ahead, 8, signed=True)}"
        yield f" {name:<22}{figures}{percent(one.fall, 14)}{percent(one.benchmark_fall, 11)}"
        yield f"   {one.first} to {one.last}"
    if found.promise is not None:
        yield from wrapped(found.promise.standing.words)
    yield from wrapped(found.verdict)
    if found.lagging:
        odds = ", ".join(f"{100.0 * one:.0f} % after {years}" for years, one in found.lagging.items())
        yield from wrapped(f"Odds of being behind the benchmark, by years, as known before launch: {odds}.")
    yield from _evidence(found)


def _evidence(found: FullCycle) -> Iterator[str]:
    if found.validation is None:
        yield from wrapped("There is no validation of this policy: trimtab validate POLICY. Without one nothing is changed.")
        return
    yield from wrapped(f"validation: {found.validation.ruling.value}, {found.validation.trials} variants were tried")
    for check in found.evidence:
        value = "not known" if np.isnan(check.value) else f"{check.value:.3g}"
        yield from wrapped(f"{check.light.value} {check.name}: {value}. {check.words}", indent=4)

"""The screens of `sweep`: before it starts, and what came out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from trimtab.desk.crew import Crew, gib
from trimtab.desk.deflating import chance
from trimtab.desk.notes import notes
from trimtab.desk.plain_lanes import plain
from trimtab.desk.result import execution_words
from trimtab.desk.sweep_review import MEDIANS, SweepReview, point_words
from trimtab.desk.sweeping import SweepPlan
from trimtab.surfaces.cli.options import counted
from trimtab.surfaces.cli.tables import percent
from trimtab.surfaces.cli.wrapping import wrapped

NAME = 60  # letters of a point of the grid
_GIVEN = re.compile(r" \(with [^ ]+=.*?\)(?=\. |$)")  # what `Variants.policy` says a variant was given
_HEAD = f"{'return %/y':>11}{'vol %/y':>9}{'Sharpe':>8}{'drawdown %':>12}{'turnover %/y':>14}{'cost %/y':>10}"


def before(planned: SweepPlan, crew: Crew) -> Iterator[str]:
    """What is swept, on which data, at which prices, how many trials that makes, and how long it takes."""
    policy, market, grid = planned.policy, planned.market, planned.variants.grid
    span = f"{market.sessions[0]} to {market.sessions[-1]}"
    yield f" sweep of {policy.title}    policy {policy.sha256[:12]}    {len(market.assets)} assets, {span}"
    for axis in grid.axes:
        yield from wrapped(f"  {axis.name}: {counted(len(axis.values), 'value')}", indent=4)
    yield from wrapped(f"execution: {execution_words(policy, market)}")
    for note in notes(policy, market):
        yield from wrapped(f"! {note}")
    total, count = planned.registry.count().total, len(planned.variants)
    yield from wrapped(
        f"{counted(count, 'variant')}, each a trial that counts: {total:,} in this workspace so far. The best of "
        f"{count:,} is not what to expect of it: it was picked for its luck too."
    )
    yield from wrapped(_work(planned, crew))


def _work(planned: SweepPlan, crew: Crew) -> str:
    parts, kept = len(planned.parts), planned.kept
    done = f" ({kept} kept from before)" if kept else ""
    who = "this process"
    if not crew.in_process:
        who = f"{counted(crew.count, 'worker') if crew.count else 'all workers'} of {crew.backend.value}"
    time = f"about {lasting(planned.seconds(crew))}" if kept < parts else "nothing is left to do"
    return f"{counted(parts, 'part')}{done} in {who}, {gib(planned.need)} each at most, by {_engine(planned)}: {time}"


def _engine(planned: SweepPlan) -> str:
    """What works out the policy as it is written; a variant may need another."""
    tax = planned.policy.tax
    if tax is not None and tax.bites:
        return "ledger"
    return planned.engine.value if plain(planned.policy, planned.market) else "twin"


def lasting(seconds: float) -> str:
    """A length of time in one unit."""
    if seconds < 1.0:
        return "a second"
    for size, word in ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
        if seconds >= 2.0 * size:
            return counted(round(seconds / size), word)
    return counted(math.ceil(seconds), "second")


def results(review: SweepReview, top: int) -> Iterator[str]:
    """The best, the middle, the benchmark, and what the best is worth beside all trials; or that there are no results."""
    yield ""
    if review.result.idle:
        yield from wrapped("! No variant could be run: there is nothing to compare.")
    elif len(review.result):
        yield from _best(review, top)
    else:
        yield from wrapped("! No part was finished: there are no results, and no file of them was written.")
    yield from findings(review)


def _best(review: SweepReview, top: int) -> Iterator[str]:
    result, ranking = review.result, review.result.ranking[:top].tolist()
    names = [_short(point_words(result, row)) for row in ranking]
    width = max(map(len, ["static benchmark", *names]))
    yield f" {'best by Sharpe ratio':<{width + 9}}{_HEAD}"
    for row, name in zip(ranking, names, strict=True):
        figures = {key: float(values[row]) for key, values in result.figures.items()}
        yield f" {int(result.numbers[row]):>7}  {name:<{width}}{_figures(figures)}"
    yield f" {'median of all':<{width + 9}}{_figures(review.medians)}"
    if review.benchmark:
        known = {name: math.nan if review.benchmark[name] is None else review.benchmark[name] for name in MEDIANS}
        yield f" {'static benchmark':<{width + 9}}{_figures(known)}"
    yield ""


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME - 1]}~"


def findings(review: SweepReview) -> Iterator[str]:
    """Sentences: who beat the bar, what is left of the best, what failed."""
    result, count = review.result, review.count
    if not math.isnan(review.beats):
        yield from wrapped(f"{100.0 * review.beats:.0f} % of the variants grew more than the static benchmark, after costs.")
    if review.left.words:
        yield from wrapped(f"The best: {review.left.words}")
    if len(result) and not math.isnan(review.left.probability) and review.left.probability < 0.95:
        yield from wrapped(f"! {chance(review.left.probability)} is below 0.95: the best of so many may be luck alone.")
    different = f"{count.distinct:,} different, worth {count.effective:,.1f} independent ones"
    yield from wrapped(f"trials in this workspace: {count.total:,} ({different})")
    if count.missing.words:
        yield from wrapped(f"! {count.missing.words}")
    for why, number in _reasons(review).items():
        yield from wrapped(f"! {counted(number, 'variant')} without figures: {why}")
    for part, why in sorted(result.gaps.items()):
        yield from wrapped(f"! part {part} is missing: {why}. The same command tries it again.")


def _reasons(review: SweepReview) -> dict[str, int]:
    """The commonest reasons of failure, without what they were given."""
    found: dict[str, int] = {}
    for why in review.result.failed.values():
        reason = _GIVEN.sub("", why)
        found[reason] = found.get(reason, 0) + 1
    return dict(sorted(found.items(), key=lambda pair: -pair[1])[:5])


def _figures(values: dict[str, float]) -> str:
    cells = (
        percent(values["cagr"], 11),
        percent(values["volatility"], 9),
        f"{values['sharpe'] + 0.0:8.2f}",
        percent(values["max_drawdown"], 12),
        percent(values["turnover_per_year"], 14),
        percent(values["cost_per_year"], 10, 2),
    )
    return "".join(cells)

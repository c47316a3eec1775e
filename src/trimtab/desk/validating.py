"""`validate`: is a policy's result to be believed? All checks in order, and the ruling on them.

The neighbours are run and counted as trials before anything is judged, so that the judgement knows of them. What cannot be
asked of a policy is UNKNOWN with its reason, and never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from trimtab.desk.backtest import Progress
from trimtab.desk.calendar_checks import Calendar, calendar
from trimtab.desk.choosing_checks import Choice, choice
from trimtab.desk.counting_variants import count_variants
from trimtab.desk.evidence import Evidence, evidence
from trimtab.desk.grid import Grid
from trimtab.desk.ground_checks import ground, ground_check
from trimtab.desk.knowing_checks import lookahead, same_risk, timing
from trimtab.desk.luck_checks import Luck, luck, power, ruling_of
from trimtab.desk.neighbourhood import Neighbourhood, neighbourhood
from trimtab.desk.result import Result, Trials
from trimtab.desk.stress_checks import Stress
from trimtab.desk.sweep_result import SweepResult
from trimtab.desk.trials import Registry
from trimtab.desk.tried import month_rows, tried
from trimtab.desk.validation import Ground, Validation
from trimtab.desk.worth_over_benchmark import Beside, worth_over
from trimtab.validation.checks import Check, Light, Ruling

BESIDES = 11  # steps besides one for each parameter, or one for a grid


def validate(
    result: Result,
    *,
    around: Grid | tuple[Grid, SweepResult] | None = None,
    registry: Registry | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> Validation:
    """Validate the policy of a backtest on its market, among its variants over a grid, those of a sweep, or its neighbours.

    With a `registry` the variants are counted as trials, each once; without one only these count. Raises DataError for two
    years of months or less, UsageError for a grid that cannot be run and for a damaged registry.
    """
    wanted = neighbourhood(result.policy) if around is None else around
    steps = Steps(progress, BESIDES + (len(wanted.parameters) + 1 if isinstance(wanted, Neighbourhood) else 1))
    made = tried(result, wanted, told=steps)
    steps("benchmark")
    found = evidence(result, made, seed=seed)
    stress = Stress.of(found)
    stressed = tuple(stress.checks(steps))
    steps("trials")
    trials = _trials(found, stress, registry)
    asked = _asked(found, (trials, _over(found, stress, registry, trials)), stressed, steps)
    steps.finish()
    return _validation(found, asked)


@dataclass(slots=True)
class Steps:
    """Tells how far a validation is; the number of steps is an estimate that is never below those done."""

    progress: Progress | None
    total: int
    done: int = 0

    def __call__(self, _: str) -> None:
        """One more."""
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, max(self.total, self.done + 1))

    def finish(self) -> None:
        """All of them."""
        if self.progress is not None:
            self.progress(max(self.total, self.done), max(self.total, self.done))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What was asked, and what the pictures need of it."""

    choice: Choice
    luck: Luck
    calendar: Calendar
    ground: Ground
    checks: tuple[Check, ...] = field(repr=False)


def _asked(found: Evidence, trials: tuple[Trials, float], stressed: Sequence[Check], steps: Steps) -> _Asked:
    """Every check in the order in which they are read."""
    steps("choice")
    chosen, made = choice(found), ground(found)
    steps("luck")
    lucky = luck(found, *trials)
    steps("calendar")
    dated = calendar(found)
    steps("look-ahead")
    start, few, *parts = dated.checks
    days, often, costs, lag = stressed
    standing = ground_check(made, chosen_grid=found.tried.asked)
    checks = (
        *chosen.checks, *lucky.checks, standing, start, few, days, often, costs, lag, *parts,
        timing(found), lookahead(found), same_risk(found), power(found, lucky),
    )  # fmt: skip
    return _Asked(chosen, lucky, dated, made, checks)


def _trials(found: Evidence, stress: Stress, registry: Registry | None) -> Trials:
    """The trials of the workspace, those of this validation included; these alone where nobody counts."""
    if registry is None:
        count = len({*found.tried.hashes, *stress.tried.hashes})
        return Trials(count, count)
    count_variants(registry, found.result, (found.tried, stress.tried))
    return registry.count().at(found.result.periods_per_year)


def _over(found: Evidence, stress: Stress, registry: Registry | None, trials: Trials) -> float:
    """How many independent trials all are worth by their leads over the benchmark."""
    ends = found.result.market.sessions[month_rows(found.result.market)].astype("datetime64[M]").astype(int)
    every = (found.tried, stress.tried)
    own = {sha: (ends, wealth) for one in every for sha, wealth in zip(one.hashes, one.months, strict=True)}
    beside = Beside(found.dates.astype("datetime64[M]").astype(int), found.benchmark, found.rf)
    folder = None if registry is None else registry.folder
    return worth_over(beside, own, folder, distinct=trials.distinct, seed=found.seed)


def _validation(found: Evidence, asked: _Asked) -> Validation:
    ruling = ruling_of(asked.checks)
    starts = zip(asked.calendar.start_dates, asked.calendar.starts.cagr.tolist(), strict=True)
    return Validation(
        policy=found.result.policy.name,
        sha256=found.result.policy.sha256,
        data=found.result.seen_digest,
        first=str(found.dates[0]),
        last=str(found.dates[-1]),
        seed=found.seed,
        trials=asked.luck.total,
        effective=asked.luck.effective,
        ruling=ruling,
        words=_words(ruling, asked),
        checks=asked.checks,
        ground=asked.ground,
        paths=asked.choice.paths,
        starts={str(day): growth for day, growth in starts},
    )


def _words(ruling: Ruling, asked: _Asked) -> str:
    """The ruling, what made it, and how many lights there are of each colour."""
    failed = [check.name for check in asked.checks if check.light is Light.FAIL]
    many = f"{asked.luck.total:,} trials" if asked.luck.total > 1 else "one trial"
    said = {
        Ruling.HOLDS: f"The effect holds: luck among {many} does not explain it",
        Ruling.NOT_SHOWN: "An effect is not shown",
        Ruling.OVERFITTED: f"Overfitted: it is no better than the best of {many} by luck",
    }[ruling]
    because = f"; failed: {', '.join(failed)}" if failed else ""
    counts = [(light, sum(check.light is light for check in asked.checks)) for light in Light]
    lights = ", ".join(f"{count} {light.value}" for light, count in counts if count)
    return f"{said}{because}. {lights}."

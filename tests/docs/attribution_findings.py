"""What the page on why says of each policy, in sentences whose figures all come from the runs and their attributions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tests.desk.real_gallery import ran
from tests.docs.attribution_drawing import MINUS, signed
from tests.docs.policy_findings import percent, points
from trimtab.attribution.layers import Periods, whole
from trimtab.attribution.tactical import Attribution, Part, Row
from trimtab.desk import gallery
from trimtab.desk.attributing import attribute, periods_of, targets_of
from trimtab.desk.attribution_review import BELIEFS, GROUPS, AttributionReview, review_attribution
from trimtab.desk.health_review import review_health
from trimtab.desk.result import Result

SHOWN = ("gtaa-5", "trend-tilts", "core-satellite")
DECIDED = (*GROUPS["Beliefs"], *GROUPS["Limits"])  # what lies between the benchmark and the target
SURE = 1.96  # a t beyond it comes about by chance in one of twenty cases
MOVED, FELT = 0.02, 0.01  # weights: what counts as a trade, and as a difference from the benchmark


@dataclass(frozen=True, eq=False)
class Told:
    """One policy: its run, its attribution by signal and, told, what the assets made, and the targets with cash (N, A + 1)."""

    result: Result
    found: Attribution
    review: AttributionReview
    periods: Periods
    target: np.ndarray

    @property
    def active(self) -> np.ndarray:
        """(N, A + 1) by how much each target is above the benchmark, cash last."""
        return self.target - whole(self.periods.benchmark)

    @property
    def decided(self) -> np.ndarray:
        """(N,) what each decision brought by the target it set."""
        return sum_of(self.found, DECIDED)

    @property
    def largest(self) -> list[int]:
        """Numbers of the three decisions that brought or took most."""
        return np.argsort(-np.abs(self.decided), kind="stable")[:3].tolist()

    @property
    def names(self) -> list[str]:
        """What holds money, cash last."""
        return [*(asset.title for asset in self.result.assets), "bills"]

    @property
    def years(self) -> np.ndarray:
        """(N,) the calendar year in which each period ended."""
        return self.found.ends.astype("datetime64[Y]").astype(int) + 1970

    def a_year(self, *parts: Part) -> float:
        """What causes brought a year, linked."""
        return sum(cause.a_year for cause in self.review.causes if cause.part in parts)


@cache
def told(name: str) -> Told:
    """A policy of the gallery, on the shared data."""
    result = ran(name)
    found = attribute(result)
    return Told(result, found, review_attribution(result, found), periods_of(result), whole(targets_of(result)))


@cache
def sleeved(name: str) -> AttributionReview:
    """The same by sleeve."""
    return review_attribution(ran(name), attribute(ran(name), by_sleeve=True))


def sum_of(found: Attribution, parts: Iterable[Part]) -> np.ndarray:
    """(N,) effects of all rows of some parts."""
    return np.asarray(sum((row.by_period for row in found.rows if row.part in tuple(parts)), np.zeros(len(found.starts))))


def t_of(effects: np.ndarray) -> float:
    """Mean over its standard error, periods taken as independent; NaN where nothing varies."""
    spread = float(effects.std(ddof=1))
    return float(effects.mean()) / spread * len(effects) ** 0.5 if spread > 0.0 else float("nan")


def number(value: float, digits: int = 1) -> str:
    """With a true minus, and none before nought."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", MINUS)


def did(value: float) -> str:
    """Brought or cost."""
    return "brought" if value > 0.0 else "cost"


def listed(words: Sequence[str]) -> str:
    """One, two and three."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "none"


def title_of(name: str) -> str:
    """The finding that a section is headed with."""
    one = told(name)
    beliefs, limits = one.a_year(*BELIEFS), one.a_year(*GROUPS["Limits"])
    wait, ahead = -one.a_year(Part.LAG), one.found.total_a_year - one.found.benchmark_a_year
    head = gallery.named(name).title
    if name == "gtaa-5":
        than = "more" if wait > abs(beliefs) else "less"
        return f"{head}: its signal {did(beliefs)} {percent(abs(beliefs), 2)} a year, waiting for the open took {than}"
    if name == "trend-tilts":
        sure = max(abs(t_of(sum_of(one.found, GROUPS[group]))) for group in ("Beliefs", "Limits")) > SURE
        chance = "more than chance would do" if sure else "which chance could do"
        return f"{head}: signals {did(beliefs)} {percent(abs(beliefs), 2)} a year, limits {percent(limits, 2)}, {chance}"
    side = "ahead" if ahead > 0.0 else "behind"
    return f"{head}: {percent(abs(ahead), 2)} a year {side}, waiting for the open took {percent(wait, 2)}"


def opening(name: str) -> str:
    """The whole, and what compounding made of it."""
    one = told(name)
    found = one.found
    ahead, beliefs = found.total_a_year - found.benchmark_a_year, sum_of(found, BELIEFS)
    plain = float(beliefs.sum()) / found.years
    side = "more" if ahead > 0.0 else "less"
    sizes = {group.lower(): signed(one.a_year(*parts)) for group, parts in GROUPS.items()}
    sums = [f"{group} {size} %" for group, size in sizes.items() if size != "0.00"]
    start = float(found.values[0])
    money = f"{one.result.currency} {start:,.0f} became {start + float(found.gain):,.0f}."
    return (
        f"From {found.starts[0]} to {found.ends[-1]}, over {len(found.starts)} decisions, it made "
        f"{percent(found.total_a_year, 2)} a year, {points(abs(ahead), 2)} {side} than the benchmark's "
        f"{percent(found.benchmark_a_year, 2)}: {', '.join(sums)}. {money} Added up month by month, without compounding, "
        f"its beliefs brought {signed(plain)} % a year (t {number(t_of(beliefs))}), compounded "
        f"{signed(one.a_year(*BELIEFS))} %."
    )


def deed(name: str, n: int) -> str:
    """One decision: what it did, what it held against the benchmark, what the market did, what came of it."""
    one = told(name)
    effect, found = float(one.decided[n]), one.found
    fell = "lost" if found.benchmark[n] < 0.0 else "made"
    growth = one.periods.all_growth[n]
    rest = [f"{title} {number(100.0 * growth[k])} %" for k, title in enumerate(one.names)]
    return (
        f"**`{found.decisions[n]}` {did(effect)} {percent(abs(effect), 2)}.** {_traded(one, n)} {_held(one, n)} "
        f"Until {found.ends[n]} the benchmark {fell} {percent(abs(float(found.benchmark[n])))}: {', '.join(rest)}."
        f"{_shared(one, n)}"
    )


def _traded(one: Told, n: int) -> str:
    decision = one.result.decisions[n]
    moves, date = decision.target - decision.book.held, f"At the close of {decision.today.when} it"
    sold, bought = ([k for k in np.argsort(sign * moves) if sign * moves[k] < -MOVED] for sign in (1, -1))
    words = [f"to {verb} {_trade(some, one, n)}" for verb, some in (("sell", sold), ("buy", bought)) if some]
    return f"{date} decided {' and '.join(words)}." if words else f"{date} left all weights about as they were."


def _trade(which: Sequence[int], one: Told, n: int) -> str:
    held, target, names = one.result.decisions[n].book.held, one.target[n], one.names
    return listed(
        [f"all {names[k]}" if target[k] <= 0.0 else f"{names[k]} ({points(abs(target[k] - held[k]))})" for k in which]
    )


def _held(one: Told, n: int) -> str:
    active, target = one.active[n], one.target[n]
    none = [k for k in range(len(active)) if target[k] <= 0.0 and active[k] < -FELT]
    said = [f"no {one.names[k]}" for k in none]
    for word, sign in (("less", -1), ("more", 1)):
        some = [k for k in np.argsort(-sign * active) if sign * active[k] > FELT and k not in none]
        said += [f"{points(abs(float(active[k])))} {word} {one.names[k]}" for k in some]
    return f"Then it held, against the benchmark, {listed(said)}."


def _shared(one: Told, n: int) -> str:
    """Who brought how much of it, where more than one did."""
    rows = [row for row in one.found.rows if row.part in DECIDED and signed(float(row.by_period[n])) != "0.00"]
    if len(rows) < 2:
        return ""
    return f" It is made of {listed([f'{_short(row)} {signed(float(row.by_period[n]))} %' for row in rows])}."


def _short(row: Row) -> str:
    return row.title[0].lower() + row.title[1:]


def best_and_worst(name: str) -> str:
    """The calendar years in which it was furthest ahead and behind."""
    made = by_year(name)
    best, worst = (pick(made, key=lambda year: made[year][0] - made[year][1]) for pick in (max, min))
    said = []
    for verb, year, side in (("helped", best, "ahead"), ("hurt", worst, "behind")):
        own, other = made[year]
        gap = points(abs(own - other))
        said.append(f"{verb} most in {year} ({percent(own)} against the benchmark's {percent(other)}: {gap} {side})")
    ahead = sum(own > other for own, other in made.values())
    first = min(made)
    return f"It {listed(said)}. It was ahead in {ahead} of {len(made)} years ({first} counts from the end of June)."


def by_year(name: str) -> dict[int, tuple[float, float]]:
    """What portfolio and benchmark made in each calendar year."""
    one = told(name)
    found = one.found
    pairs = {}
    for year in np.unique(one.years).tolist():
        own, other = (float(np.prod(1.0 + made[one.years == year]) - 1.0) for made in (found.returns, found.benchmark))
        pairs[year] = (own, other)
    return pairs


def health(name: str) -> list[str]:
    """Two sentences on each signal: the one that sums up, and the one on decay."""
    found = review_health(told(name).result)
    return [re.sub(r"(?<=\s)-(?=\d)", MINUS, f"{signal.overall} {signal.sentences['decay']}") for signal in found]

"""What the page on why says of its three policies side by side: the wait, the costs, the beliefs, and how little is proven."""

from __future__ import annotations

from tests.docs.attribution_drawing import signed
from tests.docs.attribution_findings import SHOWN, SURE, Told, listed, number, sum_of, t_of, told
from tests.docs.policy_findings import percent
from trimtab.attribution.tactical import Part
from trimtab.desk import gallery
from trimtab.desk.attribution_review import BELIEFS, GROUPS

FALL = 2008
COLUMNS = ("policy", "ahead", "beliefs", "limits", "the wait", "costs", "t of beliefs", "t of limits", "t of the wait")


def table() -> str:
    """One row a policy: the causes, and the t of their effects by month."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---|" + "---:|" * (len(COLUMNS) - 1)]
    for name in SHOWN:
        one = told(name)
        causes = (BELIEFS, GROUPS["Limits"], (Part.LAG,), (Part.COSTS,))
        cells = [signed(one.found.total_a_year - one.found.benchmark_a_year), *(signed(one.a_year(*parts)) for parts in causes)]
        tested = [t_of(sum_of(one.found, parts)) for parts in causes[:3]]
        rows.append(f"| `{name}` | {' | '.join([*cells, *('–' if t != t else number(t) for t in tested)])} |")
    return "\n".join(rows)


def a_unit(one: Told) -> tuple[float, float]:
    """What waiting and trading took, as fractions of what was traded."""
    values = dict(zip(one.found.decisions, one.found.values.tolist(), strict=True))
    by_date = {decision[:10]: value for decision, value in values.items()}
    traded = sum(abs(float(fill.amount)) / by_date[fill.order[:10]] for fill in one.result.fills if fill.order[:10] in by_date)
    return tuple(-float(sum_of(one.found, (part,)).sum()) / traded for part in (Part.LAG, Part.COSTS))  # type: ignore[return-value]


def sentences() -> list[str]:
    """The findings, a paragraph each."""
    return [_wait(), _costs(), _beliefs(), _fall(), _proof()]


def _each(values: list[str]) -> str:
    return listed([f"{value} ({gallery.named(name).title})" for name, value in zip(SHOWN, values, strict=True)])


def _wait() -> str:
    ones = [told(name) for name in SHOWN]
    wait, paid = ([-one.a_year(part) for one in ones] for part in (Part.LAG, Part.COSTS))
    more = sum(a > b for a, b in zip(wait, paid, strict=True))
    every = "in each of the three" if more == len(SHOWN) else f"in {more} of the three"
    sizes = [f"{1e4 * a_unit(one)[0]:.0f}" for one in ones]
    return (
        f"**Waiting.** From the close that decides to the next open prices ran away from the trades: that took "
        f"{_each([percent(x, 2) for x in wait])} a year, {every} more than the trades themselves were charged. Of what was "
        f"traded it was {_each(sizes)} basis points. All of it is the nights at turns of the month; an account that deals on "
        f"other days has another figure. And an open is one print of one vendor: few could have dealt all of it there."
    )


def _costs() -> str:
    ones = [told(name) for name in SHOWN]
    taken = _each([percent(-one.a_year(Part.COSTS), 2) for one in ones])
    return f"**Costs.** They took {taken} a year at the flat rates of the files. They are the only row whose sign is certain."


def _beliefs() -> str:
    kept = [(name, cause) for name in SHOWN for cause in told(name).review.causes if cause.part in BELIEFS]
    said = [(cause.a_year > 0.0, f"{_short(cause.title)} of `{name}` ({signed(cause.a_year)} %)") for name, cause in kept]
    paid, lost = ([text for above, text in said if above is side] for side in (True, False))
    return (
        f"**Beliefs.** Compounded over the whole time these paid: {listed(paid)}. These cost: {listed(lost)}. The satellite "
        f"follows the signal of GTAA 5 with three tenths of the money, so the two are one experience, not two."
    )


def _fall() -> str:
    """The simple sums, with and without one year."""
    sums = {}
    for name in SHOWN:
        one = told(name)
        effects = sum_of(one.found, BELIEFS)
        sums[name] = (float(effects[one.years == FALL].sum()), float(effects[one.years != FALL].sum()))
    lost = [name for name in SHOWN if sums[name][1] < 0.0]
    who = "all three" if len(lost) == len(SHOWN) else f"{len(lost)} of the three"
    within, without = (_each([f"{number(100.0 * sums[name][k])} %" for name in SHOWN]) for k in (0, 1))
    return (
        f"**One year.** In {FALL} the beliefs brought {within}; in all other years together {without}, effects of months added "
        f"up. Leave that year out and the beliefs of {who} lost."
    )


def _proof() -> str:
    rows = [(name, row) for name in SHOWN for row in told(name).found.rows if row.part in (*BELIEFS, *GROUPS["Limits"])]
    ts = [(name, row, t_of(row.by_period)) for name, row in rows]
    sure = [f"{_short(row.title)} of `{name}` ({number(t, 2)})" for name, row, t in ts if abs(t) > SURE]
    whole = max(abs(t_of(told(name).found.returns - told(name).found.benchmark)) for name in SHOWN)
    beliefs = max(abs(t_of(sum_of(told(name).found, BELIEFS))) for name in SHOWN)
    beyond = f"Beyond it: {listed(sure)}." if sure else "None is beyond it."
    return (
        f"**Proof.** None of this is any. A t beyond {SURE} comes about by chance in one of twenty cases; the largest of the "
        f"three differences from the benchmark has {number(whole)}, the largest of the three beliefs {number(beliefs)}. "
        f"Of beliefs and limits there are {len(ts)} rows. {beyond} Had all {len(ts)} no meaning, and nothing to do with each "
        f"other, one or more would be beyond it in {percent(1.0 - 0.95 ** len(ts), 0)} of all cases."
    )


def _short(title: str) -> str:
    return title[0].lower() + title[1:]

"""What a reader has to know beside each table of causes: what its rows mean there. Figures come from the runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.docs.attribution_drawing import signed
from tests.docs.attribution_findings import did, listed, number, sleeved, sum_of, told
from tests.docs.policy_findings import percent
from trimtab.attribution.tactical import Part
from trimtab.desk.attribution_review import BELIEFS


def timing(name: str) -> list[str]:
    """A belief that stands for falls."""
    one = told(name)
    bills, down = float(one.target[:, -1].mean()), one.found.benchmark < 0.0
    fallen, risen = (float(one.decided[where].sum()) for where in (down, ~down))
    text = (
        f"{percent(bills, 0)} of the money stood in bills on average. In the {int(down.sum())} months in which the benchmark "
        f"fell, what the signal chose brought {number(100.0 * fallen)} % in all, in the {int((~down).sum())} others "
        f"{number(100.0 * risen)} %, effects of months added up."
    )
    return [text, *_money_and_time(name)]


def tilting(name: str) -> list[str]:
    """Votes and what limits made of them."""
    one = told(name)
    limits = next(row for row in one.found.rows if row.part is Part.LIMITS)
    bound = np.abs(limits.effects).sum(axis=1) > 1e-9
    together = float(np.corrcoef(sum_of(one.found, BELIEFS)[bound], limits.by_period[bound])[0, 1])
    text = (
        f"Three signals vote, so no one of them decides alone: each row is its share by the value of Shapley. Limits changed "
        f"the aim at {int(bound.sum())} of {len(bound)} decisions, and mostly worked "
        f"{'against' if together < 0.0 else 'along with'} the beliefs (correlation of the two by month {number(together, 2)}): "
        f"they keep a tilt small when it is right and when it is wrong. Which of the two weighed more in these years is what "
        f"their row says."
    )
    return [text, *_money_and_time(name)]


def blending(name: str) -> list[str]:
    """Drift, and what cannot be traded between the dates of the core."""
    causes = {cause.part: cause for cause in told(name).review.causes}
    said = []
    if Part.FRAMEWORK in causes:
        said.append("With the signal silent the core alone moves: it drifts between quarter-ends, which is the first row.")
    if Part.PACE in causes:
        first = causes[Part.PACE].deeds[0]
        said.append(
            f"The policy has neither turnover limits nor bands. Their row is here what comes of a sleeve that waits: a fund "
            f"that only the core holds is not traded until the core decides, and stands where the market left it, not quite "
            f"where it drifts on paper. After `{first.decision}` that {did(first.effect)} {percent(abs(first.effect), 2)}, the "
            f"most it ever did."
        )
    return [" ".join(said), *_money_and_time(name)]


def _money_and_time(name: str) -> list[str]:
    """Causes whose money and return differ in sign."""
    found = [cause for cause in told(name).review.causes if cause.a_year * float(cause.money) < 0.0]
    found = [cause for cause in found if signed(cause.a_year) != "0.00"]
    if not found:
        return []
    names = listed([f"{cause.title[0].lower()}{cause.title[1:]}" for cause in found])
    text = (
        f"Money and return of {names} {'have' if len(found) > 1 else 'has'} opposite signs. That is no mistake: money counts "
        f"each effect at what the portfolio was worth by then, so late months weigh more than early ones."
    )
    return [text]


def sleeves(name: str) -> list[str]:
    """What the rows of sleeves compare."""
    one = told(name)
    causes = {cause.name: cause for cause in sleeved(name).causes if cause.part is Part.SLEEVE}
    core, satellite = (signed(causes[sleeve].a_year) for sleeve in ("core", "satellite"))
    both = sum(cause.a_year for cause in causes.values())
    text = (
        f"Each sleeve stands against its share of the whole benchmark. The core ({core} %) holds US shares and US bonds alone: "
        f"its row is mostly what it leaves out, foreign shares, property and commodities. The satellite ({satellite} %) holds "
        f"those on purpose: its row has the same bet the other way round, and the timing. That bet cancels in the sum of the "
        f"two, {signed(both)} %; what timing did by itself stands in the table by signal, {signed(one.a_year(Part.SIGNAL))} %."
    )
    return [text]


REMARKS: dict[str, Callable[[str], list[str]]] = {
    "gtaa-5": timing,
    "trend-tilts": tilting,
    "core-satellite": blending,
    "sleeves": sleeves,
}

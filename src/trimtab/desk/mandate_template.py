"""A statement to fill in: every part with a word on what belongs there, or with the settings of an advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from trimtab.desk.advising import DAYS, LEVERAGE, TILTS, TURNOVER, Plan, standing, target_of, weights_of
from trimtab.desk.policy_sheet import flow, written
from trimtab.governance.constraints import Bound, Constraint, Each
from trimtab.governance.decision_table import TABLE
from trimtab.governance.yardstick import Yardstick

TEMPLATE = """\
# An investment policy statement: what is said in words is for people, what is a number becomes a rule. The parts are those of
# CFA Institute, Elements of an Investment Policy Statement for Individual Investors (2010).
#   trimtab mandate show FILE          read it, or print it as a page
#   trimtab mandate check FILE POLICY  does a policy keep to it?
mandate: 1
name: {name}
title: Investment policy statement
version: "1"                      # another version is another document, with a hash and signatures of its own
effective_from: {first}

scope:
  who: {who}
  purpose: {purpose}
  accounts: []                    # of the book: [A07, B1]
  assets: {assets}

responsibilities:
  decides: {decides}
  approves: {approves}
  reviews: {reviews}
  four_eyes: {four_eyes}                # true: nobody approves an order that he asked for

objectives:
  benchmark: {benchmark}
  returns: {returns}
{risk}
  horizon: {horizon}
  liquidity: {liquidity}
  taxes: {taxes}

constraints:                      # limit: weight, least_weight, tilt, turnover, leverage or cash
{constraints}

risk_management:
{monitoring}
  review: {{every: 3M, full_cycle: 3Y}}            # of the process; of parameters, 3Y to 5Y
{overrides}
  changes: {{cooling_off: 10, extreme: 0.05}}      # days; return over the benchmark beyond which two sign

signatures: []                    # who has to sign: [{{name: anna, role: owner}}]
"""
PLAIN = {
    "name": "family",
    "who": "Write here whose money it is",
    "purpose": "Write here what it is for, and from when on it is needed",
    "assets": "Low-cost funds of shares, bonds and bills",
    "decides": "Write here who decides",
    "approves": "Write here who approves",
    "reviews": "Write here who reviews, and when",
    "returns": "That of the benchmark after all costs; more is a hope and no plan",
    "horizon": "Write here in how many years it is needed",
    "liquidity": "Write here what has to be paid out, and when",
    "taxes": "Write here how gains are taxed",
    "monitoring": "Once a month: what is held against what the policy calls for, and every breach of a limit",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What is filled in: benchmark and risk, limits with a comment each, size of overrides, and words for the plain ones."""

    benchmark: Mapping[str, float]
    yardstick: Yardstick
    limits: Sequence[tuple[Constraint, str]]
    overrides: float | None = None
    four_eyes: bool = True
    words: Mapping[str, str] = field(default_factory=dict)


BALANCED = Draft(
    {"US_EQ": 0.60, "CORP": 0.40},
    Yardstick(volatility=0.12, max_drawdown=0.35),
    (
        (Constraint(TILTS, Bound.TILT, 0.10), "each asset stays this close to its benchmark weight"),
        (Constraint(LEVERAGE, Bound.LEVERAGE, 1.0), "nothing is borrowed"),
        (Constraint("4.3", Bound.WEIGHT, 0.75, of=Each.CLASS), "no class is more than this"),
        (Constraint(TURNOVER, Bound.TURNOVER, 0.20), "one-way, of the portfolio"),
    ),
)


def template(today: date, plan: Plan | None = None) -> str:
    """The text of a mandate that holds from a date on: a balanced one, or that of an advice."""
    draft = BALANCED if plan is None else advised(plan)
    words = {key: flow(text) for key, text in {**PLAIN, **draft.words}.items()}
    words["monitoring"] = "\n".join(f"  {line}" for line in written("monitoring", {**PLAIN, **draft.words}["monitoring"]))
    return TEMPLATE.format(
        first=today,
        benchmark=flow(draft.benchmark),
        risk="\n".join(_risk(draft.yardstick)),
        constraints="\n".join(_limit(one, why) for one, why in draft.limits),
        overrides=_overrides(draft.overrides),
        four_eyes=f"{flow(draft.four_eyes):<5}",
        **words,
    )


def advised(plan: Plan) -> Draft:
    """What an advice comes to; four eyes and names are left to whoever signs."""
    advice, settings = plan.advice, plan.advice.settings
    answers = advice.answers
    borrowing = [] if settings.leverage is None else [(LEVERAGE, Bound.LEVERAGE, settings.leverage, answers.tolerance)]
    bounds = [
        (TILTS, Bound.TILT, settings.tilt, answers.horizon),
        *borrowing,
        (TURNOVER, Bound.TURNOVER, settings.turnover, answers.tax),
    ]
    volatility = plan.yardstick.volatility or (target_of(plan) if settings.volatility_target else None)
    words = {
        "name": plan.name,
        "horizon": f"The money is needed {answers.horizon.words}",
        "taxes": f"Taxed: {answers.tax.words}",
        "monitoring": "; ".join([PLAIN["monitoring"], *standing(advice)]),
    }
    return Draft(
        weights_of(plan),
        replace(plan.yardstick, volatility=volatility),
        [
            (Constraint(section, bound, float(number)), f"advice: {TABLE[one].setting}")
            for section, bound, number, one in bounds
        ],
        float(settings.tilt) if settings.overrides else None,
        four_eyes=False,
        words=words,
    )


def _limit(one: Constraint, why: str) -> str:
    entry = {"section": one.section, "limit": one.limit.value}
    entry |= {"of": one.of.value} if one.of is not Each.ASSET else {}
    text = f"  - {flow({**entry, 'at_most': one.number})}"
    return f"  # {why}\n{text}"


def _risk(yardstick: Yardstick) -> Iterator[str]:
    """The numbers that are known; those that are not stand there as a comment, to be filled in."""
    shown = {
        "volatility": "a year",
        "tracking_error": "a year, from the benchmark",
        "max_drawdown": "the fall that is tolerated",
    }
    for name, what in shown.items():
        value = getattr(yardstick, name)
        yield f"  {name}: {flow(value):<22} # {what}" if value is not None else f"  # {name}: 0.10      # {what}"


def _overrides(size: float | None) -> str:
    if size is None:
        return "  # overrides: {size: 0.05, days: 60}            # without this line there are none"
    return f"  overrides: {{size: {size}, days: {DAYS}}}            # of the portfolio, one-way; days that one may stand"

"""Every advice comes with a policy that loads, keeps the hard settings as rules, and runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import product, takewhile
from pathlib import Path

import numpy as np
import pytest

import trimtab
from tests.surfaces.cli.desk_folder import put
from trimtab.construction.limits import MaxLeverage, MaxTilt
from trimtab.construction.turnover import MaxTurnover, Period
from trimtab.construction.volatility_target import VolatilityTarget
from trimtab.core.errors import BreachError, UsageError
from trimtab.core.terms import Span
from trimtab.data.sources.folder import Folder
from trimtab.desk import gallery
from trimtab.desk.advice_policies import MOST, ON_FUNDS, ON_SAMPLES
from trimtab.desk.advising import (
    Plan,
    name_of_file,
    policy_of,
    require_series,
    source_written,
    standing,
    weights_of,
    written_policy,
)
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.yaml12 import parse
from trimtab.governance.answers import Answers, Capacity, Horizon, MarketView, TaxStatus, Tolerance
from trimtab.governance.answers import Success as SuccessAnswer
from trimtab.governance.checklist import advise
from trimtab.governance.decision_table import Approach
from trimtab.governance.yardstick import Yardstick

OPEN = [Answers(*row) for row in product(Horizon, Tolerance, Capacity, TaxStatus, MarketView, [SuccessAnswer.DEFINED])]
ON_PRICES = {"use": "folder", "path": "prices"}
BALANCED = Answers(
    Horizon.LONG, Tolerance.MEDIUM, Capacity.SMALL, TaxStatus.TAXABLE, MarketView.SYSTEMATIC, SuccessAnswer.DEFINED
)


@cache
def policies() -> tuple[tuple[Plan, Policy], ...]:
    """A policy for each of the 108 open rows, on samples and on prices of one's own; the same parameters are read once."""
    plans = [Plan(advise(answers), data=data) for answers in OPEN for data in (None, ON_PRICES)]
    return tuple((plan, read_once(parameters(written_policy(plan)))) for plan in plans)


def parameters(text: str) -> str:
    """The lines of a policy without comments and description, which are no part of it."""
    lines = [line.partition(" #")[0].rstrip() for line in text[text.index("trimtab: 1") :].splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("description:") and line not in folded(lines))


def folded(lines: list[str]) -> list[str]:
    """The lines of the description, where it goes over several."""
    if "description: >-" not in lines:
        return []
    first = lines.index("description: >-") + 1
    return list(takewhile(lambda line: line.startswith("  "), lines[first:]))


@cache
def read_once(text: str) -> Policy:
    return read_policy(parse(text, "policy"), source=text)


def limits(policy: Policy, kind: type) -> Iterator[object]:
    return (rule.limit for rule in policy.rules.rules if isinstance(rule.limit, kind))


# All open rows.


def test_there_is_a_beginning_for_every_approach() -> None:
    assert set(ON_SAMPLES) == set(ON_FUNDS) == set(Approach)
    assert {one.origin for one in ON_SAMPLES.values()} <= set(gallery.samples())
    assert {one.origin for one in ON_FUNDS.values()} <= set(gallery.shelf())


def test_every_open_row_keeps_its_hard_settings_as_rules() -> None:
    found = policies()
    assert len(found) == 216
    for plan, policy in found:
        settings = plan.advice.settings
        (tilt,), (turnover,) = limits(policy, MaxTilt), limits(policy, MaxTurnover)
        assert tilt.at_most <= float(settings.tilt)
        assert (turnover.at_most, turnover.per) == (float(settings.turnover), Period.QUARTER)
        borrowed = [one.at_most for one in limits(policy, MaxLeverage)]
        assert max(borrowed, default=1.0) <= float(settings.leverage or 1)
        assert bool(borrowed) == (settings.leverage is not None)
        assert len(policy.voices) <= min(1, settings.signals or 1)
        assert (policy.overrides is not None) == settings.overrides
        if policy.overrides is not None:
            assert policy.overrides.size <= settings.tilt
        assert policy.review is not None
        assert (policy.review.every, policy.review.full_cycle) == (Span(3), Span(36))
        assert policy.tax is None
        assert not policy.approval.four_eyes


def test_a_low_tolerance_has_a_volatility_target_around_all_it_does() -> None:
    for plan, policy in policies():
        targeted = isinstance(policy.allocator, VolatilityTarget)
        wanted = plan.advice.settings.volatility_target or plan.advice.approach is Approach.VOLATILITY_TARGET
        assert targeted == wanted
        if isinstance(policy.allocator, VolatilityTarget):
            assert policy.allocator.target == {"low": 0.08, "medium": 0.10, "high": 0.12}[plan.advice.answers.tolerance.value]
            assert policy.allocator.most == 1.0


def test_the_part_that_follows_an_approach_stays_within_the_tilt() -> None:
    """A sleeve that holds or leaves an asset of benchmark weight b moves it by share x b: at most the tilt."""
    for plan, policy in policies():
        blend = getattr(policy.allocator, "of", policy.allocator)
        if not hasattr(blend, "sleeves"):
            continue
        shares = blend.mix.shares
        part = next(share for name, share in shares.items() if name != "core")
        assert sum(shares.values()) == pytest.approx(1.0)
        assert 0.05 < part <= MOST
        assert part * float(policy.benchmark.max()) <= float(plan.advice.settings.tilt) + 1e-12


def test_every_line_that_comes_from_the_answers_says_so() -> None:
    for plan, _ in policies()[::5]:
        text = written_policy(plan)
        assert max(map(len, text.splitlines())) <= 140
        assert "no investment advice" in " ".join(text.replace("\n#", " ").split())
        lines = text.splitlines()
        for place, line in enumerate(lines):
            if line.startswith("  - limit:"):
                assert lines[place - 1].startswith("  # ")
        for answer in plan.advice.answers.plain().values():
            assert answer in text
        for sentence in (*standing(plan.advice), *plan.advice.conflicts):
            assert sentence.split()[0] in text
        assert "gallery" in text


def test_each_different_sample_policy_runs_and_keeps_its_tilt() -> None:
    different = {policy.sha256: (plan, policy) for plan, policy in policies() if plan.data is None}
    assert len(different) > 10
    for plan, policy in list(different.values()):
        first = policy.with_horizon(start=np.datetime64("2016-06-30").item(), end=np.datetime64("2018-06-29").item())
        run = trimtab.backtest(first, vs=())
        for decision in run.result.decisions:
            moved = np.abs(decision.target - policy.benchmark).max()
            assert moved <= float(plan.advice.settings.tilt) + 0.02  # within the tilt, but for the band of the reacher
            assert decision.target.sum() <= 1.0 + 1e-9


def test_an_approach_of_ones_own_choice_has_a_policy_too() -> None:
    for approach, data in product(Approach, (None, ON_PRICES)):
        plan = Plan(advise(BALANCED, wanted=approach), data=data)
        text = written_policy(plan)
        assert policy_of(plan).title == plan.beginning.title
        assert ("fits these answers better" in " ".join(text.split())) == (
            approach not in (Approach.STRATEGIC_TILT, Approach.STATIC)
        )


# What success is, the law, the data.


def test_the_benchmark_and_the_target_of_success_go_into_the_policy() -> None:
    calm = replace(BALANCED, tolerance=Tolerance.LOW)
    yardstick = Yardstick({"US_EQ": 0.3, "CORP": 0.7}, volatility=0.06, max_drawdown=0.2)
    policy = policy_of(Plan(advise(calm), yardstick))
    assert policy.benchmark.tolist() == [0.3, 0.7]
    assert isinstance(policy.allocator, VolatilityTarget)
    assert policy.allocator.target == 0.06
    text = " ".join(written_policy(Plan(advise(calm), yardstick)).split())
    assert "benchmark US_EQ 30%, CORP 70%; volatility of 6.0% a year; a fall of at most 20% is tolerated" in text
    assert "NOT WRITTEN DOWN YET" not in text
    assert "NOT WRITTEN DOWN YET: the fall that is tolerated" in " ".join(written_policy(Plan(advise(calm))).split())


def test_what_a_benchmark_leaves_is_said_to_be_cash_where_it_stands() -> None:
    plan = Plan(advise(BALANCED), Yardstick({"US_EQ": 0.6, "CORP": 0.3}))
    assert policy_of(plan).benchmark.sum() == pytest.approx(0.9)
    text = written_policy(plan)
    assert "benchmark: {US_EQ: 0.6, CORP: 0.3}   # advice: as success was defined; 10% are cash\n" in text
    assert "benchmark US_EQ 60%, CORP 30%, cash 10%" in " ".join(text.split())
    whole = written_policy(Plan(advise(BALANCED), Yardstick({"US_EQ": 0.6, "CORP": 0.4})))
    assert "are cash" not in whole
    assert "cash 0%" not in whole


def test_a_benchmark_of_other_assets_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"holds GOLD, which is no asset of trend-overlay. Its assets are US_EQ, CORP"):
        weights_of(Plan(advise(BALANCED), Yardstick({"GOLD": 1.0})))


def test_a_tax_law_is_written_only_where_it_is_asked_for() -> None:
    policy = policy_of(Plan(advise(BALANCED), law="us_federal"))
    assert policy.tax is not None
    assert "tax: {use: us_federal}" in written_policy(Plan(advise(BALANCED), law="us_federal"))


def test_nothing_is_written_before_success_is_defined() -> None:
    blocked = advise(replace(BALANCED, success=SuccessAnswer.UNDEFINED))
    with pytest.raises(BreachError, match="no start before benchmark, risk target and tolerated fall are written down"):
        written_policy(Plan(blocked))


def test_prices_of_ones_own_must_hold_what_the_policy_holds(tmp_path: Path) -> None:
    put(tmp_path)
    plan = Plan(advise(BALANCED), data=source_written(str(tmp_path / "prices"), tmp_path / "my.yaml"))
    assert plan.data == {"use": "folder", "path": "prices"}
    with pytest.raises(UsageError, match=r"has no prices of EFA, IEF, GLD, BIL, which trend-tilts holds or reads"):
        require_series(plan, str(tmp_path / "prices"))
    assert isinstance(policy_of(plan).data, Folder)
    assert source_written("", tmp_path / "my.yaml") is None
    assert name_of_file(tmp_path / "my.yaml") == "my"

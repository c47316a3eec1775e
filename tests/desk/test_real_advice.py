"""What an advice begins with, on real funds through 2008: it runs, is never blocked, and every target keeps every rule."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pytest

from tests.desk.real_gallery import market_of
from trimtab.core.rules import Rules
from trimtab.core.trades import Decision
from trimtab.desk.advising import Plan, policy_of
from trimtab.desk.backtest import backtest
from trimtab.execution.gate import book_from
from trimtab.governance.answers import Answers
from trimtab.governance.checklist import advise
from trimtab.governance.decision_table import Approach

ANSWERS = {"horizon": "medium", "capacity": "small", "tax": "advantaged", "view": "systematic", "success": "defined"}


def broken(rules: Rules, decision: Decision) -> tuple[str, ...]:
    """The rules that a target breaks, relaxed ones left out."""
    found = rules.breaches(decision.target, book_from(decision.reach.base, decision.book), tolerance=1e-6)
    return tuple(one.rule.id for one in found if one.rule.limit.kind.value not in decision.relaxed)


@pytest.mark.parametrize(("approach", "tolerance"), list(product(Approach, ("low", "high"))))
def test_a_beginning_runs_through_2008_within_its_rules(approach: Approach, tolerance: str) -> None:
    advice = advise(Answers.of({**ANSWERS, "tolerance": tolerance}), wanted=approach)
    policy = policy_of(Plan(advice, data={"use": "folder", "path": "prices"}))
    result = backtest(policy.with_horizon(end=date(2009, 6, 30)), market_of(policy))
    assert not result.blocked
    assert len(result.decisions) >= 8
    for decision in result.decisions:
        assert np.isfinite(decision.target).all()
        assert decision.target.sum() <= 1.0 + 1e-9
        assert broken(policy.rules, decision) == ()

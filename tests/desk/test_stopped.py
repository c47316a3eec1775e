"""What stops a decision, in words: what overrides take from where it is not, and the cash that is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk.override_worlds import UNTIL, overrides, overriding_desk
from trimtab.desk.month_steps import proposed_step
from trimtab.desk.override_words import moved_lines, unpaid_lines
from trimtab.desk.proposing import Fate


@pytest.mark.parametrize(
    ("shifts", "fate", "said"),
    [
        ({"SPY": "0.08", "GLD": "-0.1"}, Fate.PROPOSED, []),
        (
            {"SPY": "0.14", "GLD": "-0.14"},
            Fate.PROPOSED,
            ["O-1 takes 14.00% from GLD, where there is 10.00% to take: cash pays for the other 4.00%"],
        ),
        (
            {"SPY": "0.25", "GLD": "-0.25"},
            Fate.BLOCKED,
            [
                "O-1 takes 25.00% from GLD, where there is 10.00% to take: cash pays for the other 15.00%",
                "with O-1 cash comes to -5.00%",
            ],
        ),
        ({"SPY": "0.11"}, Fate.BLOCKED, ["with O-1 cash comes to -1.00%"]),
    ],
)
def test_what_an_override_takes_from_where_it_is_not_is_told_with_the_cash_that_is_missing(
    tmp_path: Path, shifts: dict[str, str], fate: Fate, said: list[str]
) -> None:
    """50 % SPY, 30 % TLT, 10 % GLD, 10 % cash. The step of the month says what the lines of the proposal say."""
    with overriding_desk(tmp_path, overrides={"size": 0.3, "days": 90}) as one:
        overrides(one, **shifts)
        (made,) = one.proposes("A")
        found = made.rebalance
        assert made.fate is fate
        assert list(unpaid_lines(one.policy, found.decision, found.applied)) == said
        assert list(moved_lines(one.policy, found.decision, found.applied))[2:] == said
        if fate is Fate.BLOCKED:
            rule = "a rule stops it: the target of 2026-11-02 sells short or borrows more than the rules allow"
            assert proposed_step(made).said == "; ".join([rule, *said])


def test_a_shift_on_what_is_held_back_or_given_by_another_is_no_shift_that_lacks(tmp_path: Path) -> None:
    """O-1 takes 14 % of the 10 % of GLD, O-2 gives 6 %: together 8 % are there to be taken. Then O-3 holds all of it."""
    with overriding_desk(tmp_path, overrides={"size": 0.5, "days": 90}) as one:
        overrides(one, GLD="-0.14")
        overrides(one, GLD="0.06")
        for holds in ((), ("GLD",)):
            if holds:
                overrides(one, UNTIL, holds)
            found = one.rebalances("A")[0]
            assert found.applied is not None
            assert list(unpaid_lines(one.policy, found.decision, found.applied)) == []

"""The list of tools: what it is, and what it can never be."""

from dataclasses import replace

import pytest

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.mcp.offered import PROPOSE, Tool, offered, tool_name
from trimtab.surfaces.serving.operations import OPERATIONS, Kind, operation

WANTED = {
    *("status", "signals", "why", "drift", "rebalance", "what_if", "orders_list", "book_list", "book_show", "book_lots"),
    *("policy_check", "policy_show", "policy_diff", "policy_status", "overrides", "adherence", "data_status", "gallery"),
    *("trials_list", "backtest", "metrics"),
}


def test_the_list_is_the_one_that_is_written_here():
    assert {one.name for one in offered()} == WANTED
    assert {one.name for one in offered(propose=True)} == WANTED | {PROPOSE}


def test_no_operation_that_changes_or_decides_can_be_made_a_tool():
    """Of the whole table, what may be a tool looks or tries things out; anything else is refused where it is made."""
    for one in OPERATIONS:
        harmless = one.kind is not Kind.WRITE and one.right in (Right.READ, Right.RESEARCH)
        for name in (tool_name(one.verb), PROPOSE):
            if harmless:
                assert not Tool(name, one).writes
            else:
                with pytest.raises(ValueError, match="is no tool of an assistant"):
                    Tool(name, one)


def test_a_proposal_makes_nothing_give_way_and_is_always_a_proposal():
    (made,) = (one for one in offered(propose=True) if one.writes)
    assert (made.name, made.operation.verb, dict(made.operation.fixed)) == (PROPOSE, "rebalance", {"commit": True})
    assert made.operation.options == ("policy", "account", "household", "all")
    with pytest.raises(ValueError, match="is no tool"):
        Tool(PROPOSE, operation("POST", "rebalance"))  # with `supersede`
    with pytest.raises(ValueError, match="is no tool"):
        Tool(PROPOSE, replace(made.operation, fixed={}))


def test_a_backtest_says_that_it_counts():
    (found,) = (one for one in offered() if one.name == "backtest")
    assert "counts as a trial" in found.words


def test_every_tool_says_what_it_is_for_and_every_option_what_it_does():
    for one in offered(propose=True):
        assert len(one.words) > 15, one.name
        assert "--" not in one.words, one.name
        for name, option in one.schema["properties"].items():
            assert option.get("description"), f"{one.name} {name}"
            assert "title" not in option

"""What stops a decision, in words: rules by their names, what is always checked in a sentence, and what overrides lack."""

from __future__ import annotations

from trimtab.desk.override_words import unpaid_lines
from trimtab.desk.rebalancing import Rebalance
from trimtab.execution.judgement import ALWAYS


def stopped_words(one: Rebalance) -> str:
    """All that stands in the way of a rebalance, each once."""
    rules = [stop.words if stop.source == ALWAYS else f"{stop.rule} {stop.source}".strip() for stop in one.judgement.blocks]
    unpaid = () if one.applied is None else unpaid_lines(one.outlook.policy, one.decision, one.applied)
    return "; ".join(dict.fromkeys((*rules, *unpaid)))

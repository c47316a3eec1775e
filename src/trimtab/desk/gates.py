"""The gate of a policy: its rules, what it may borrow, and its checks of orders. There is one, on every path."""

from __future__ import annotations

from trimtab.desk.policy import Policy
from trimtab.desk.version import code_version
from trimtab.execution.controls import DEFAULTS
from trimtab.execution.gate import Gate


def gate_of(policy: Policy) -> Gate:
    """The gate that every order under the policy passes."""
    controls = DEFAULTS if policy.controls is None else policy.controls
    return Gate(policy.rules, borrow_of(policy), controls, code_version())


def borrow_of(policy: Policy) -> float:
    """The fraction of net asset value that the rules of a policy let an account borrow."""
    return max(0.0, -float(policy.rules.essential.low_cash))

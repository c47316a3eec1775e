"""Errors: one tree, one line each, and the exit code that the command line promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.core import errors
from trimtab.core.errors import (
    ApprovalRequired,
    BreachError,
    DataError,
    Halted,
    InvariantError,
    ParameterError,
    PolicyError,
    TrimtabError,
    UsageError,
)

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TrimtabError)]
JOINERS = dict.fromkeys((0x200C, 0x200D))  # some alphabets are not written without them, and they move nothing


@given(st.sampled_from(KINDS), st.text(min_size=1), st.text())
def test_every_error_is_one_line(kind: type[TrimtabError], what: str, remedy: str) -> None:
    line = str(kind(what, remedy=remedy))
    assert len(line.splitlines()) == 1
    assert line.translate(JOINERS).isprintable()  # a name out of a file does not move the cursor


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (TrimtabError, 1),
        (InvariantError, 1),
        (UsageError, 2),
        (PolicyError, 2),
        (ParameterError, 2),
        (BreachError, 3),
        (DataError, 4),
        (ApprovalRequired, 5),
        (Halted, 6),
    ],
)
def test_exit_codes_are_those_of_the_command_line(kind: type[TrimtabError], code: int) -> None:
    assert kind.exit_code == code


def test_codes_are_stable_and_distinct() -> None:
    own = [kind.code for kind in KINDS if "code" in vars(kind)]
    assert len(set(own)) == len(own)
    assert all(code.startswith("TT-") and code[7:].isdigit() for code in own)
    assert UsageError("x", code="TT-USE-007").code == "TT-USE-007"


def test_place_what_and_remedy_stand_in_this_order() -> None:
    error = PolicyError("max_weight is 60,\n  above 1.0", where="policy.yaml:14:9", remedy="Did you mean 0.60?")
    assert str(error) == "policy.yaml:14:9 max_weight is 60, above 1.0. Did you mean 0.60?"
    assert str(UsageError("no run yet.")) == "no run yet."


def test_a_parameter_error_is_a_value_error_and_names_its_field() -> None:
    error = ParameterError("window is 0", field="window")
    assert isinstance(error, ValueError)
    assert isinstance(error, PolicyError)
    assert error.field == "window"

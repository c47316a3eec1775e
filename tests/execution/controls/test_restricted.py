"""A restricted list, by assets and classes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.execution.controls.control_words import line, moment
from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset
from trimtab.execution.controls.restricted import RestrictedList

UNIVERSE = (Asset("SPY", "spy", "equity"), Asset("TLT", "tlt", "bonds"), Asset("EEM", "eem", "equity"))


def test_neither_what_is_named_nor_what_is_of_a_named_class_is_traded() -> None:
    lines = [line("1"), line("-1", asset=1), line("-1", asset=2)]
    assert RestrictedList(("TLT",), UNIVERSE).values(lines, moment()) == [Decimal(0), Decimal(1), Decimal(0)]
    assert RestrictedList(("equity",), UNIVERSE).values(lines, moment()) == [Decimal(1), Decimal(0), Decimal(1)]


def test_before_the_universe_is_known_nothing_passes() -> None:
    assert RestrictedList(("TLT",)).values([line()], moment()) == [None]


def test_names_are_checked() -> None:
    with pytest.raises(ParameterError, match="the list is empty"):
        RestrictedList(())
    with pytest.raises(ParameterError, match="has an empty name"):
        RestrictedList(("TLT", " "), UNIVERSE)
    with pytest.raises(ParameterError, match="'GLD' is no asset or class"):
        RestrictedList(("TLT", "GLD"), UNIVERSE)
    assert RestrictedList(("SPY", "bonds"), UNIVERSE).words == "SPY, bonds must not be traded"

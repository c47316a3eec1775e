"""Overrides in Python: the same as the command line says, in DataFrames; what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import trimtab
from tests.surfaces.cli.conftest import clock, desk, folder
from tests.surfaces.cli.order_desk import MORNING, Hands
from tests.surfaces.cli.test_book_verbs import Capture, document
from trimtab.core.errors import UsageError

__all__ = ["clock", "desk", "folder"]  # fixtures


def test_one_is_written_listed_and_ended(folder: Path, clock: Hands, capsys: Capture) -> None:
    overrides = trimtab.Overrides(by="anna")
    assert overrides.list().empty
    name = overrides.add("A07", {"SPY": -0.03, "TLT": "0.03"}, until="2011-03-31", reason="rates will fall")
    row = overrides.list("A07").loc[name]
    assert (row["account"], row["by"], row["state"]) == ("A07", "anna", "living")
    assert row["shifts"] == {"SPY": Decimal("-0.03"), "TLT": Decimal("0.03")}
    assert (row["begins"], row["ends"]) == (date(2010, 12, 31), date(2011, 3, 31))
    (told,) = document("overrides", capsys)["overrides"]
    assert (told["id"], told["size"], told["gain"]) == (name, "0.03", None)
    assert told["gain_untold"] == row["untold"] != ""
    overrides.end(name, reason="a slip")
    assert overrides.list().empty
    over = overrides.list(finished=True).loc[name]
    assert (over["state"], over["ended_by"], over["ended_why"]) == ("taken back", "anna", "a slip")


def test_interventions_are_those_of_the_command_line(folder: Path, clock: Hands, capsys: Capture) -> None:
    orders = trimtab.Orders(by="anna")
    orders.rebalance(account="A07", commit=True)
    clock.at = MORNING
    orders.edit("A07", "SPY", units=20, reason="client gift")
    orders.hold("A07", reason="ask first")
    found = trimtab.Overrides().interventions("A07")
    told = document("overrides --account A07", capsys)["interventions"]
    assert found.index.tolist() == [one["record"] for one in told]
    assert found["what"].tolist() == ["edited", "held", "held"]
    assert [f"{units:f}" for units in found["units"]] == [one["units"] for one in told]


def test_bad_input_is_told(folder: Path, clock: Hands) -> None:
    overrides = trimtab.Overrides()
    with pytest.raises(UsageError, match="is no weight of SPY"):
        overrides.add("A07", {"SPY": 3}, until="2011-03-31", reason="w")
    with pytest.raises(UsageError, match="until 'soon' is not a date"):
        overrides.add("A07", {"SPY": "0.03"}, until="soon", reason="w")
    with pytest.raises(UsageError, match="it changes nothing"):
        overrides.add("A07", until=date(2011, 3, 31), reason="w")
    with pytest.raises(UsageError, match="C1 follows no policy"):
        overrides.add("C1", {"SPY": "0.03"}, until="2011-03-31", reason="w")

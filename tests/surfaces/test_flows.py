"""Returns with flows, from two files to three returns: in Python and on the screen, and one line for what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pyxirr

from trimtab.core.errors import UsageError
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.flows import returns_with_flows

Capture = pytest.CaptureFixture[str]


def account() -> tuple[pd.Series, pd.Series]:
    """METHODS 8, own case: 100 become 120, 100 more on day 182 of 365, then 176."""
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta([0, 182, 365], unit="D")
    return pd.Series([100.0, 220.0, 176.0], index=days), pd.Series([100.0], index=days[1:2])


def test_three_returns_of_the_worked_case() -> None:
    one = returns_with_flows(*account())
    assert one.time_weighted == pytest.approx(-0.04, abs=1e-12)
    assert one.money_weighted.value == pytest.approx(-0.157605, abs=1e-6)
    assert one.gain == pytest.approx(-24.0)
    np.testing.assert_allclose(one.table["total"], one.table["a_year"], atol=1e-12)  # it lasts a year


def test_an_account_that_was_not_valued_at_its_flow_has_no_time_weighted_return_and_says_which_day() -> None:
    values, flows = account()
    one = returns_with_flows(values.drop(values.index[1]), flows)
    assert np.isnan(one.time_weighted)
    assert any("the flow of 2023-07-02 has no value" in note for note in one.notes)
    dates = [d.date() for d in (values.index[0], flows.index[0], values.index[2])]
    assert one.money_weighted.value == pytest.approx(pyxirr.xirr(dates, [-100.0, -100.0, 176.0]), abs=1e-9)


def test_the_screen_and_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    for name, series in zip(("values.csv", "flows.csv"), account(), strict=True):
        series.to_csv(name, index_label="date", header=["amount"])
    assert main(["metrics", "values.csv", "--flows", "flows.csv", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "Time-weighted                      -4.00" in out
    assert "gained -24.00" in out
    assert main(["metrics", "values.csv", "--flows", "flows.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["returns"]["Time-weighted"]["total"] == pytest.approx(-0.04)
    assert main(["metrics", "values.csv", "--flows", "none.csv"]) == 2
    assert "there is no such file" in capsys.readouterr().err
    assert main(["metrics", "values.csv", "--flows", "flows.csv", "--by", "year"]) == 2
    assert "--flows answers with three returns" in capsys.readouterr().err


def test_unknown_timing_is_refused() -> None:
    with pytest.raises(UsageError, match="timing 'noon' is not known"):
        returns_with_flows(*account(), timing="noon")
    start = returns_with_flows(*account(), timing="start")
    assert start.time_weighted != pytest.approx(-0.04)
